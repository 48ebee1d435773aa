"""Disclosures."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index
from sqlmodel import Field

from services.referrals.database import ReferralsTable
from services.referrals.disclosures.rules import KINDS
from shared.db.tables import Json


class Disclosure(ReferralsTable, table=True):
    """One sharing of something of a case.

    subject: the onward referral, care plan, discharged case or opening that it came with.   to: an organisation, or the `sub` of who opened the case.
    parts: words of ours for what was shared.   consent_id: null where none is needed.   read_at: null until it was first looked at.
    Encrypted text: why.
    """

    __tablename__ = "disclosure"
    __table_args__ = (
        CheckConstraint(f"kind in {KINDS!r}", name="kind"),
        Index("ix_disclosure_case_id", "case_id", "seq"),
        Index("ix_disclosure_subject", "subject"),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="case_record.id")
    seq: int | None = Field(default=None, sa_type=BigInteger, nullable=False, sa_column_args=[Identity()])
    kind: str
    subject: UUID
    to: str
    parts: list[str] = Field(sa_type=Json)
    why: bytes
    consent_id: UUID | None = Field(default=None, foreign_key="consent.id")
    at: datetime
    by: str
    read_at: datetime | None = None
