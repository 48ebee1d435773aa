"""Which message of which sender became which referral: kept for ever, apart from the table of referrals."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.referrals.database import ReferralsTable


class ReferralMessage(ReferralsTable, table=True):
    """One message id of one sending organisation, the digest of its body and the answer it got (encrypted).

    org: or the client of a token without one (`scope.owner_of`).   message_id: its alias, for it may hold anything.
    Unpartitioned on purpose: its key must hold for the life of the system, however the referrals are cut up.
    """

    __tablename__ = "referral_message"
    __table_args__ = (CheckConstraint("octet_length(body_sha256) = 32", name="body_sha256"),)

    org: str = Field(primary_key=True)
    message_id: str = Field(primary_key=True)
    referral_id: UUID
    body_sha256: bytes
    answer: bytes
    created_at: datetime
