"""Bodies and answers of disclosures and of breaking the glass."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.referrals.disclosures.rules import Kind, Part
from shared.http.bodies import RequestBody
from shared.http.text import Note


class DisclosureAnswer(BaseModel):
    """One sharing: to whom, which parts, why, on which consent, and when it was first read."""

    id: UUID
    kind: Kind
    subject: UUID
    to: str
    parts: list[Part]
    why: str
    consent_id: UUID | None
    at: datetime
    by: str
    read_at: datetime | None


class BreakGlassRequest(RequestBody):
    """Why somebody must see a case that is not theirs."""

    reason: Note = Field(description="Who looks at it afterwards reads this")


class BreakGlassAnswer(BaseModel):
    """What was opened, and until when it is read."""

    id: UUID
    case_id: UUID
    referral_id: UUID
    until: datetime


class OpeningAnswer(BaseModel):
    """One breaking of the glass, as the auditor is told of it."""

    id: UUID
    referral_id: UUID
    by: str
    org: str | None
    at: datetime
    until: datetime
    reason: str
