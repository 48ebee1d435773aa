"""`/v1/annual-plans`: what a community means to do in a year, and what it learnt."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query

from services.trajectories.annual_plans.actions import put_plan, year_asked
from services.trajectories.annual_plans.queries import newest_plan, plans_listed
from services.trajectories.annual_plans.rules import established, year_of
from services.trajectories.annual_plans.schemas import AnnualPlanAnswer, AnnualPlanRequest, Objective, Post
from services.trajectories.annual_plans.tables import AnnualPlan
from services.trajectories.errors import NotYours
from services.trajectories.performance.current import ReportingOf, covers, places_asked
from services.trajectories.performance.reporting import Reporting
from shared.problems import Invalid, NotFound
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(prefix="/v1/annual-plans", tags=["plans"])
Writer = Annotated[Act, may("plans.write")]
Reader = Annotated[Act, may("reports.read")]


@router.put("/{community}/{year}", problems=(NotYours,))
async def put_annual_plan(
    act: Writer, reporting: ReportingOf, community: str, year: str, asked: AnnualPlanRequest
) -> AnnualPlanAnswer:
    """Put a community's plan of a financial year in the place of the one that stood. Every version is kept.

    The workforce of an agreed plan is the figure `team-established-rate` of the month.
    """
    return _answer(await put_plan(act, reporting, asked, community=community, year=year))


@router.get("/{community}/{year}", problems=(Invalid,))
async def read_annual_plan(
    act: Reader, reporting: ReportingOf, community: str, year: str
) -> AnnualPlanAnswer:
    """A community's plan of a financial year."""
    place = reporting.places.registry.resolve(community)
    row = await newest_plan(act.session, place.token, year_asked(year).label)
    if row is None or not _sees(act, reporting, row):
        raise NotFound
    return _answer(row)


@router.get("")
async def read_annual_plans(
    act: Reader,
    reporting: ReportingOf,
    paging: Paging,
    community: Annotated[str | None, Query(max_length=4000, examples=["kendal"])] = None,
    year: Annotated[str | None, Query(max_length=20, examples=["2020-21"])] = None,
    status: Literal["draft", "agreed"] | None = None,
) -> Page[AnnualPlanAnswer]:
    """The plans of the communities that the caller covers, newest first."""
    after = paging.after()
    rows = await plans_listed(
        act.session,
        communities=places_asked(reporting, community),
        year=None if year is None else year_asked(year).label,
        status=status,
        sees=lambda row: _sees(act, reporting, row),
        before=UUID(after[0]) if after else None,
        limit=paging.limit + 1,
    )
    return paging.page(rows, shown=_answer, at=lambda row: [str(row.id)])


def _sees(act: Act, reporting: Reporting, row: AnnualPlan) -> bool:
    place = reporting.places.registry.find(row.community)
    year = year_of(row.year)
    return place is not None and year is not None and covers(act.caller, reporting.places, place, year.months)


def _answer(row: AnnualPlan) -> AnnualPlanAnswer:
    posts = [Post.model_validate(one) for one in row.workforce]
    parts = established(posts)
    return AnnualPlanAnswer(
        **row.model_dump(exclude={"id", "client", "objectives", "workforce"}),
        objectives=[Objective.model_validate(one) for one in row.objectives],
        workforce=posts,
        established_rate=None if parts is None else parts[0] / parts[1],
    )
