"""A worklist as its readers see it, and the bodies by which work changes hands."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.referrals.pathways.rules import Priority
from services.referrals.records.states import ListStage, Stage
from services.referrals.worklists.rules import Urgency
from shared.http.bodies import RequestBody
from shared.http.dates import CalendarDate
from shared.http.parameters import DEFAULT_LIST, CursorParam, Limit
from shared.http.text import Name


class PersonOnList(BaseModel):
    """Who it is about. `district` is the postcode district of where the person is found."""

    name: str
    age: int | None = Field(description="null of somebody whose birth date is not known yet")
    district: str | None


class WorklistItemAnswer(BaseModel):
    """One thing to do."""

    referral_id: UUID
    case_id: UUID | None
    person: PersonOnList
    pathway: str
    priority: Priority
    stage: ListStage
    next_action: str
    due: datetime | None = Field(
        description="null while its clock stands still, or where nothing says by when"
    )
    state: Urgency
    since: datetime
    assignee: str | None = Field(description="The `sub` of who has it; null: the team")
    about: str | None = Field(default=None, description="Of an item beside the referral: what more is known")
    flags: list[str] = Field(description="What is to be seen first", examples=[["safeguarding", "tracing"]])


class ListWarning(BaseModel):
    """What the list may lack."""

    code: str = Field(examples=["dependency"])
    detail: str


class WorklistAnswer(BaseModel):
    """A page of a list, soonest first, and how many items of the whole list stand where.

    warnings: while outcomes does not answer, that measures may be due which the list does not hold yet.
    """

    items: list[WorklistItemAnswer]
    counts: dict[ListStage, dict[Urgency, int]]
    warnings: list[ListWarning] | None = None
    next: str | None


class WorklistQuery(BaseModel):
    """Which page of a list is wanted."""

    model_config = ConfigDict(frozen=True)

    limit: Limit = DEFAULT_LIST
    cursor: CursorParam = None


class AssignRequest(RequestBody):
    """Who has a referral from now on."""

    assignee: Name | None = Field(description="A `sub`; null gives it back to the team")


class ReassignFilter(RequestBody):
    """Which of somebody's referrals change hands."""

    icc: Name | None = None
    pathway: Name | None = None
    stage: Stage | None = None


class ReassignRequest(RequestBody):
    """From whom to whom referrals go, when somebody leaves."""

    from_: Name = Field(alias="from", description="The `sub` of who had them")
    to: Name | None = Field(description="The `sub` of who has them from now on; null: the team")
    filter: ReassignFilter | None = None


class ReassignAnswer(BaseModel):
    """How many referrals changed hands, and how many more there are: ask again for those."""

    reassigned: int
    left: int


class CoverRequest(RequestBody):
    """Whose list another person reads as their own, from the first to the last day."""

    for_: Name = Field(alias="for", description="The `sub` of who is away")
    by: Name = Field(description="The `sub` of who stands in")
    from_: CalendarDate = Field(alias="from")
    to: CalendarDate


class CoverAnswer(BaseModel):
    """Who stands in for whom."""

    model_config = ConfigDict(populate_by_name=True)

    id: UUID
    for_: str = Field(alias="for")
    by: str
    from_: date = Field(alias="from")
    to: date
