"""Bodies and answers of consents."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.referrals.consents.rules import Giver, Scope
from shared.http.bodies import RequestBody
from shared.http.dates import PastDate


class ConsentRequest(RequestBody):
    """A consent that was given, or one that was withdrawn."""

    scope: Scope
    partner: str | None = Field(default=None, description="A partner's code or a service's key")
    given_by: Giver
    on: PastDate
    withdrawn_on: PastDate | None = None


class ConsentRead(BaseModel):
    """A recorded consent, or that one was taken back."""

    id: UUID
    case_id: UUID
    scope: Scope
    partner: str | None
    given_by: Giver
    on: date
    withdrawn_on: date | None
    recorded_at: datetime


class ConsentAnswer(ConsentRead):
    """A consent that was recorded. recalled: the onward referrals that ended because it was withdrawn."""

    recalled: list[UUID]


class ConsentList(BaseModel):
    """Every record of a consent of a case, in their order: the newest of a scope and partner says what holds."""

    items: list[ConsentRead]
