"""`GET /v1/performance/signals.atom`: what was noticed, for feed readers."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.trajectories.performance.current import ReportingOf, keys_asked, places_asked, sight_of
from services.trajectories.signal_feed.entries import HEAD, entry_of
from services.trajectories.signal_feed.queries import Wanted, newest_signals, places_signalled
from services.trajectories.signal_feed.rules import sees_exactly
from shared.http.atom import ATOM, atom_answer
from shared.months import Month
from shared.problems import Invalid
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Paging, Router

router = Router(prefix="/v1/performance", tags=["performance"])
Reader = Annotated[Act, may("performance.read")]


@router.get(
    "/signals.atom",
    problems=(Invalid,),
    response_class=Response,
    responses={200: {"content": {ATOM: {"schema": {"type": "string"}}}}},
)
async def read_signals(
    request: Request,
    act: Reader,
    reporting: ReportingOf,
    paging: Paging,
    *,
    measure: Annotated[
        str | None,
        Query(
            max_length=2000,
            description="Only these measures, comma separated",
            examples=["non-elective-admissions"],
        ),
    ] = None,
    community: Annotated[
        str | None,
        Query(max_length=4000, description="Only these places, comma separated", examples=["kendal"]),
    ] = None,
) -> Response:
    """Special causes, two months above the trajectory, drafts and approvals, as an Atom feed (RFC 4287), the newest first.

    Whoever sees a place exactly reads what its figures in force say, all others what the published ones say: at most one
    signal a place and measure a month. The feed is paged (RFC 5005). An entry holds no figure.
    """
    wanted = Wanted(keys_asked(reporting, measure), places_asked(reporting, community))
    sight = sight_of(act.caller, reporting.places)
    signalled = await places_signalled(act.session)
    exact = {
        (place, month)
        for place, month in signalled
        if sees_exactly(place, Month.of(month), sight, reporting.places)
    }
    found = await newest_signals(act.session, wanted, exact, paging)
    page = paging.page(found, shown=lambda one: one, at=lambda one: [str(one.id)])
    entries = [entry_of(one, catalogue=reporting.catalogue, places=reporting.places) for one in page.items]
    return atom_answer(request, HEAD, entries, cursor=paging.cursor, following=page.next)
