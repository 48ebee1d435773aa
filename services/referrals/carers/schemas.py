"""Bodies and answers of carers."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from services.referrals.consents.rules import Giver
from services.referrals.identity.schemas import Phone
from shared.http.bodies import RequestBody
from shared.http.dates import PastDate
from shared.http.text import Name


class CarerConsent(RequestBody):
    """Who agreed that the carer is recorded, and when."""

    given_by: Giver
    on: PastDate


class CarerRequest(RequestBody):
    """A carer of the person of a case."""

    name: Name
    relationship: Name
    phone: Phone | None = None
    consent: CarerConsent
    offered_assessment_on: PastDate | None = None
    assessed_on: PastDate | None = None


class CarerConsentAnswer(BaseModel):
    """The carer's consent."""

    given_by: Giver
    on: date


class CarerAnswer(BaseModel):
    """One carer. version: of the case, on which the next change is made."""

    id: UUID
    case_id: UUID
    name: str
    relationship: str
    phone: str | None
    consent: CarerConsentAnswer
    offered_assessment_on: date | None
    assessed_on: date | None
    version: int | None = None


class CarerList(BaseModel):
    """The carers of a case, in the order in which they were recorded."""

    items: list[CarerAnswer]
