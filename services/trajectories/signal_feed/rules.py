"""What in a series is worth a signal. Pure."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.series import Point, Series, SeriesChart
from services.trajectories.signals.rules import Kind, Noticed
from services.trajectories.spc.rules import LEAST_BASELINE
from shared.months import Month, month_range

MONTHS = 24
"""So many months a signal is made from."""
LOOKED_AT = 3
"""So many months up to the newest figure are looked at: a return brings a quarter at once."""
_COMPLETE = {"final", "provisional"}


def noticed_in(series: Series) -> list[Noticed]:
    """What the newest months of a monthly series say, the newest first. A figure that something lacks of says nothing."""
    special = dict(_special_causes(series))
    above = set(_above_two_months(series.points))
    complete = [at for at, point in enumerate(series.points) if _is_complete(point)]
    newest = range(complete[-1], complete[-1] - LOOKED_AT, -1) if complete else ()
    found = []
    for at in newest:
        kinds: list[Kind] = []
        if at in special:
            kinds.append("performance.special-cause")
        if at in above:
            kinds.append("trajectory.above-two-months")
        if kinds:
            month = series.points[at].window.month
            found.append(
                Noticed(series.measure.key, series.place.token, month, tuple(kinds), special.get(at))
            )
    return found


def sees_exactly(token: str, month: Month, sight: Sight, places: Geography) -> bool:
    """Whether a caller sees the true figures of all months that a signal of this one was made from."""
    place = places.registry.find(token)
    months = month_range(month - (MONTHS - 1), month + (LOOKED_AT - 1))
    return place is not None and all(sight.exactly(place, one) for one in months)


def _special_causes(series: Series) -> Iterator[tuple[int, str]]:
    """Each complete point that its chart calls special, with what it calls it; trial limits call nothing special."""
    chart = series.chart
    if chart is None or not _has_limits(chart):
        return
    for at, (point, flag) in enumerate(zip(series.points, chart.flags, strict=True)):
        if flag is not None and _is_complete(point) and flag.is_special:
            yield at, flag.variation


def _has_limits(chart: SeriesChart) -> bool:
    return chart.groups[-1].basis >= LEAST_BASELINE


def _above_two_months(points: Sequence[Point]) -> Iterator[int]:
    """Each point that is above its trajectory after one that was."""
    over = [
        _is_complete(point)
        and point.value is not None
        and point.trajectory is not None
        and point.value > point.trajectory
        for point in points
    ]
    return (at for at, (before, now) in enumerate(pairwise(over), start=1) if before and now)


def _is_complete(point: Point) -> bool:
    return point.value is not None and not point.suppressed and point.status in _COMPLETE
