"""A case as those who work it see it."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.referrals.cases.rules import CaseStatus, Outcome


class CaseAnswer(BaseModel):
    """A case as it stands. The person is read at its referral."""

    id: UUID
    referral_id: UUID
    version: int = Field(description="Raised by assessments, reviews, the transfer and the discharge")
    status: CaseStatus
    icc: str = Field(description="The community that works for the person")
    team: str | None
    pathway: str
    opened_at: datetime
    discharged_on: date | None
    outcome: Outcome | None
