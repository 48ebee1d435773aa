"""The pages of the dashboard."""

from dataclasses import replace
from functools import partial
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response

from services.trajectories.charts.readings import make_chart, understand_chart
from services.trajectories.commentaries.tables import Commentary
from services.trajectories.dashboard.asking import Asked, chart_query, figures_query, understand_page
from services.trajectories.dashboard.clients import Returns
from services.trajectories.dashboard.community import NOTHING, beside_community, community_page
from services.trajectories.dashboard.feeds import feeds_page
from services.trajectories.dashboard.glance import glance_of, matrix_asked, newest_of
from services.trajectories.dashboard.measure import commentaries_beside, definition_of, measure_page
from services.trajectories.dashboard.part import part_page
from services.trajectories.dashboard.past import past_page
from services.trajectories.dashboard.returns import ReturnLine, returns_told
from services.trajectories.dashboard.rules import KEY, NOTE_KINDS, RULES, month_words, part_words
from services.trajectories.dashboard.schemas import (
    CommunityQuery,
    FiguresQuery,
    GlanceQuery,
    MeasureQuery,
    RevisionsQuery,
)
from services.trajectories.errors import BelowCommunity, TooMuchAsked, UnknownMeasure
from services.trajectories.matrix.readings import make_matrix
from services.trajectories.performance.current import ReportingOf, sight_of
from services.trajectories.performance.exports import event_of, record_export
from services.trajectories.performance.keeping import Rendered, rendered_of
from services.trajectories.performance.reporting import Reporting, exact_told
from services.trajectories.performance.rules.audience import Sight
from shared.auth.caller import Caller
from shared.months import Month, london_day
from shared.problems import (
    BadRequest,
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
    responses,
)
from shared.registry import Registry
from shared.service.acting import Act
from shared.service.browsing.frame import content_of, page
from shared.service.browsing.guard import PUBLIC, Seen, bearer_of, seeing
from shared.service.guard import PlatformOf
from shared.service.platform import Platform

router = APIRouter(
    tags=["dashboard"],
    include_in_schema=False,
    responses=responses(
        BadRequest,
        Unauthenticated,
        Forbidden,
        NotFound,
        Invalid,
        BelowCommunity,
        TooMuchAsked,
        UnknownMeasure,
    ),
)
HTML: Final = "text/html; charset=utf-8"
Viewer = Annotated[Caller, Seen("performance.read")]
Viewing = Annotated[Act, seeing("performance.read")]


@router.get("/")
async def read_glance(
    request: Request,
    caller: Viewer,
    platform: PlatformOf,
    reporting: ReportingOf,
    asked: Annotated[GlanceQuery, Query()],
) -> Response:
    """The Bay at a glance: communities × headline measures, what needs attention first."""
    sight, now = sight_of(caller, reporting.places), platform.clock()

    async def make() -> Rendered:
        glance = await glance_of(asked, reporting, sight, now)
        told = {"glance": glance, "month": month_words, "key": KEY, "policy": reporting.policy}
        content = content_of(request, "glance.jinja", **told)
        return rendered_of(content, HTML, exported=glance.matrix.exact_told)

    content = await reporting.kept_or_made(("glance", asked), sight, now, make)
    title = f"{reporting.places.name_of(reporting.places.whole)} at a glance"
    return await _page_of(request, platform, content, title=title)


@router.get("/matrix.{form}")
async def read_glance_table(
    caller: Viewer,
    platform: PlatformOf,
    reporting: ReportingOf,
    form: Literal["csv", "xlsx"],
    asked: Annotated[GlanceQuery, Query()],
) -> Response:
    """The table of the first page as a file: that of the interface, for who is signed in by the page."""
    sight, now = sight_of(caller, reporting.places), platform.clock()
    newest = await newest_of(reporting, sight, Month.of(now)) or Month.of(now)
    matrix = await matrix_asked(asked, reporting, sight, now, newest=newest, form=form)
    rendered = await reporting.kept_or_made(
        ("matrix", matrix), sight, now, lambda: make_matrix(matrix, reporting, sight, now)
    )
    return await _delivered(platform, caller, rendered)


@router.get("/communities/{slug}")
async def read_community_page(
    request: Request,
    act: Viewing,
    reporting: ReportingOf,
    slug: str,
    asked: Annotated[CommunityQuery, Query()],
) -> Response:
    """A community: its people, every measure with a figure, targets, plan and what was said of them."""
    shown = await community_page(act, slug, asked, reporting)
    beside = NOTHING
    if act.caller.client != PUBLIC:
        beside = await beside_community(act, shown.about.slug, shown.reference, reporting)
    told = shown.matrix.exact_told
    if told is not None:
        await act.happened(event_of(told), resource_type="performance", detail=told)
    return page(
        request,
        "community.jinja",
        shown=shown,
        beside=beside,
        month=month_words,
        policy=reporting.policy,
    )


@router.get("/feeds")
async def read_feeds_page(
    request: Request, act: Annotated[Act, seeing("feeds.read")], reporting: ReportingOf
) -> Response:
    """What arrived, what is missing, and what was wrong with it."""
    base = act.platform.settings.pages_url_of("outcomes")
    lines, silent = await _returns(request, act)
    return page(
        request,
        "feeds.jinja",
        shown=await feeds_page(act, reporting),
        returns=None if base is None else f"{base}/returns",
        lines=lines,
        silent=silent,
    )


@router.get("/revisions")
async def read_past_page(
    request: Request, act: Viewing, reporting: ReportingOf, asked: Annotated[RevisionsQuery, Query()]
) -> Response:
    """Every value that a figure ever had."""
    return page(request, "past.jinja", shown=await past_page(act, asked, reporting))


