"""The trajectory beside the points of a performance answer: whole numbers in force, summed over each point's months."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.trajectories.bay_trajectories.rules import is_shared_out
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.question import Window
from services.trajectories.shares.in_force import InForce, read_in_force, rows_of
from shared.db.engine import Database
from shared.months import Month
from shared.registry.selection import Selection


async def trajectory_points(
    database: Database,
    measure: Measure,
    selections: Sequence[Selection],
    windows: Sequence[Window],
    *,
    places: Geography,
    as_at: datetime | None,
) -> Mapping[tuple[Selection, Window], int]:
    """The trajectory of each place and window that has one in every month of it."""
    if not is_shared_out(measure):
        return {}
    months = sorted({month for window in windows for month in window.months})
    rows = {(place, month): rows_of(place, month, places) for place in selections for month in months}
    needed = {row for own in rows.values() for row in own}
    async with database.transaction() as session:
        force = await read_in_force(session, measure.key, months, rows=needed, as_at=as_at)
    if not force.versions:
        return {}
    found = {}
    for place in selections:
        for window in windows:
            if (value := _sum(force, place, window, rows)) is not None:
                found[place, window] = value
    return found


def _sum(
    force: InForce, place: Selection, window: Window, rows: Mapping[tuple[Selection, Month], Sequence[str]]
) -> int | None:
    """The sum of a window's months; None where one has none, or the range cuts the period short."""
    values = [force.part(rows[place, month], month).integer for month in window.months]
    known = [value for value in values if value is not None]
    return sum(known) if window.whole and len(known) == len(values) else None
