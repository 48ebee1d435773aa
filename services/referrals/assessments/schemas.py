"""An assessment as it is recorded and read."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from services.referrals.assessments.rules import DOMAINS, Domain, Risk
from shared.http.bodies import RequestBody
from shared.http.dates import PastDate
from shared.http.text import Name, Note


class AssessedDomain(RequestBody):
    """What was found in one domain."""

    domain: Domain
    findings: Note
    risk: Risk | None = None


def _some(domains: tuple[AssessedDomain, ...]) -> tuple[AssessedDomain, ...]:
    if not domains:
        raise PydanticCustomError("body.required", "Name one domain at least.")
    if len(domains) > len(DOMAINS):
        raise PydanticCustomError("list.too_long", f"There are {len(DOMAINS)} domains.")
    return domains


class AssessmentRequest(RequestBody):
    """What a case manager found."""

    assessed_on: PastDate
    kind: Name = Field(examples=["holistic"])
    domains: Annotated[tuple[AssessedDomain, ...], AfterValidator(_some)]


class DomainAnswer(BaseModel):
    """What was found in one domain."""

    domain: Domain
    findings: str
    risk: Risk | None = None


class AssessmentRead(BaseModel):
    """An assessment."""

    id: UUID
    case_id: UUID
    assessed_on: date
    kind: str
    domains: list[DomainAnswer]
    by: str
    recorded_at: datetime


class AssessmentAnswer(AssessmentRead):
    """An assessment that was recorded. version: the case's, which the next change names."""

    version: int
