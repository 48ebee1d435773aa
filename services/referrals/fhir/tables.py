"""Which messages came in through the national door, and the raw ones of what was taken."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from services.referrals.database import ReferralsTable


class FhirMessage(ReferralsTable, table=True):
    """One message of a sender: its two ids make it known for ever, those of a refused one for a week.

    org: whose it is (`scope.owner_of`).   bundle_id: by which answers name it.   act: what it did; null of a refused one, of
    which nothing is kept but `failure`, so that a retry gets the same.   body_key: keyed hash of the bytes.   use_case: code of what it
    asked for.   sent_at: when its sender last changed the request.
    referral_id has no foreign key: the ids are claimed before the referral is stored, in one transaction.
    Encrypted: raw, the bytes as they came; head, JSON of the NHSD headers and of where the message comes from and goes to;
    failure, JSON of the problem, which holds nothing of the message.
    """

    __tablename__ = "fhir_message"
    __table_args__ = (
        UniqueConstraint("org", "request_id", "correlation_id"),
        CheckConstraint("act in ('new', 'update', 'cancel', 'response')", name="act"),
        CheckConstraint("(act is null) = (failure is not null)", name="failure"),
        CheckConstraint("(act is null) = (raw is null)", name="raw"),
        CheckConstraint("(act is null) = (referral_id is null)", name="referral_id"),
        Index("ix_fhir_message_refused", "received_at", postgresql_where=text("act is null")),
    )

    id: UUID = Field(primary_key=True)
    org: str
    request_id: UUID
    correlation_id: UUID
    received_at: datetime
    body_key: bytes
    act: str | None = None
    referral_id: UUID | None = Field(default=None, index=True)
    bundle_id: UUID | None = None
    use_case: str | None = None
    sent_at: datetime | None = None
    raw: bytes | None = None
    head: bytes | None = None
    failure: bytes | None = None
