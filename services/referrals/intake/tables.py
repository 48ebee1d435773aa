"""Which message of which sender became which referral: kept for ever, apart from the table of referrals."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, LargeBinary, Text
from sqlmodel import Field

from services.referrals.database import ReferralsTable
from shared.db.tables import Id, Instant


class ReferralMessage(ReferralsTable, table=True):
    """One message id of one sending organisation, the digest of its body and the answer it got (encrypted).

    Unpartitioned on purpose: its key must hold for the life of the system, however the referrals are cut up.
    """

    __tablename__ = "referral_message"
    __table_args__ = (CheckConstraint("octet_length(body_sha256) = 32", name="body_sha256"),)

    org: str = Field(sa_column=Column(Text, primary_key=True))
    message_id: str = Field(sa_column=Column(Text, primary_key=True))
    referral_id: UUID = Field(sa_column=Column(Id, nullable=False))
    body_sha256: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    answer: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
