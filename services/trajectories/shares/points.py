"""The trajectory beside the points of a performance answer: whole numbers in force, summed over each point's months."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from services.trajectories.bay_trajectories.rules import is_shared_out
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.aside import aside
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.performance.rules.question import Window
from services.trajectories.shares.in_force import rows_of
from services.trajectories.shares.queries import CountsInForce, counts_in_force, integers_in_force
from services.trajectories.shares.rules.shown import Meant, shown_integer
from shared.db.engine import Database
from shared.months import Month
from shared.registry.selection import Selection

_SHOWN_TAKES = 15
"""As long as what is true of so many takes what others see of one."""
_Point: TypeAlias = tuple[Selection, Window]


async def trajectory_points(
    database: Database,
    measure: Measure,
    selections: Sequence[Selection],
    windows: Sequence[Window],
    *,
    places: Geography,
    sees: Callable[[Selection, Window], bool],
    policy: Policy,
    as_at: datetime | None,
) -> Mapping[tuple[Selection, Window], int]:
    """The trajectory of each place and window that has one in every month of it, as an audience may see it.

    sees: whether it sees the true figures of a place and window; to all others it is made of what practices show.
    """
    if not is_shared_out(measure):
        return {}
    months = sorted({month for window in windows for month in window.months})
    points = len(selections) * len(months)
    exact, others = await aside(points, _parted, selections, windows, sees)
    found: dict[tuple[Selection, Window], int] = {}
    if exact:
        rows = await aside(points, _rows, selections, months, places)
        needed = sorted({row for own in rows.values() for row in own})
        integers = await integers_in_force(database, measure.key, months, needed, as_at=as_at)
        found = await aside(points, _true, exact, rows, integers)
    if others:
        counts = await counts_in_force(database, measure.key, months, policy=policy, as_at=as_at)
        found |= await aside(_SHOWN_TAKES * len(others), _shown, others, counts, places, policy)
    return found


def _parted(
    selections: Sequence[Selection],
    windows: Sequence[Window],
    sees: Callable[[Selection, Window], bool],
) -> tuple[list[_Point], list[_Point]]:
    """The places and windows that an audience sees exactly, and the others."""
    exact: list[_Point] = []
    others: list[_Point] = []
    for place in selections:
        for window in windows:
            if window.whole:  # one that the range cuts short has none
                (exact if sees(place, window) else others).append((place, window))
    return exact, others


def _shown(
    asked: Sequence[_Point],
    counts: Mapping[Month, CountsInForce],
    places: Geography,
    policy: Policy,
) -> dict[_Point, int]:
    """The trajectory of those places and windows that have one in every month and show it to those who see no exact figures."""
    found = {}
    for place, window in asked:
        months: list[Meant] = []
        for month in window.months:
            known = counts.get(month)
            part = None if known is None else known.shares.part(rows_of(place, month, places))
            if known is not None and part is not None:
                months.append(Meant(part, known.shares.total, known.plan[str(month)]))
        value = shown_integer(policy, months) if len(months) == len(window.months) else None
        if value is not None:
            found[place, window] = value
    return found


def _rows(
    selections: Sequence[Selection], months: Sequence[Month], places: Geography
) -> dict[tuple[Selection, Month], tuple[str, ...]]:
    """The rows of a version that add up to each place in each month."""
    return {(place, month): rows_of(place, month, places) for place in selections for month in months}


def _true(
    asked: Sequence[_Point],
    rows: Mapping[tuple[Selection, Month], tuple[str, ...]],
    integers: Mapping[tuple[str, Month], int],
) -> dict[_Point, int]:
    """The whole numbers in force of those places and windows that have one in every month."""
    of_month = {at: _sum(integers.get((row, at[1])) for row in own) for at, own in rows.items()}
    found = {}
    for place, window in asked:
        values = [value for month in window.months if (value := of_month[place, month]) is not None]
        if len(values) == len(window.months):
            found[place, window] = sum(values)
    return found


def _sum(integers: Iterable[int | None]) -> int | None:
    """The sum of the rows there are; None when there is none."""
    known = [one for one in integers if one is not None]
    return sum(known) if known else None
