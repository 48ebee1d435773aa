"""Avoided activity."""

from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.referrals.database import Counted, Described, ReferralsTable
from services.referrals.discharges.rules import AVOIDED_KINDS, JUDGES, MOST_OF_A_KIND

AVOIDED_TOPIC: Final = "activity.avoided"
"""The event of avoided activity: its subject is the row's id."""


class AvoidedActivity(ReferralsTable, Counted, Described, table=True):
    """Activity of one kind that was judged to have been avoided. units: how many."""

    __tablename__ = "avoided_activity"
    __table_args__ = (
        CheckConstraint(f"kind in {AVOIDED_KINDS!r}", name="kind"),
        CheckConstraint(f"judged_by in {JUDGES!r}", name="judged_by"),
        CheckConstraint(f"units between 1 and {MOST_OF_A_KIND}", name="units"),
        Index("ix_avoided_activity_counted", "counted_place", "counted_month"),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="case_record.id", index=True)
    kind: str
    units: int
    judged_by: str
