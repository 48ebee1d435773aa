"""Community events: the diary, calendars in and out, and results."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from services.referrals.events.actions import change_event, plan_event, report_results, take_calendar
from services.referrals.events.reading import find_events, public_calendar, read_event
from services.referrals.events.schemas import (
    CALENDAR,
    CalendarAnswer,
    CalendarBody,
    CommunityEventAnswer,
    EventChange,
    EventMade,
    EventOrCalendar,
    ResultsBody,
)
from shared.http.conditional import IfMatch
from shared.http.dates import CalendarDate
from shared.http.matching import check_accept
from shared.http.parameters import Flag, PathId, check_query
from shared.problems import BadRequest, NotAcceptable, responses
from shared.service.acting import Act
from shared.service.guard import PlatformOf, may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(tags=["community"], impersonal=True)
calendar_router = APIRouter(tags=["community"])
Reads = Annotated[Act, may("directory.read")]
Writes = Annotated[Act, may("events.write")]
OfCalendar = Annotated[
    str | None,
    Query(max_length=500, examples=["kendal"], description="Of entries of a calendar that do not say theirs"),
]
_TEXT: Final = {"schema": {"type": "string"}}
_MADE: Final[dict[int | str, Any]] = {
    201: {
        "headers": {
            "ETag": {"description": "The version of an event", **_TEXT},
            "Location": {"description": "Where an event is read", **_TEXT},
            "Idempotent-Replayed": {"description": "`true` when this repeats an earlier answer", **_TEXT},
        }
    }
}
_CALENDAR: Final[dict[int | str, Any]] = {200: {"content": {CALENDAR: {"schema": {"type": "string"}}}}}


@calendar_router.get(
    "/v1/events.ics",
    response_class=Response,
    responses={**_CALENDAR, **responses(BadRequest, NotAcceptable)},
)
async def get_calendar(request: Request, platform: PlatformOf) -> Response:
    """The public events as a calendar (iCalendar) to which anybody subscribes; needs no token."""
    check_accept(request)
    check_query(request)
    return Response(await public_calendar(platform), media_type=CALENDAR)


@router.act("/v1/events.ics")
async def post_calendar(act: Writes, sent: CalendarBody, community: OfCalendar = None) -> CalendarAnswer:
    """Take over a calendar (iCalendar, up to 5,000 entries): new entries are added, those of a known UID updated, all or nothing."""
    return await take_calendar(act, sent, community=community)


@router.post("/v1/events", responses=_MADE)
async def post_event(
    act: Writes, sent: EventOrCalendar, community: OfCalendar = None
) -> EventMade | CalendarAnswer:
    """Plan an event; each occurrence of one that recurs becomes an event, up to 366. Or take over a calendar, as `/v1/events.ics` does."""
    if isinstance(sent.said, CalendarBody):
        return await take_calendar(act, sent.said, community=community)
    return await plan_event(act, sent.said)


@router.get("/v1/events")
async def get_events(
    act: Reads,
    paging: Paging,
    community: Annotated[str | None, Query(examples=["kendal"])] = None,
    first: Annotated[CalendarDate | None, Query(alias="from", examples=["2026-07-01"])] = None,
    last: Annotated[CalendarDate | None, Query(alias="to", examples=["2026-07-31"])] = None,
    cancelled: Flag | None = None,
) -> Page[CommunityEventAnswer]:
    """The diary, the soonest first, with what came of each event."""
    return await find_events(
        act, community=community, first=first, last=last, cancelled=bool(cancelled), paging=paging
    )


@router.get("/v1/events/{event_id}")
async def get_event(act: Reads, event_id: PathId) -> CommunityEventAnswer:
    """One occurrence of an event."""
    return await read_event(act, event_id)


@router.put("/v1/events/{event_id}")
async def put_event(
    act: Writes, event_id: PathId, event: EventChange, expected: IfMatch
) -> CommunityEventAnswer:
    """Say what one occurrence is now, in place of what was said before, on its version; `cancelled` calls it off."""
    return await change_event(act, event_id, event, expected=expected)


@router.post("/v1/events/{event_id}/results")
async def post_results(act: Writes, event_id: PathId, results: ResultsBody) -> CommunityEventAnswer:
    """Say what came of an event, once it has begun."""
    return await report_results(act, event_id, results)
