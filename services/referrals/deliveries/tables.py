"""Answers that are owed to senders of messages, and the senders that do not take them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from services.referrals.database import ReferralsTable


class Delivery(ReferralsTable, table=True):
    """One answer to the message that made a referral: what became of the request. Its id is that of the answer's Bundle.

    outcome: the status of our encounter.   version: of the referral when it was decided.   org: whose message it was.
    reason_code: why it was cancelled.   status: `sent` until it is acknowledged, or was not taken for five days.   attempts: how often it was tried, and the fence
    of the one that tries.   last_status: what HTTP said last, null where nobody answered.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("referral_id", "version"),
        CheckConstraint("outcome in ('in-progress', 'cancelled', 'finished')", name="outcome"),
        CheckConstraint("status in ('sent', 'acknowledged', 'not-delivered')", name="status"),
        CheckConstraint("(status = 'sent') = (settled_at is null)", name="settled_at"),
        Index("ix_delivery_due", "next_at", postgresql_where=text("status = 'sent'")),
    )

    id: UUID = Field(primary_key=True)
    referral_id: UUID = Field(foreign_key="referral.id")
    message_id: UUID
    org: str
    version: int
    outcome: str
    reason_code: str | None = None
    status: str = Field(default="sent", sa_column_kwargs={"server_default": "sent"})
    created_at: datetime
    next_at: datetime
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    last_status: int | None = None
    settled_at: datetime | None = None


class DeliveryPause(ReferralsTable, table=True):
    """A sender that took no answer lately. paused_until: it is left alone so long; null while it is still tried."""

    __tablename__ = "delivery_pause"

    org: str = Field(primary_key=True)
    failures: int
    paused_until: datetime | None = None
