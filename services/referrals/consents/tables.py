"""Consents."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index
from sqlmodel import Field

from services.referrals.consents.rules import GIVERS, SCOPES
from services.referrals.database import ReferralsTable


class Consent(ReferralsTable, table=True):
    """One record of a consent of a case. Rows are only ever added: the newest of a scope and partner says what holds.

    partner: a partner's code or a service's key; null for hospitals.   withdrawn_on: null while it was given.   seq: the order
    in which they were recorded; a case's are recorded one after the other.
    """

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint(f"scope in {SCOPES!r}", name="scope"),
        CheckConstraint(f"given_by in {GIVERS!r}", name="given_by"),
        CheckConstraint("(scope = 'share-with-partner') = (partner is not null)", name="partner"),
        CheckConstraint("withdrawn_on >= given_on", name="withdrawn_on"),
        Index("ix_consent_case_id", "case_id", "seq"),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="case_record.id")
    seq: int | None = Field(default=None, sa_type=BigInteger, nullable=False, sa_column_args=[Identity()])
    scope: str
    partner: str | None = None
    given_by: str
    given_on: date
    withdrawn_on: date | None = None
    recorded_at: datetime
    recorded_by: str
