"""Which months an answer covers and how they fold into its points: months, quarters, years, rolling twelves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from shared.months import Month, Period, financial_quarter, financial_year, month_range, parse_period

Grain: TypeAlias = Literal["month", "quarter", "year", "rolling12"]

YEAR = 12
_LAST_MONTHS = re.compile(r"last-([1-9][0-9]{0,2})-months", re.ASCII)


@dataclass(frozen=True, slots=True)
class Window:
    """The months behind one point.

    month: the point's own month: the first of a month, quarter or year, whether the answer's range reaches back to it or not;
    the last of a rolling twelve.   label: "2020-01", "2019-20-Q4", "2019-20".   whole: False when the range cuts the period
    short.
    """

    grain: Grain
    month: Month
    label: str
    months: tuple[Month, ...]
    whole: bool = True

    def __hash__(self) -> int:
        """Of what tells most windows apart: they are keys of all that is kept for an answer, and have up to twelve months."""
        return hash((self.grain, self.label, len(self.months)))

    @property
    def days(self) -> int:
        """Calendar days of the window."""
        return sum(month.days for month in self.months)


def windows(first: Month, last: Month, grain: Grain) -> tuple[Window, ...]:
    """The points of a range, in order. Quarters and years are those of April to March.

    A rolling twelve reaches eleven months back before the range.
    """
    months = month_range(first, last)
    if grain == "month":
        return tuple(month_window(month) for month in months)
    if grain == "rolling12":
        return tuple(
            Window(grain, month, str(month), tuple(month_range(month - (YEAR - 1), month)))
            for month in months
        )
    period_of = financial_quarter if grain == "quarter" else financial_year
    periods = dict.fromkeys(period_of(month) for month in months)
    return tuple(_cut(period, grain, months) for period in periods)


@lru_cache(maxsize=4096)
def month_window(month: Month) -> Window:
    """The window of a single month."""
    return Window("month", month, str(month), (month,))


def parts_of(window: Window) -> tuple[Window, ...]:
    """The windows that add up to this one: quarters of a year, months of anything else; none for a month."""
    if window.grain == "month":
        return ()
    if window.grain == "year":
        return windows(window.months[0], window.months[-1], "quarter")
    return tuple(month_window(month) for month in window.months)


def a_year_before(window: Window) -> Window:
    """The same window twelve months earlier."""
    months = tuple(month - YEAR for month in window.months)
    if window.grain in {"month", "rolling12"}:
        return Window(window.grain, window.month - YEAR, str(window.month - YEAR), months)
    period_of = financial_quarter if window.grain == "quarter" else financial_year
    period = period_of(months[0])
    return Window(window.grain, period.first, period.label, months, window.whole)


def named_period(name: str, reference: Month) -> Period:
    """The period a name stands for, seen from the month of reference; ValueError when it stands for none.

    `last-N-months` are the N whole months before the month of reference; `this-month`, `last-month`, `this-quarter`,
    `last-quarter`, `this-year`, `last-year` (April to March); or a written period such as "2019-20-Q4".
    """
    counted = _LAST_MONTHS.fullmatch(name)
    if counted:
        return Period(reference - int(counted[1]), reference - 1, name)
    quarter, year = financial_quarter(reference), financial_year(reference)
    relative = {
        "this-month": Period(reference, reference, name),
        "last-month": Period(reference - 1, reference - 1, name),
        "this-quarter": quarter,
        "last-quarter": financial_quarter(quarter.first - 1),
        "this-year": year,
        "last-year": financial_year(year.first - 1),
    }
    return relative.get(name) or parse_period(name)


def _cut(period: Period, grain: Grain, months: Sequence[Month]) -> Window:
    """The window of a period inside the months of a range."""
    covered = tuple(month for month in period.months if months[0] <= month <= months[-1])
    return Window(grain, period.first, period.label, covered, whole=len(covered) == len(period.months))
