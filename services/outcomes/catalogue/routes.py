"""Where a sender finds out what to send."""

from typing import Annotated, Literal

from fastapi import Query, Response

from services.outcomes.catalogue.printed_templates import (
    PrintedTemplate,
    printed_csv,
    printed_templates,
    printed_xlsx,
)
from services.outcomes.catalogue.rules import latest_quarter
from services.outcomes.catalogue.schemas import FeedAnswer, feed_answer
from services.outcomes.catalogue.templates import (
    template_csv,
    template_header,
    template_rows,
    template_xlsx,
    with_names,
)
from services.outcomes.errors import UnknownFeed
from services.outcomes.feeds.declarations import Declarations, Feed
from services.outcomes.parameters import AskedPeriod, DeclarationsOf, DeclaredFeed
from services.outcomes.submissions.rules import supplier
from shared.months import Month, Period
from shared.problems import Invalid
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router
from shared.spreadsheets import XLSX

router = Router(prefix="/v1/feeds", tags=["feeds"])

Asker = Annotated[Act, may("catalogue.read", "feeds.read", "feeds.write")]


@router.get("", problems=(Invalid,))
async def list_feeds(act: Asker, paging: Paging, declarations: DeclarationsOf) -> Page[FeedAnswer]:
    """Every feed: columns, tables with their code lists, printed layouts, templates.

    `note` may be left out; what stands in it is checked and not kept.
    """
    feeds = [feed for _, feed in sorted(declarations.feeds.items())]
    return paging.cut(feeds, shown=lambda feed: feed_answer(feed, declarations, council=act.caller.org or ""))


@router.get(
    "/{feed}/template.{form}",
    problems=(UnknownFeed, Invalid),
    response_class=Response,
    responses={200: {"content": {"text/csv": {}, XLSX: {}}}},
)
async def read_template(
    act: Asker,
    feed: DeclaredFeed,
    form: Literal["csv", "xlsx"],
    period: AskedPeriod,
    declarations: DeclarationsOf,
    *,
    shape: Annotated[
        Literal["long", "printed"], Query(description="printed: as the caller's council prints it")
    ] = "long",
) -> Response:
    """A return to fill in: the caller's places, every category, the months of the period.

    Without a period: the newest quarter through which the caller's council stood. The long form has codes as CSV and
    names as XLSX; the printed shape has names, and totals that add themselves up in XLSX.

    Notes are checked and not kept: name no person.
    """
    months = period or _newest_quarter(act)
    council = supplier(act.caller, feed, act.registry)
    headers = {"Content-Disposition": f'attachment; filename="{feed.feed}-{months.label}.{form}"'}
    media_type = "text/csv; charset=utf-8" if form == "csv" else XLSX
    if shape == "printed":
        templates = _printed(act, feed, declarations, council=council, period=months)
        content = printed_csv(templates) if form == "csv" else printed_xlsx(templates)
        return Response(content, media_type=media_type, headers=headers)
    header = template_header(feed)
    rows = template_rows(feed, act.registry, council=council, period=months)
    if form == "csv":
        return Response(template_csv(header, rows), media_type=media_type, headers=headers)
    named = with_names(rows, feed, act.registry)
    return Response(template_xlsx(header, named), media_type=media_type, headers=headers)


def _printed(
    act: Act, feed: Feed, declarations: Declarations, *, council: str | None, period: Period
) -> list[PrintedTemplate]:
    """The templates of the first layout of the caller's council. Raises Invalid (enum) where there is none."""
    layouts = declarations.layouts_of(feed.feed, council) if council else []
    if council is None or not layouts:
        raise Invalid.one(
            "enum",
            "/shape",
            f"No printed table of {feed.feed} is declared for the caller; ask for shape=long.",
        )
    return printed_templates(feed, act.registry, layouts[0], council=council, period=period)


def _newest_quarter(act: Act) -> Period:
    council = act.registry.council(act.caller.org) if act.caller.org else None
    return latest_quarter(council, Month.of(act.now))
