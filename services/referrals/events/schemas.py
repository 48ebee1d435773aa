"""Events as they are written and told, and a calendar as it arrives."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Request
from pydantic import AfterValidator, BaseModel, Field, SkipValidation
from pydantic_core import PydanticCustomError

from services.referrals.directory.rules import Age, Need
from services.referrals.directory.schemas import Few, Schools
from services.referrals.events.calendars import CalendarRefused, Read, read_calendar
from services.referrals.events.rules import MOST_OF_ALL
from shared.http.answers import JSON
from shared.http.bodies import RequestBody, read_body
from shared.http.dates import AwareInstant
from shared.http.matching import check_content_type
from shared.http.text import Name, Note
from shared.problems import BadRequest, Invalid
from shared.workbooks.impersonal import ImpersonalBody

CALENDAR = "text/calendar"
CALENDAR_BYTES = 5 * 1024 * 1024
Count = Annotated[int, Field(ge=0, le=MOST_OF_ALL)]


def _some(given: tuple[str, ...]) -> tuple[str, ...]:
    if not given:
        raise PydanticCustomError("body.required", "Name at least one community.")
    return given


Communities = Annotated[tuple[Name, ...], Few, AfterValidator(_some)]


class EventChange(ImpersonalBody):
    """What is said of one occurrence of an event."""

    title: Name
    description: Note | None = None
    place: Name | None = None
    starts_at: AwareInstant
    ends_at: AwareInstant
    communities: Communities = Field(description="Slugs, of any level")
    ages: Annotated[tuple[Age, ...], Few] = ()
    needs: Annotated[tuple[Need, ...], Few] = ()
    topics: Annotated[tuple[Name, ...], Few] = ()
    public: bool = Field(default=True, description="Whether it stands in the calendar for everybody")
    status: Literal["planned", "cancelled"] = "planned"


class EventBody(EventChange):
    """An event that is new. rrule: how it recurs, as RFC 5545 writes it; each occurrence becomes an event."""

    rrule: Name | None = Field(default=None, examples=["FREQ=WEEKLY;COUNT=12"])


class CalendarBody(RequestBody):
    """A calendar as it was read. Its digest stands for it under a key for repeats."""

    digest: str
    found: Annotated[Read, SkipValidation] = Field(exclude=True, repr=False)

    @classmethod
    async def of_request(cls, request: Request, *, now: datetime) -> Self:  # noqa: ARG003 -- of every body
        """The calendar as the body itself, read before the transaction begins: thousands of entries take seconds. Raises Invalid."""
        check_content_type(request, (CALENDAR,))
        content = await read_body(request, limit=CALENDAR_BYTES)
        try:
            found = await asyncio.to_thread(read_calendar, content)
        except CalendarRefused as refused:
            raise Invalid(errors=refused.errors) from None
        return cls(digest=hashlib.sha256(content).hexdigest(), found=found)

    @classmethod
    def described(cls, media_types: Sequence[str]) -> dict[str, Any]:  # noqa: ARG003 -- of every body
        """What OpenAPI says of it."""
        return {"requestBody": {"required": True, "content": {CALENDAR: {"schema": {"type": "string"}}}}}


class EventOrCalendar(ImpersonalBody):
    """What goes into the diary: an event as JSON, or a calendar."""

    said: EventBody | CalendarBody

    @classmethod
    async def of_request(cls, request: Request, *, now: datetime) -> Self:
        """The body by its media type. What stands in the query belongs to a calendar."""
        if check_content_type(request, (JSON, CALENDAR)) == CALENDAR:
            return cls(said=await CalendarBody.of_request(request, now=now))
        if request.query_params:
            raise BadRequest("Beside JSON there is nothing in the query.", code="query.unknown")
        return cls(said=await EventBody.of_request(request, now=now))

    @classmethod
    def described(cls, media_types: Sequence[str]) -> dict[str, Any]:
        """What OpenAPI says of it."""
        described = EventBody.described(media_types)
        described["requestBody"]["content"] |= CalendarBody.described(media_types)["requestBody"]["content"]
        return described


class Finding(ImpersonalBody):
    """What health checks found of one kind, by people."""

    kind: Name = Field(examples=["high-blood-pressure"])
    new: Count
    known: Count


class Feedback(ImpersonalBody):
    """How many found it good, of how many who said."""

    n: Count
    of: Count


class ResultsBody(ImpersonalBody):
    """What came of an event."""

    attended: Count
    checked: Count = 0
    findings: Annotated[tuple[Finding, ...], Few] = ()
    signposted: Count = 0
    referred: Count = 0
    schools: Schools = ()
    feedback: Feedback | None = None


class FindingAnswer(BaseModel):
    """What health checks found of one kind."""

    kind: str
    new: int
    known: int


class FeedbackAnswer(BaseModel):
    """How many found it good, of how many who said."""

    n: int
    of: int


class ResultsAnswer(BaseModel):
    """What came of an event."""

    attended: int
    checked: int
    findings: list[FindingAnswer]
    signposted: int
    referred: int
    schools: list[str]
    feedback: FeedbackAnswer | None


class CommunityEventAnswer(BaseModel):
    """One occurrence of an event. uid: of the calendar; number: which occurrence of it.   results: null until they are told."""

    id: UUID
    version: int
    uid: str
    number: int
    title: str
    description: str | None
    place: str | None
    starts_at: datetime
    ends_at: datetime
    rrule: str | None
    communities: list[str]
    ages: list[Age]
    needs: list[Need]
    topics: list[str]
    public: bool
    status: Literal["planned", "cancelled"]
    results: ResultsAnswer | None


class CalendarWarning(BaseModel):
    """Something that was taken although it is odd: `ical.cut`."""

    code: str
    pointer: str
    detail: str


class EventMade(CommunityEventAnswer):
    """A new event: its first occurrence, and how many there are."""

    occurrences: int
    warnings: list[CalendarWarning] | None = None


class CalendarAnswer(BaseModel):
    """What became of a calendar, by occurrences."""

    events: int = Field(description="Entries of the calendar")
    added: int
    updated: int
    unchanged: int
    cancelled: int
    warnings: list[CalendarWarning]
