"""When the clocks of a referral stood still."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.referrals.clocks.rules import PAUSE_REASONS
from services.referrals.database import ReferralsTable


class Pause(ReferralsTable, table=True):
    """One time in which the clocks of a referral stand still, for one reason; resumed_at is null while they do."""

    __tablename__ = "referral_pause"
    __table_args__ = (
        CheckConstraint(f"reason in {PAUSE_REASONS!r}", name="reason"),
        CheckConstraint("resumed_at >= paused_at", name="resumed_at"),
        Index(
            "uq_referral_pause_running",
            "referral_id",
            "reason",
            unique=True,
            postgresql_where=text("resumed_at is null"),
        ),
    )

    id: UUID = Field(primary_key=True)
    referral_id: UUID = Field(foreign_key="referral.id", index=True)
    reason: str
    paused_at: datetime
    resumed_at: datetime | None = None
