"""Avoided activity."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.referrals.database import Counted, Described, ReferralsTable
from services.referrals.discharges.rules import AVOIDED_KINDS, JUDGES, MOST_OF_A_KIND

AVOIDED_TOPIC: Final = "activity.avoided"
"""The event of avoided activity: its subject is the row's id."""


class AvoidedActivity(ReferralsTable, Counted, Described, table=True):
    """Activity of one kind that was judged to have been avoided between two days.

    stated: how much was said.   units: what of it counts, for statements of the same days may speak of the same visits.
    """

    __tablename__ = "avoided_activity"
    __table_args__ = (
        CheckConstraint(f"kind in {AVOIDED_KINDS!r}", name="kind"),
        CheckConstraint(f"judged_by in {JUDGES!r}", name="judged_by"),
        CheckConstraint(f"stated between 1 and {MOST_OF_A_KIND}", name="stated"),
        CheckConstraint("units between 0 and stated", name="units"),
        CheckConstraint("since <= until", name="until"),
        Index("ix_avoided_activity_counted", "counted_place", "counted_month"),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="case_record.id", index=True)
    kind: str
    stated: int
    units: int
    since: date
    until: date
    judged_by: str
