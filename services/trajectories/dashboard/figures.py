"""One figure as every page tells it: the item of the matrix in words, with its sign and its small line."""

from dataclasses import dataclass
from urllib.parse import urlencode

from services.trajectories.dashboard.rules import (
    Mark,
    Shown,
    Spark,
    behind_by,
    mark_of,
    month_words,
    number_words,
    shown_of,
    spark_of,
    target_words,
    trajectory_words,
    year_words,
)
from services.trajectories.matrix.readings import item_of
from services.trajectories.matrix.rules import Row
from services.trajectories.performance.reporting import Reporting
from services.trajectories.spc.rules import FULL_LIMITS
from shared.months import Month


@dataclass(frozen=True, slots=True)
class Figure:
    """One community and measure, as the first page tells it.

    month: where it is not that of the page.   behind: how far it is on the worse side of its trajectory, as a part of that; 0 where it is not.
    year: how far twelve months are from theirs, in words; None where one of them has no figure that is shown, or no trajectory.
    """

    community: str
    title: str
    shown: Shown
    value: str
    month: str | None
    status: str
    mark: Mark
    trajectory: str | None
    year: str | None
    behind: float
    target: str | None
    spark: Spark | None
    href: str


def figure_of(row: Row, first: Month, reference: Month, reporting: Reporting) -> Figure:
    """The latest figure of a row, of the months from one to another."""
    item, series = item_of(row, first, reference), row.series
    month = None if item["month"] is None else Month.parse(item["month"])
    about = urlencode({"community": series.place.token, "reference": str(reference)})
    return Figure(
        community=reporting.places.name_of(series.place),
        title=series.measure.title,
        shown=shown_of(item),
        value=number_words(item["value"], series.measure),
        month=None if month is None or month == reference else month_words(month, short=True),
        status=item["status"],
        mark=mark_of(
            item["variation"],
            settled=row.chart is not None and row.chart.basis >= FULL_LIMITS,
            hidden=any(point.suppressed for point in series.points),
        ),
        trajectory=trajectory_words(item, series.measure),
        year=year_words(series, month or reference),
        behind=behind_by(item, series.measure),
        target=target_words(item, series.measure),
        spark=spark_of(series),
        href=f"/measures/{series.measure.key}?{about}",
    )
