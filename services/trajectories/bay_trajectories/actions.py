"""The only writer of Bay-wide trajectories."""

from sqlmodel import func, select

from services.trajectories.bay_trajectories.queries import newest_version
from services.trajectories.bay_trajectories.rules import (
    financial_year_of,
    measure_faults,
    month_faults,
    months_of,
    oddities,
    spread_by_days,
)
from services.trajectories.bay_trajectories.schemas import BayTrajectoryAnswer, BayTrajectoryRequest
from services.trajectories.bay_trajectories.tables import DRAFTING, BayTrajectory
from services.trajectories.ingest.actions import raise_version
from services.trajectories.measures.catalogue import Catalogue
from shared.ids import new_id
from shared.months import Month
from shared.problems import FieldError, Invalid
from shared.service.acting import Act
from shared.work.nudges import note_nudge


async def set_plan(act: Act, catalogue: Catalogue, asked: BayTrajectoryRequest) -> BayTrajectoryAnswer:
    """Keep a year's plan as the newest version of its year. Raises Invalid.

    The worker drafts a version for the months that an agreed plan changes after they were shared out.
    """
    months = _understood(catalogue, asked)
    # One after the other for a measure, so that the numbers of versions have no gap.
    lock = func.pg_advisory_xact_lock(func.hashtextextended(f"bay-trajectory:{asked.measure}", 0))
    await act.session.exec(select(lock))
    row = BayTrajectory(
        id=new_id(),
        version=await newest_version(act.session, asked.measure, asked.year) + 1,
        first_month=min(months).first_day,
        months={str(month): units for month, units in months.items()},
        client=act.caller.client,
        **asked.model_dump(exclude={"months"}),
    )
    act.session.add(row)
    await act.session.flush()
    await act.session.refresh(row)
    await act.happened("bay-trajectory.set", resource_type="bay-trajectory", resource_id=row.id)
    await raise_version(act.session)
    if row.status == "agreed":
        note_nudge(act.session, DRAFTING)
    return BayTrajectoryAnswer.of(row, list(oddities(row.status, months, row.set_by, row.agreed_on)))


def _understood(catalogue: Catalogue, asked: BayTrajectoryRequest) -> dict[Month, int]:
    """The months of a plan with their units. Raises Invalid with every fault."""
    faults = list(measure_faults(catalogue.get(asked.measure)))
    year = financial_year_of(asked.year)
    if (asked.months is None) == (asked.annual is None):
        faults.append(FieldError("body.required", "/months", "Give the months, or `annual` instead of them."))
    elif asked.months is not None:
        faults += month_faults(asked.months, year)
    elif year is None:
        detail = "A year's figure is spread over a financial year, written 2020-21."
        faults.append(FieldError("date.format", "/year", detail))
    if faults:
        raise Invalid(errors=faults)
    if asked.months is not None:
        return months_of(asked.months)
    return spread_by_days(asked.annual or 0, year or ())
