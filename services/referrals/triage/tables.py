"""Decisions at triage."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.referrals.database import Counted, Described, ReferralsTable
from services.referrals.triage.rules import DECISIONS

TRIAGED_TOPIC: Final = "referral.triaged"
"""The event of a decision: its subject is the decision's id."""


class Triage(ReferralsTable, Counted, Described, table=True):
    """One decision about one referral. in_time: whether it was made by the referral's limit of triage.

    Encrypted text: comment, and sent_to, where a referral was redirected away from the platform.
    """

    __tablename__ = "referral_triage"
    __table_args__ = (
        CheckConstraint(f"decision in {DECISIONS!r}", name="decision"),
        Index("ix_referral_triage_counted", "counted_place", "counted_month"),
    )

    id: UUID = Field(primary_key=True)
    referral_id: UUID = Field(foreign_key="referral.id", index=True)
    decision: str
    reason_code: str | None = None
    comment: bytes | None = None
    sent_to: bytes | None = None
    in_time: bool
    by_client: str
    decided_at: datetime