@router.get("/measures")
async def read_measures_page(request: Request, caller: Viewer, reporting: ReportingOf) -> Response:
    """Every measure with its definition and source."""
    measures = [(one, tuple(definition_of(one))) for one in reporting.catalogue]
    return page(request, "measures.jinja", measures=measures)


@router.get("/measures/{key}")
async def read_measure_page(
    request: Request,
    caller: Viewer,
    platform: PlatformOf,
    reporting: ReportingOf,
    key: str,
    asked: Annotated[MeasureQuery, Query()],
) -> Response:
    """A measure: one community's chart and table, every community beside it, definition and source."""
    sight, now = sight_of(caller, reporting.places), platform.clock()
    understood = await understand_page(key, asked, reporting, sight, now)
    if understood.part is not None:
        return await _part_page(request, platform, reporting, sight, understood)
    # Who is not signed in sees published figures and nothing that somebody wrote beside them.
    noted = caller.client != PUBLIC
    said: list[Commentary] = []
    if noted:
        async with platform.transaction() as session:
            said = await commentaries_beside(session, understood, reporting, sight)

    async def make() -> Rendered:
        shown = await measure_page(understood, reporting, sight, now)
        told = {
            "shown": shown,
            "noted": noted,
            "said": said,
            "month": month_words,
            "policy": reporting.policy,
            "rules": RULES,
            "note_kinds": NOTE_KINDS,
        }
        return rendered_of(content_of(request, "measure.jinja", **told), HTML, exported=shown.exact_told)

    # Commentaries raise no version of the facts, so they belong to what the page depends on.
    of = ("measure-page", key, understood.query, understood.breakdown, noted, *(one.id for one in said))
    content = await reporting.kept_or_made(of, sight, now, make)
    title = f"{understood.measure.title}: {reporting.places.name_of(understood.place)}"
    back = (f"/?reference={understood.reference}", "At a glance")
    return await _page_of(request, platform, content, title=title, back=back)


@router.get("/measures/{key}/chart.{form}")
async def read_measure_chart(
    request: Request,
    caller: Viewer,
    platform: PlatformOf,
    reporting: ReportingOf,
    key: str,
    form: Literal["svg", "png"],
    asked: Annotated[MeasureQuery, Query()],
) -> Response:
    """The chart of a measure's page: that of the interface, for who is signed in by the page."""
    sight, now = sight_of(caller, reporting.places), platform.clock()
    understood = await understand_page(key, asked, reporting, sight, now)
    drawn = understand_chart(
        chart_query(understood, sight), reporting, measure=key, community=understood.place.token, now=now
    )
    drawn = replace(drawn, question=replace(drawn.question, with_annotations=caller.client != PUBLIC))
    rendered = await reporting.kept_or_made(
        ("chart", form, drawn), sight, now, lambda: make_chart(drawn, form, reporting, sight, now)
    )
    return await _delivered(platform, caller, rendered)


@router.get("/measures/{key}/figures.{form}")
async def read_measure_figures(
    request: Request,
    caller: Viewer,
    platform: PlatformOf,
    reporting: ReportingOf,
    key: str,
    form: Literal["csv", "xlsx"],
    asked: Annotated[FiguresQuery, Query()],
) -> Response:
    """The table of a measure's page as a file: that of the interface, for who is signed in by the page."""
    sight = sight_of(caller, reporting.places)
    understood = await understand_page(key, asked, reporting, sight, platform.clock())
    query = figures_query(understood, form, level=asked.level, noted=caller.client != PUBLIC)
    rendered = await reporting.answer(caller, query, "")
    return await _delivered(platform, caller, rendered)


async def _part_page(
    request: Request, platform: Platform, reporting: Reporting, sight: Sight, asked: Asked
) -> Response:
    """A measure by one value of a breakdown."""
    now = platform.clock()

    async def make() -> Rendered:
        shown = await part_page(asked, reporting, sight, now)
        told = {"shown": shown, "policy": reporting.policy}
        return rendered_of(content_of(request, "part.jinja", **told), HTML, exported=exact_told(shown.answer))

    of = ("part-page", asked.measure.key, asked.query, asked.breakdown, asked.part)
    content = await reporting.kept_or_made(of, sight, now, make)
    title = f"{asked.measure.title}: {part_words((asked.breakdown or '', asked.part or ''))}"
    back = (f"/measures/{asked.measure.key}?{asked.query}", asked.measure.title)
    return await _page_of(request, platform, content, title=title, back=back)


async def _returns(request: Request, act: Act) -> tuple[list[ReturnLine], bool]:
    """What is due and overdue of councils, as far as the reader may know it of outcomes; whether that did not answer."""
    returns: Returns = request.app.state.returns
    bearer = bearer_of(request)
    try:
        told = None if bearer is None else await returns.seen_by(bearer)
    except Unavailable:
        return [], True
    names = partial(_name_of_council, act.registry)
    return returns_told(told or (), name_of=names, today=london_day(act.now)), False


def _name_of_council(registry: Registry, slug: str) -> str:
    found = registry.council(slug)
    return slug if found is None else found.name


async def _page_of(
    request: Request,
    platform: Platform,
    content: Rendered,
    *,
    title: str,
    back: tuple[str, str] | None = None,
) -> Response:
    """A page around a content that was kept or made; who reads exact figures is recorded first."""
    if content.exported is not None:
        await record_export(platform, request.state.caller, content.exported)
    return page(request, "kept.jinja", title=title, back=back, content=content.body.decode())


async def _delivered(platform: Platform, caller: Caller, rendered: Rendered) -> Response:
    """Bytes of the interface; who takes exact figures is recorded first. Cookies tell callers apart too."""
    if rendered.exported is not None:
        await record_export(platform, caller, rendered.exported)
    return Response(rendered.body, headers=rendered.headers | {"Vary": "Cookie, Authorization"})
