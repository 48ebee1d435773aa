"""Cases."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from services.referrals.database import ReferralsTable


class Case(ReferralsTable, table=True):
    """One case of one referral, which has one open case at most.

    outcome: how it ended, one of the interface's discharge outcomes; null while it is open.
    """

    __tablename__ = "case_record"
    __table_args__ = (
        CheckConstraint("status in ('open', 'discharged')", name="status"),
        CheckConstraint("(status = 'discharged') = (discharged_on is not null)", name="discharged_on"),
        CheckConstraint("(discharged_on is null) = (outcome is null)", name="outcome"),
        Index("uq_case_record_open", "referral_id", unique=True, postgresql_where=text("status = 'open'")),
    )

    id: UUID = Field(primary_key=True)
    referral_id: UUID = Field(foreign_key="referral.id", index=True)
    version: int = 1
    status: str = "open"
    opened_at: datetime
    discharged_on: date | None = None
    outcome: str | None = None


class OfCase(SQLModel):
    """Columns of what was recorded of a case once and for all: an assessment, a contact, a review.

    Encrypted JSON: content, the body as it was sent, with the name of who recorded it.
    """

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="case_record.id", index=True)
    recorded_at: datetime
    by_client: str
    content: bytes
