"""A row of the matrix, and the order in which rows are read. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from services.trajectories.performance.rules.series import Point, Series, SeriesChart

Order: TypeAlias = Literal["concern", "change"]
_SIGMAS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """The latest figure of a community and measure, and what its chart says of it.

    point: None where nothing is known or hidden.   since: points since the last special cause, None without one.
    change: from the figure before to the latest, in thirds of the distance to a limit; None where there are no limits.
    """

    series: Series
    point: Point | None
    since: int | None
    change: Fraction | None

    @property
    def chart(self) -> SeriesChart | None:
        """The chart of the row."""
        return self.series.chart


def row_of(series: Series) -> Row:
    """The row of a series."""
    known = [point for point in series.points if point.value is not None or point.suppressed]
    valued = [point.value for point in known if point.value is not None]
    return Row(series, known[-1] if known else None, _since(series.chart), _change(valued, series.chart))


def _since(chart: SeriesChart | None) -> int | None:
    """How many points came after the last that is no common cause."""
    flags = [] if chart is None else [flag for flag in chart.flags if flag is not None]
    special = [at for at, flag in enumerate(flags) if flag.is_special]
    return len(flags) - 1 - special[-1] if special else None


def _change(values: Sequence[Fraction], chart: SeriesChart | None) -> Fraction | None:
    if chart is None or chart.limits.upper is None or len(values) < 2:  # noqa: PLR2004 -- now and before
        return None
    sigma = (chart.limits.upper - chart.limits.mean) / _SIGMAS
    return (values[-1] - values[-2]) / sigma if sigma else None


def ordered(rows: Sequence[Row], order: Order) -> list[Row]:
    """The rows as they are read: concern first, or the greatest change first; else as they came."""
    return sorted(rows, key=_concern if order == "concern" else _by_change)


def _concern(row: Row) -> tuple[int, int]:
    """Concern; a target that is never met; a change that is neither good nor bad; chance; improvement; no chart."""
    chart, since = row.chart, 0 if row.since is None else row.since
    if chart is None:
        return 5, 0
    if chart.variation.startswith("concern"):
        return 0, since
    if chart.assurance == "fail":
        return 1, since
    for rank, word in ((2, "neutral"), (4, "improvement")):
        if chart.variation.startswith(word):
            return rank, since
    return 3, 0


def _by_change(row: Row) -> tuple[int, Fraction]:
    return (1, Fraction(0)) if row.change is None else (0, -abs(row.change))
