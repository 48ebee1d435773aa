"""What is asked, once it is understood: measures, places, and the months behind each point of the answer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Literal, TypeAlias

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.rules.places import Geography
from shared.months import Month, Period, financial_quarter, financial_year, month_range, parse_period
from shared.registry.selection import Selection

Per: TypeAlias = Literal["1000-registered", "day"]
Format: TypeAlias = Literal["json", "csv", "xlsx", "parquet"]
Grain: TypeAlias = Literal["month", "quarter", "year", "rolling12"]

YEAR = 12
# Outside these no figure is meant, and a calendar soon has no month before or after.
EARLIEST, LATEST = Month(1900, 1), Month(2200, 12)
_LAST = re.compile(r"last-([1-9][0-9]{0,2})-(months|quarters|years)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Window:
    """The months behind one point.

    month: the point's own month: the first of a month, quarter or year (even before the range), the last of a rolling twelve.
    label: "2020-01", "2019-20-Q4", "2019-20".   whole: False when the range cuts the period short.
    """

    grain: Grain
    month: Month
    label: str
    months: tuple[Month, ...]
    whole: bool = True

    def __hash__(self) -> int:
        """A hash of what tells most windows apart."""
        # Windows are keys of all that is kept for an answer, and have up to twelve months.
        return hash((self.grain, self.label, len(self.months)))

    @property
    def days(self) -> int:
        """Calendar days of the window."""
        return sum(month.days for month in self.months)


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the report. It is the key of its answers: equal questions of one audience get equal answers.

    measures: keys.   first, last: the range, both included.   breakdown: a dimension, for one series a value.
    revised_since: points that moved since then are marked.   as_at: None for what is known now.   baseline_points: of the chart; None for all points.   run_length: None for the
    profile's own.
    """

    measures: tuple[str, ...]
    places: tuple[Selection, ...]
    first: Month
    last: Month
    grain: Grain = "month"
    breakdown: str | None = None
    per: Per | None = None
    with_previous_year: bool = False
    with_whole: bool = False
    with_chart: bool = False
    with_trajectory: bool = False
    with_target: bool = False
    with_annotations: bool = False
    revised_since: datetime | None = None
    profile: str = "ptd"
    run_length: int | None = None
    baseline_points: int | None = None
    as_at: datetime | None = None
    format: Format = "json"

    @property
    def windows(self) -> tuple[Window, ...]:
        """The window of every point of a series."""
        return windows(self.first, self.last, self.grain)

    @property
    def months_read(self) -> tuple[Month, Month]:
        """The first and the last month whose facts the answer needs: rolling years and comparisons reach back."""
        spans = self.windows
        if self.with_previous_year:
            spans = (*spans, *(a_year_before(window) for window in spans))
        return min(window.months[0] for window in spans), max(window.months[-1] for window in spans)

    def work(self, measures: Sequence[Measure]) -> int:
        """What an answer takes, in months of a count as JSON, each some 4 µs: windows × series × comparisons × what a point takes.

        measures: those of the question.   A longer window costs the quarter of a month for each further one, for its months
        are added up from sums that are kept.
        """
        quarters = sum(3 + len(window.months) for window in self.windows)
        places = len(self.places) + self.with_whole
        points = sum(
            places
            * len(one.read_measures)
            * (len(one.dimensions.get(self.breakdown or "", ())) or 1)
            * self._weight(one)
            for one in measures
        )
        times = 1 + self.with_previous_year + (self.revised_since is not None)
        return -(-quarters * points * times // 4)

    def _weight(self, measure: Measure) -> int:
        """What a point takes beside a month of a count as JSON: what is divided three times as much, a sheet's row four times more."""
        plain = measure.kind == "count" and self.per is None
        return (1 if plain else 3) + self.with_chart + _ROWS[self.format]

    def before(self) -> "Question":
        """The same figures as they were known at the instant since which they may have moved, and nothing beside them."""
        since = self.revised_since
        known = [one for one in (since, self.as_at) if one is not None]
        return replace(
            self,
            as_at=min(known, default=None),
            revised_since=None,
            with_previous_year=False,
            with_chart=False,
            with_trajectory=False,
            with_target=False,
            with_annotations=False,
            format="json",
        )

    def places_read(self, places: Geography) -> tuple[Selection, ...]:
        """The places of the series; the whole stands behind them when the query includes it."""
        whole = (places.whole,) if self.with_whole else ()
        return tuple(dict.fromkeys((*self.places, *whole)))

    def codes_read(self, places: Geography) -> list[str]:
        """Every code under which a fact of the answer may be filed, in order."""
        first, last = self.months_read
        return sorted(
            frozenset().union(*(places.codes_over(one, first, last) for one in self.places_read(places)))
        )


_ROWS: dict[Format, int] = {"json": 0, "csv": 1, "xlsx": 4, "parquet": 4}
_LENGTHS: dict[Grain, str] = {"month": "", "quarter": " a quarter", "year": " a year", "rolling12": " a year"}


def unit_of(measure: Measure, per: Per | None, grain: Grain) -> str:
    """The unit of a measure's values in an answer. A rate of people grows with the period, so its unit names a longer one."""
    match per:
        case None:
            averaged = measure.denominator_over_months == "mean"
            return measure.unit + (_LENGTHS[grain] if averaged else "")
        case "1000-registered":
            return f"{measure.unit} per 1,000 registered{_LENGTHS[grain]}"
        case "day":
            return f"{measure.unit} a day"


@lru_cache(maxsize=128)
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


def _cut(period: Period, grain: Grain, months: Sequence[Month]) -> Window:
    """The window of a period inside the months of a range."""
    covered = tuple(month for month in period.months if months[0] <= month <= months[-1])
    return Window(grain, period.first, period.label, covered, whole=len(covered) == len(period.months))


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


@lru_cache(maxsize=4096)
def a_year_before(window: Window) -> Window:
    """The same window twelve months earlier."""
    months = tuple(month - YEAR for month in window.months)
    if window.grain in {"month", "rolling12"}:
        return Window(window.grain, window.month - YEAR, str(window.month - YEAR), months)
    period_of = financial_quarter if window.grain == "quarter" else financial_year
    period = period_of(months[0])
    return Window(window.grain, period.first, period.label, months, window.whole)


def plausible_period(text: str) -> Period | None:
    """A period as it is written; None where it is none, or lies outside the years of figures."""
    try:
        period = parse_period(text)
    except ValueError:
        return None
    return period if period.first >= EARLIEST and period.last <= LATEST else None


def named_period(name: str, reference: Month) -> Period:
    """The period that a name means, seen from the month of reference; ValueError when it means none.

    `last-N-months`, `last-N-quarters` and `last-N-years` are the N whole ones before that of the reference; `this-month`,
    `last-month`, `this-quarter`, `last-quarter`, `this-year`, `last-year` (April to March); `year-to-date` from April to
    the month of reference; or a written period such as "2019-20-Q4".
    """
    quarter, year = financial_quarter(reference), financial_year(reference)
    counted = _LAST.fullmatch(name)
    if counted:
        lengths = {"months": (reference, 1), "quarters": (quarter.first, 3), "years": (year.first, YEAR)}
        begins, length = lengths[counted[2]]
        return Period(begins - int(counted[1]) * length, begins - 1, name)
    relative = {
        "this-month": Period(reference, reference, name),
        "last-month": Period(reference - 1, reference - 1, name),
        "this-quarter": quarter,
        "last-quarter": financial_quarter(quarter.first - 1),
        "this-year": year,
        "last-year": financial_year(year.first - 1),
        "year-to-date": Period(year.first, reference, name),
    }
    return relative.get(name) or parse_period(name)
