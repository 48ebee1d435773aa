"""Which months a share is counted over. Pure.

A window is never summed from what happens to be there: a month in which one practice is missing would shrink that
practice's share. It slides back to the last months that are complete for all.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from shared.months import Month, month_range

Activity = Mapping[str, Mapping[Month, int]]
"""Practice → month → units, as they are known; a month that did not arrive is not there."""


@dataclass(frozen=True, slots=True)
class ChosenWindow:
    """The months of a share. months: those counted, in order.   blocked: months of the wanted window that lack a practice."""

    first: Month
    last: Month
    months: tuple[Month, ...]
    blocked: tuple[Month, ...]


def wanted_window(effective_from: Month, *, window_months: int, lag_months: int) -> tuple[Month, Month]:
    """The first and last month of the window that a version asks for: it ends `lag_months` before the month before it."""
    last = effective_from - 1 - lag_months
    return last - (window_months - 1), last


def incomplete_months(activity: Activity, carried_from: Mapping[str, Month]) -> frozenset[Month]:
    """The months in which a practice that had reported before is missing.

    carried_from: the month from which a practice has ended, or is counted with its successor; from then on nothing is
    expected of it. Before its first month a practice is new, not late.
    """
    months = set[Month]().union(*activity.values())
    if not months:
        return frozenset()
    latest = max(months)
    whole = frozenset(month_range(min(months), latest))
    lacking = set(whole - months)
    for code, cells in activity.items():
        missing = whole.difference(cells)
        if not missing or not cells:
            continue  # thousands of practices lack none
        ended = carried_from.get(code)
        begun, until = min(cells), latest if ended is None else ended - 1
        lacking.update(month for month in missing if begun <= month <= until)
    return frozenset(lacking)


def choose_window(
    activity: Activity,
    *,
    wanted: tuple[Month, Month],
    excluded: AbstractSet[Month],
    carried_from: Mapping[str, Month],
) -> ChosenWindow | None:
    """The wanted window, or the last one before it that is complete for all; None where there is none.

    excluded: months that count in no window, and so need not be complete.
    """
    months = set[Month]().union(*activity.values())
    if not months:
        return None
    lacking = incomplete_months(activity, carried_from)
    earliest, latest = min(months), max(months)

    def is_whole(month: Month) -> bool:
        return month in excluded or (earliest <= month <= latest and month not in lacking)

    first, last = wanted
    blocked = tuple(month for month in month_range(first, last) if not is_whole(month))
    while last >= earliest:
        run = month_range(first, last)
        counted = tuple(month for month in run if month not in excluded)
        if counted and all(map(is_whole, run)):
            return ChosenWindow(first, last, counted, blocked)
        first, last = first - 1, last - 1
    return None


def window_length(first: Month, last: Month, excluded: Iterable[str]) -> int:
    """How many months a window counts. excluded: as they are written, YYYY-MM."""
    left = set(excluded)
    return sum(str(month) not in left for month in month_range(first, last))
