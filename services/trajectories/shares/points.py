"""The trajectory beside the points of a performance answer: whole numbers in force, summed over each point's months."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.trajectories.bay_trajectories.rules import is_shared_out
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.question import Window
from services.trajectories.shares.in_force import InForce, read_in_force, rows_of
from shared.db.engine import Database
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
    rows = {row for place in selections for month in months for row in rows_of(place, month, places)}
    async with database.transaction() as session:
        force = await read_in_force(session, measure.key, months, rows=rows, as_at=as_at)
    found = {}
    for place in selections:
        for window in windows:
            if (value := _sum(force, place, window, places)) is not None:
                found[place, window] = value
    return found


def _sum(force: InForce, place: Selection, window: Window, places: Geography) -> int | None:
    """The sum of a window's months; None where one has none, or the range cuts the period short."""
    values = [force.part(rows_of(place, month, places), month).integer for month in window.months]
    known = [value for value in values if value is not None]
    return sum(known) if window.whole and len(known) == len(values) else None
