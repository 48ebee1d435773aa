"""The values that one figure had over time. Pure."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.rules.cells import Cell, cells_by_kind
from services.trajectories.performance.rules.figure import value_of
from services.trajectories.performance.rules.figures import Figures
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.question import month_window
from shared.months import Month, london_day
from shared.registry.selection import Selection


class FiledCell(NamedTuple):
    """A cell with the time in which it was in force; None where it was withdrawn for that time.

    submission: what brought it, as its author says.
    """

    cell: Cell | None
    known_at: datetime
    replaced_at: datetime | None
    submission: str | None


@dataclass(frozen=True, slots=True)
class Revision:
    """One value of a figure, from one instant until another; None for ever since.

    submissions: what brought it.   suppressed: it exists and is not shown.   complete: whether all that belongs to it had come.
    """

    value: Fraction | None
    numerator: int | None
    denominator: int | None
    begins: datetime
    ends: datetime | None
    submissions: tuple[str, ...] = ()
    suppressed: bool = False
    complete: bool = True

    @property
    def said(self) -> tuple[object, ...]:
        """What a reader is told of the figure."""
        return self.value, self.numerator, self.denominator, self.suppressed


@dataclass(frozen=True, slots=True)
class Counted:
    """When the platform began to count a measure: for each month of which anybody has a figure, since when."""

    months: Mapping[Month, datetime]

    def begun(self, instant: datetime) -> Month | None:
        """The first month that was counted as it was known at an instant."""
        return min((month for month, at in self.months.items() if at <= instant), default=None)


def revisions_of(
    measure: Measure,
    place: Selection,
    month: Month,
    filed: Sequence[FiledCell],
    *,
    places: Geography,
    counted: Counted,
    since: datetime | None = None,
) -> list[Revision]:
    """Every value of a figure, oldest first. filed: all cells that it was ever made of.

    since: only the value that it had when this instant came, and those that began then or later; None: all.
    """
    begun_at = min(counted.months.values(), default=None)
    found = []
    for instant, standing, brought in _states(filed, begun_at, since):
        cells, begun = cells_by_kind(standing), counted.begun(instant)
        figures = Figures(measure, cells, places, today=london_day(instant), counted_from=begun)
        figure = figures.figure(place, month_window(month))
        value = value_of(measure, figure.numerator, figure.denominator)
        parts = figure.numerator, figure.denominator
        found.append(Revision(value, *parts, instant, None, brought, complete=figure.supply == "all"))
    return list(joined(found))


def _states(
    filed: Sequence[FiledCell], begun_at: datetime | None, since: datetime | None
) -> Iterator[tuple[datetime, list[Cell], tuple[str, ...]]]:
    """Each instant at which something changed, with the cells in force from then on and what brought the new ones."""
    begins: dict[datetime, list[int]] = defaultdict(list)
    ends: dict[datetime, list[int]] = defaultdict(list)
    for at, one in enumerate(filed):
        begins[one.known_at].append(at)
        if one.replaced_at is not None:
            ends[one.replaced_at].append(at)
    standing: dict[int, Cell] = {}
    instants = sorted({*begins, *ends, *(() if begun_at is None else (begun_at,))})
    first = 0 if since is None else bisect_left(instants, since) - 1  # the one that stands when it comes
    for number, instant in enumerate(instants):
        for at in ends[instant]:
            standing.pop(at, None)
        new = [filed[at] for at in begins[instant]]
        standing |= {at: cell for at in begins[instant] if (cell := filed[at].cell) is not None}
        if number < first:
            continue
        submissions = {one.submission for one in new if one.submission is not None}
        yield instant, list(standing.values()), tuple(sorted(submissions))


def joined(revisions: Iterable[Revision]) -> Iterator[Revision]:
    """Values in the order of time without those that say the same as the one before; each ends where the next begins."""
    last: Revision | None = None
    for one in revisions:
        if last is None:
            # Nothing was there before the first figure, so that nothing is there says nothing.
            last = one if one.numerator is not None or one.suppressed else None
        elif one.said != last.said:
            yield replace(last, ends=one.begins)
            last = one
        else:
            last = replace(last, complete=one.complete)
    if last is not None:
        yield last
