"""Forum meetings, insights and trainings as they are written and told."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from services.referrals.directory.rules import Age, Need, PartnerKind
from services.referrals.directory.schemas import MOST, Few, Schools
from shared.http.dates import CalendarDate, PastDate
from shared.http.text import Name, Note
from shared.workbooks.impersonal import ImpersonalBody

MOST_PARTNERS = 500
MOST_PEOPLE = 100_000
MOST_DAYS = 365


def _partners(given: tuple[str, ...]) -> tuple[str, ...]:
    if len(given) > MOST_PARTNERS:
        raise PydanticCustomError("list.too_long", f"There may be {MOST_PARTNERS} at most.")
    if len(set(given)) < len(given):
        raise PydanticCustomError("row.duplicate", "A partner stands here twice.")
    return given


Partners = Annotated[tuple[Name, ...], AfterValidator(_partners)]


class RaisedProblem(ImpersonalBody):
    """A problem that was raised, who owns it, and the solution or service that came of it."""

    text: Note
    owner: Name
    solution: Note | None = None
    service: Name | None = Field(default=None, description="The key of a service of the directory")


class ForumBody(ImpersonalBody):
    """A meeting with partners that was held, or is to be."""

    community: Name
    held_on: CalendarDate
    invited: Partners
    attended: Partners = ()
    problems: Annotated[tuple[RaisedProblem, ...], Few] = ()


class Audience(ImpersonalBody):
    """Of whom an insight tells."""

    age: Age | None = None
    need: Need | None = None


class InsightBody(ImpersonalBody):
    """What somebody learnt in a conversation with the community; no names."""

    community: Name
    on: PastDate
    audience: Audience = Audience()
    theme: Name = Field(examples=["transport"])
    text: Note


class TrainingPlace(ImpersonalBody):
    """How many of one kind of organisation completed a training."""

    org_kind: PartnerKind
    completed: int = Field(ge=0, le=MOST_PEOPLE)


def _once(given: tuple[TrainingPlace, ...]) -> tuple[TrainingPlace, ...]:
    if not given:
        raise PydanticCustomError("body.required", "Name at least one kind of organisation.")
    if len(given) > MOST or len({one.org_kind for one in given}) < len(given):
        raise PydanticCustomError("row.duplicate", "A kind of organisation stands here twice.")
    return given


class TrainingBody(ImpersonalBody):
    """A training that was given."""

    topic: Name = Field(examples=["health coaching"])
    date: PastDate
    days: int = Field(ge=1, le=MOST_DAYS)
    community: Name
    places: Annotated[tuple[TrainingPlace, ...], AfterValidator(_once)]
    schools: Schools = ()


class RaisedProblemAnswer(BaseModel):
    """A problem, and what came of it."""

    text: str
    owner: str
    solution: str | None
    service: str | None


class ForumAnswer(BaseModel):
    """A meeting with partners."""

    id: UUID
    community: str
    held_on: date
    invited: Sequence[str]
    attended: Sequence[str]
    problems: list[RaisedProblemAnswer]


class AudienceAnswer(BaseModel):
    """Of whom an insight tells."""

    age: Age | None
    need: Need | None


class InsightAnswer(BaseModel):
    """What somebody learnt."""

    id: UUID
    community: str
    on: date
    audience: AudienceAnswer
    theme: str
    text: str


class TrainingPlaceAnswer(BaseModel):
    """How many of one kind of organisation completed it."""

    org_kind: PartnerKind
    completed: int


class TrainingAnswer(BaseModel):
    """A training that was given."""

    id: UUID
    topic: str
    date: date
    days: int
    community: str
    schools: list[str]
    places: list[TrainingPlaceAnswer]
