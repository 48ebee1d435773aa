"""The only writer of annual plans."""

from sqlmodel import func, select

from services.trajectories.annual_plans.queries import newest_plan
from services.trajectories.annual_plans.rules import established, month_counted, posts_faults, year_of
from services.trajectories.annual_plans.schemas import AnnualPlanRequest
from services.trajectories.annual_plans.tables import AnnualPlan
from services.trajectories.ingest.authoring import author_facts
from services.trajectories.performance.current import check_own, measure_named
from services.trajectories.performance.reporting import Reporting
from shared.facts.cells import Cell
from shared.ids import new_id
from shared.months import Month, Period
from shared.problems import FieldError, Invalid
from shared.registry.selection import Selection
from shared.service.acting import Act

ESTABLISHED = "team-established-rate"
_SOURCE = "plans"


async def put_plan(
    act: Act, reporting: Reporting, asked: AnnualPlanRequest, *, community: str, year: str
) -> AnnualPlan:
    """Keep a plan as the newest version; the same again changes nothing. Raises Invalid, NotYours.

    The workforce of an agreed plan is counted as a fact of the present month.
    """
    place = reporting.places.registry.resolve(community)
    period = year_asked(year)
    check_own(act.caller, reporting.places, place, period.months)
    for at, objective in enumerate(asked.objectives):
        if objective.measure is not None:
            measure_named(reporting, objective.measure, f"/objectives/{at}/measure")
    if faults := list(posts_faults(asked.workforce)):
        raise Invalid(errors=faults)
    key = f"annual-plan:{place.token}:{period.label}"
    await act.session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    standing = await newest_plan(act.session, place.token, period.label)
    said = asked.model_dump(mode="json", exclude_none=True)
    if standing is not None and said == standing.model_dump(include={"status", "objectives", "workforce"}):
        await act.happened("annual-plan.confirm", resource_type="annual-plan", resource_id=standing.id)
        return standing
    row = AnnualPlan(
        id=new_id(),
        community=place.token,
        year=period.label,
        version=1 if standing is None else standing.version + 1,
        client=act.caller.client,
        author=act.caller.name or act.caller.client,
        **said,
    )
    act.session.add(row)
    await act.session.flush()
    await act.session.refresh(row)
    await act.happened("annual-plan.put", resource_type="annual-plan", resource_id=row.id)
    if row.status == "agreed":
        await _count(act, asked, row, place, period)
    return row


def year_asked(text: str) -> Period:
    """A financial year of an address or a query. Raises Invalid."""
    period = year_of(text)
    if period is None:
        detail = "A financial year is written 2020-21."
        raise Invalid(errors=[FieldError("date.format", "/year", detail)])
    return period


async def _count(
    act: Act, asked: AnnualPlanRequest, row: AnnualPlan, place: Selection, period: Period
) -> None:
    parts = established(asked.workforce)
    if parts is None:
        return
    cell = Cell(
        measure=ESTABLISHED,
        month=month_counted(period, Month.of(act.now)),
        place=place.code,
        source=_SOURCE,
        numerator=parts[0],
        denominator=parts[1],
        provenance={"plan": str(row.id), "year": row.year},
    )
    await author_facts(act.session, [cell])
