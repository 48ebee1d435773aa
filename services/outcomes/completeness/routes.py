"""Which returns came and which are missing, and the signals about them as an Atom feed."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.outcomes.completeness.queries import first_months_sent, newest_signals, sendings_of
from services.outcomes.completeness.rules import Awaited, awaited_returns, return_told, returns_to_show
from services.outcomes.completeness.schemas import CompletenessAnswer, return_answer
from services.outcomes.completeness.signal_feed import HEAD, entry_of
from services.outcomes.errors import UnknownFeed
from services.outcomes.feeds.declarations import Feed
from services.outcomes.parameters import AskedPeriod, DeclarationsOf, DeclaredFeed
from services.outcomes.signals.rules import returns_of
from services.outcomes.submissions.rules import visible_councils
from shared.http.atom import ATOM, atom_answer
from shared.months import Month, Period, london_day
from shared.problems import Forbidden, Invalid
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router, page_answer

router = Router(prefix="/v1/feeds", tags=["feeds"])

Reader = Annotated[Act, may("feeds.read", "feeds.write")]
Council = Annotated[
    str | None, Query(max_length=40, examples=["cumbria"], description="Only this council's returns")
]


@router.get(
    "/{feed}/completeness",
    problems=(UnknownFeed, Invalid),
    response_model=CompletenessAnswer,
    responses={
        200: {"headers": {"Link": {"description": "The next page", "schema": {"type": "string"}}}},
    },
)
async def read_completeness(
    request: Request,
    act: Reader,
    feed: DeclaredFeed,
    period: AskedPeriod,
    paging: Paging,
    *,
    council: Council = None,
) -> Response:
    """Who sent what, and how late: each council's return of each period, the newest first.

    Returns are quarters where the feed says so (`due_every`); a month that is asked for is shown alone. Without a period
    every return is shown since a council's first one, of a council that never sent one the last four.
    """
    seen = _seen(act)
    if council is not None and act.registry.council(council) is None:
        raise Invalid.one("code.unknown", "/council", "The registry knows no such council.")
    if council is not None and seen is not None and council not in seen:
        raise Forbidden("These returns belong to others.")
    wanted = {council} if council is not None else seen
    awaited = [one for one in await _awaited(act, feed, period) if wanted is None or one[0] in wanted]
    page = paging.cut(awaited, shown=lambda one: one)
    sendings = await sendings_of(act.session, feed, {month for _, of in page.items for month in of})
    today = london_day(act.now)
    items = [return_answer(return_told(feed, act.registry, one, sendings, today=today)) for one in page.items]
    asked = None if period is None else period.label
    return page_answer(request, Page(items=items, next=page.next), feed=feed.feed, period=asked)


@router.get(
    "/signals.atom",
    problems=(UnknownFeed, Invalid),
    response_class=Response,
    responses={200: {"content": {ATOM: {"schema": {"type": "string"}}}}},
)
async def read_signals(
    request: Request,
    act: Reader,
    paging: Paging,
    declarations: DeclarationsOf,
    *,
    feed: Annotated[
        str | None, Query(max_length=60, examples=["reablement"], description="Only signals about this feed")
    ] = None,
) -> Response:
    """What was signalled about returns, as an Atom feed (RFC 4287): `feed.due`, `feed.late`, `feed.revised`, the newest first.

    The feed is paged (RFC 5005): a link `next` leads to the older ones. An entry holds no figure.
    """
    if feed is not None and feed not in declarations.feeds:
        raise Invalid.one("enum", "/feed", "There is no such feed. GET /v1/feeds lists them.")
    found = await newest_signals(act.session, _seen(act), feed=feed, paging=paging)
    page = paging.page(found, shown=lambda one: one, at=lambda one: [str(one.id)])
    entries = [entry_of(one, feeds=declarations.feeds, registry=act.registry) for one in page.items]
    return atom_answer(request, HEAD, entries, cursor=paging.cursor, following=page.next)


def _seen(act: Act) -> frozenset[str] | None:
    seen = visible_councils(act.caller, act.registry)
    if seen is not None and not seen:
        raise Forbidden("The token names neither a council nor communities.")
    return seen


async def _awaited(act: Act, feed: Feed, period: Period | None) -> list[Awaited]:
    if period is None:
        first = await first_months_sent(act.session, feed)
        return returns_to_show(feed, act.registry, today=Month.of(act.now), first_sent=first)
    alone = period.first == period.last
    periods = [period] if alone else returns_of(feed, period.months)
    return list(awaited_returns(feed, act.registry, periods[::-1]))
