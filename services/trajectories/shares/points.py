"""The trajectory beside the points of a performance answer: whole numbers in force, summed over each point's months."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.trajectories.bay_trajectories.rules import is_shared_out
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.question import Window
from services.trajectories.shares.in_force import rows_of
from services.trajectories.shares.queries import integers_in_force
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
    rows = {(place, month): rows_of(place, month, places) for place in selections for month in months}
    needed = {row for own in rows.values() for row in own}
    integers = await integers_in_force(database, measure.key, months, sorted(needed), as_at=as_at)
    found = {}
    for place in selections:
        of_month = {month: _sum(integers.get((row, month)) for row in rows[place, month]) for month in months}
        for window in windows:
            values = [value for month in window.months if (value := of_month[month]) is not None]
            # None where a month has none, or the range cuts the period short.
            if window.whole and len(values) == len(window.months):
                found[place, window] = sum(values)
    return found


def _sum(integers: Iterable[int | None]) -> int | None:
    """The sum of the rows there are; None when there is none."""
    known = [one for one in integers if one is not None]
    return sum(known) if known else None
