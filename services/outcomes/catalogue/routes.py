"""Where a sender finds out what to send, and anyone who may see feeds what is missing."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response

from services.outcomes.catalogue.queries import supplied_months
from services.outcomes.catalogue.rules import completeness, latest_quarter
from services.outcomes.catalogue.templates import template_csv, template_header, template_rows, template_xlsx
from services.outcomes.errors import UnknownFeed
from services.outcomes.feeds.declarations import Declarations, Feed
from services.outcomes.parameters import PeriodParam, asked_period, declared_feed
from services.outcomes.submissions.rules import supplier, visible_councils
from shared.auth import Caller
from shared.http.answers import json_answer
from shared.http.cursors import decode_cursor, encode_cursor, page
from shared.http.query import DEFAULT_LIST, CursorParam, Limit
from shared.months import Month, Period
from shared.problems import BadRequest, Forbidden, Invalid, Unauthenticated, responses
from shared.service.deps import Clock, PlatformOf, Session
from shared.service.guard import Requires
from shared.service.platform import Platform
from shared.spreadsheets import XLSX

router = APIRouter(prefix="/v1/feeds", tags=["feeds"])

Asker = Annotated[Caller, Requires("catalogue.read", "feeds.read", "feeds.write")]
Reader = Annotated[Caller, Requires("feeds.read", "feeds.write")]


@router.get("", responses=responses(BadRequest, Unauthenticated, Forbidden, Invalid))
async def list_feeds(
    request: Request,
    caller: Asker,
    platform: PlatformOf,
    *,
    limit: Limit = DEFAULT_LIST,
    cursor: CursorParam = None,
) -> Response:
    """Every feed: columns, tables with their code lists, printed layouts, templates.

    `note` may be left out; what stands in it is checked and not kept.
    """
    declarations: Declarations = request.app.state.declarations
    key, client = platform.cursor_key, caller.client
    after = ""
    if cursor is not None:
        (after,) = decode_cursor(key, cursor, of="feeds", client=client, filters={})
    feeds = [feed for name, feed in sorted(declarations.feeds.items()) if name > after]
    more = None
    if len(feeds) > limit:
        more = encode_cursor(key, of="feeds", client=client, filters={}, position=[feeds[limit - 1].feed])
    return page([_feed_document(feed, declarations, caller) for feed in feeds[:limit]], more, request)


@router.get(
    "/{feed}/template.{form}",
    response_class=Response,
    responses={
        200: {"content": {"text/csv": {}, XLSX: {}}},
        **responses(BadRequest, Unauthenticated, Forbidden, UnknownFeed),
    },
)
async def read_template(
    request: Request,
    caller: Asker,
    platform: PlatformOf,
    now: Clock,
    *,
    feed: str,
    form: Literal["csv", "xlsx"],
    period: PeriodParam = None,
) -> Response:
    """The long form to fill in: the caller's places, every category, the months of the period.

    Without a period: the newest quarter through which the caller's council stood.

    Notes are checked and not kept: name no person.
    """
    declared = declared_feed(request, feed)
    months = asked_period(period) or _newest_quarter(caller, platform, now)
    council = supplier(caller, declared, platform.registry)
    header = template_header(declared)
    rows = template_rows(declared, platform.registry, council=council, period=months)
    headers = {"Content-Disposition": f'attachment; filename="{feed}-{months.label}.{form}"'}
    if form == "csv":
        return Response(template_csv(header, rows), media_type="text/csv; charset=utf-8", headers=headers)
    return Response(template_xlsx(header, rows), media_type=XLSX, headers=headers)


@router.get(
    "/{feed}/completeness", responses=responses(BadRequest, Unauthenticated, Forbidden, UnknownFeed, Invalid)
)
async def read_completeness(
    request: Request,
    caller: Reader,
    session: Session,
    platform: PlatformOf,
    now: Clock,
    *,
    feed: str,
    period: PeriodParam = None,
) -> Response:
    """What was supplied for each month, place and table of a period, and what was not.

    Without a period: the newest quarter through which the caller's council stood.
    """
    declared = declared_feed(request, feed)
    months = asked_period(period) or _newest_quarter(caller, platform, now)
    seen = visible_councils(caller, platform.registry)
    if seen is not None and not seen:
        raise Forbidden("The token names neither a council nor communities.")
    supplied = await supplied_months(session, feed=feed, months=months.months)
    lines = completeness(declared, platform.registry, months=months.months, supplied=supplied)
    shared = declared.shared_tables
    items = [line for line in lines if seen is None or line["council"] in seen or line["table"] in shared]
    return json_answer({"feed": feed, "period": months.label, "items": items, "next": None})


def _newest_quarter(caller: Caller, platform: Platform, now: datetime) -> Period:
    council = platform.registry.council(caller.org) if caller.org else None
    return latest_quarter(council, Month.of(now))


def _feed_document(feed: Feed, declarations: Declarations, caller: Caller) -> dict[str, Any]:
    layouts = declarations.layouts_of(feed.feed, caller.org or "")
    return {
        "feed": feed.feed,
        "title": feed.title,
        "sent_by": list(feed.suppliers),
        "columns": list(template_header(feed)),
        "places": list(feed.places),
        "tables": [
            {
                "table": table.key,
                "title": table.title,
                "breakdown": table.breakdown,
                "places": list(feed.places_of(table.key)),
                "categories": [
                    {"code": one.code, "label": one.label, "aliases": [*one.aliases, *one.misspellings]}
                    for one in table.categories
                ],
            }
            for table in feed.tables
        ],
        "measures": [measure.key for measure in feed.measures],
        "printed_layouts": [
            {
                "layout": one.layout,
                "headings": {key: list(heading.words) for key, heading in one.tables.items()},
            }
            for one in layouts
        ],
        "templates": [f"/v1/feeds/{feed.feed}/template.csv", f"/v1/feeds/{feed.feed}/template.xlsx"],
    }
