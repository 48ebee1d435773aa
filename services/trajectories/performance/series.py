"""The series of an answer: the points of one measure for one place, in the unit asked for, and their chart."""

from dataclasses import dataclass, replace
from fractions import Fraction

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.reach import places_read, windows_of
from services.trajectories.performance.rules.figures import Breakdown, Figures, Status
from services.trajectories.performance.rules.periods import Window, a_year_before
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.question import Question
from services.trajectories.performance.rules.view import View
from services.trajectories.spc.profiles import PROFILES, Profile
from services.trajectories.spc.rules import LEAST_BASELINE, Flag, Limits, xmr_chart
from shared.registry.selection import Selection

_LEAST_CHART = 2


@dataclass(frozen=True, slots=True)
class Point:
    """A point as it is shown: the value in the unit of the answer, hidden or not, and the same window a year before.

    exact: whether the audience may see the true figures of the place and window; of both windows where there are two.
    """

    window: Window
    value: Fraction | None
    numerator: int | None
    denominator: int | None
    suppressed: bool
    status: Status
    exact: bool
    previous: "Point | None" = None


@dataclass(frozen=True, slots=True)
class SeriesChart:
    """The chart of the values shown. basis: how many points made the limits.   flags: one a point, None where it has no value."""

    profile: Profile
    limits: Limits
    basis: int
    flags: tuple[Flag | None, ...]
    variation: str


@dataclass(frozen=True, slots=True)
class Series:
    """The points of one measure for one place and, when asked for, one value of a breakdown."""

    measure: Measure
    place: Selection
    breakdown: Breakdown
    points: tuple[Point, ...]
    chart: SeriesChart | None


def series_of(question: Question, figures: Figures, view: View) -> list[Series]:
    """The series of one measure: place by place, value by value of the breakdown."""
    values: list[Breakdown] = [None]
    if question.breakdown is not None:
        values = [(question.breakdown, value) for value in figures.values_of(question.breakdown)]
    series = []
    for place in places_read(question, figures.places):
        for value in values:
            strand = _Strand(question, view, place, value, figures.places)
            points = tuple(_point(strand, window) for window in windows_of(question))
            chart = _chart(question, figures.measure, points) if question.with_chart else None
            series.append(Series(figures.measure, place, value, points, chart))
    return series


@dataclass(frozen=True, slots=True)
class _Strand:
    """One series on its way: what is asked of which place, and the view that decides what is shown."""

    question: Question
    view: View
    place: Selection
    breakdown: Breakdown
    places: Geography


def _point(strand: _Strand, window: Window) -> Point:
    point = _in_unit(strand, window)
    if not strand.question.with_previous_year:
        return point
    previous = _in_unit(strand, a_year_before(window))
    return replace(point, exact=point.exact and previous.exact, previous=previous)


def _in_unit(strand: _Strand, window: Window) -> Point:
    """A figure in the unit that was asked for, made from what may be shown of it."""
    shown = strand.view.shown(strand.place, window, strand.breakdown)
    value, denominator = shown.value, shown.denominator
    if strand.question.per == "day":
        denominator = window.days
        value = None if value is None else value / denominator
    elif strand.question.per == "1000-registered":
        denominator = strand.places.registered(strand.place, window.months[-1])
        value = None if value is None or not denominator else value * 1000 / denominator
    exact = strand.view.exact(strand.place, window)
    return Point(window, value, shown.numerator, denominator, shown.suppressed, shown.status, exact)


def _chart(question: Question, measure: Measure, points: tuple[Point, ...]) -> SeriesChart | None:
    """The chart of the values shown; None when one is hidden, or when there are too few to draw a line."""
    values = [point.value for point in points if point.value is not None]
    if any(point.suppressed for point in points) or len(values) < _LEAST_CHART:
        return None
    baseline = question.baseline_points
    if baseline is not None and len(values) < LEAST_BASELINE:
        return None
    profile = PROFILES[question.profile]
    chart = xmr_chart(values, profile, measure.direction, baseline_points=baseline)
    flags = iter(chart.flags)
    return SeriesChart(
        profile=profile,
        limits=chart.limits,
        basis=len(values) if baseline is None else min(baseline, len(values)),
        flags=tuple(None if point.value is None else next(flags) for point in points),
        variation=chart.variation,
    )
