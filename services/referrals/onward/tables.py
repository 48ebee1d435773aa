"""Onward referrals."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import AutoString, Field

from services.referrals.database import Counted, Described, ReferralsTable
from services.referrals.onward.rules import ANSWERED_BY, ONWARD_STATUSES, UNANSWERED, AnsweredBy, OnwardStatus

SENT_EVENT: Final = "onward.sent"
ANSWERED_EVENT: Final = "onward.answered"
RECALLED_EVENT: Final = "onward.recalled"
AWAITED: Final = f"status in {UNANSWERED!r} and overdue_at is null"
"""Of rows whose answer is awaited and of which nobody was told yet that it is late."""


class OnwardReferral(ReferralsTable, Counted, Described, table=True):
    """What one case asked of one service.

    service, partner: who may read and answer it, by the service's key or its provider's code.   consent_id: on which consent it was
    shared, null where none is needed.   answered_by: who gave the last
    answer, "case-manager" for one that was given on the partner's behalf.   link_hash: keyed hash of the one-time link, which is kept nowhere else.
    counted_month: of the day on which it is due.   overdue_at: when webhooks were told that its day had passed.   Encrypted text: reason, outcome.
    """

    __tablename__ = "onward_referral"
    __table_args__ = (
        CheckConstraint(f"status in {ONWARD_STATUSES!r}", name="status"),
        CheckConstraint(f"answered_by in {ANSWERED_BY!r}", name="answered_by"),
        CheckConstraint("(status = 'completed') = (completed_at is not null)", name="completed_at"),
        CheckConstraint("(status = 'recalled') = (recalled_at is not null)", name="recalled_at"),
        Index("uq_onward_referral_link_hash", "link_hash", unique=True),
        Index("ix_onward_referral_service", "service", "id"),
        Index("ix_onward_referral_partner", "partner", "id"),
        Index("ix_onward_referral_counted", "counted_month", "counted_place"),
        Index("ix_onward_referral_awaited", "due_at", postgresql_where=text(AWAITED)),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="case_record.id", index=True)
    referral_id: UUID = Field(foreign_key="referral.id", index=True)
    version: int = 1
    service: str
    partner: str | None = None
    status: OnwardStatus = Field(default="sent", sa_type=AutoString)
    reason: bytes
    outcome: bytes | None = None
    reason_code: str | None = None
    consent_id: UUID | None = Field(default=None, foreign_key="consent.id", index=True)
    sent_at: datetime
    sent_by: str
    due_at: datetime
    answered_at: datetime | None = None
    answered_by: AnsweredBy | None = Field(default=None, sa_type=AutoString)
    completed_at: datetime | None = None
    recalled_at: datetime | None = None
    link_hash: bytes
    link_expires_at: datetime
    link_used_at: datetime | None = None
    overdue_at: datetime | None = None
