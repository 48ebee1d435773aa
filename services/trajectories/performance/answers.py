"""The answer to a question as one audience may see it: made once, then shown by every format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.queries import Knowledge
from services.trajectories.performance.rules.figures import Breakdown, Figures, Status
from services.trajectories.performance.rules.periods import Window, a_year_before, windows
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.performance.rules.question import Question
from services.trajectories.performance.rules.view import View
from services.trajectories.spc.profiles import PROFILES, Profile
from services.trajectories.spc.rules import LEAST_BASELINE, Flag, Limits, xmr_chart
from shared.months import Month, london_day
from shared.registry.selection import Selection

_LEAST_CHART = 2


@dataclass(frozen=True, slots=True)
class Point:
    """A point as it is shown: the value in the unit of the answer, hidden or not, and the same window a year before."""

    window: Window
    value: Fraction | None
    numerator: int | None
    denominator: int | None
    suppressed: bool
    status: Status
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


@dataclass(frozen=True, slots=True)
class Answer:
    """All that any format shows. policy: None when every figure is exact."""

    question: Question
    measures: tuple[Measure, ...]
    series: tuple[Series, ...]
    as_at: datetime | None
    provenance: list[dict[str, Any]]
    notes: tuple[str, ...]
    policy: Policy | None


@dataclass(frozen=True, slots=True)
class Frame:
    """What an answer is made within: the registry's geography, the policy, and whose true figures may be seen."""

    places: Geography
    policy: Policy
    exact: Callable[[Selection], bool]
    now: datetime


def months_read(question: Question) -> tuple[Month, Month]:
    """The range of months whose facts a question needs: rolling years and comparisons reach back."""
    spans = _windows(question)
    if question.with_previous_year:
        spans = (*spans, *(a_year_before(window) for window in spans))
    return min(window.months[0] for window in spans), max(window.months[-1] for window in spans)


def places_read(question: Question, places: Geography) -> tuple[Selection, ...]:
    """The places of the series, the whole behind them when it is included."""
    whole = (places.whole,) if question.with_whole else ()
    return tuple(dict.fromkeys((*question.places, *whole)))


def codes_read(question: Question, places: Geography) -> list[str]:
    """Every code that a fact of the answer may be filed under, in order."""
    first, last = months_read(question)
    asked = places_read(question, places)
    months = [first + offset for offset in range(last - first + 1)]
    return sorted({code for month in months for place in asked for code in places.codes(place, month)})


def make_answer(
    question: Question, measures: tuple[Measure, ...], knowledge: Knowledge, frame: Frame
) -> Answer:
    """The answer of what is known, as the audience of the frame may see it."""
    today = london_day(question.as_at or frame.now)
    exact = lru_cache(None)(frame.exact)
    series: list[Series] = []
    for measure in measures:
        views = [
            View(Figures(one, knowledge.cells, frame.places, today=today), frame.policy, exact)
            for one in measure.wholes
        ]
        figures = Figures(measure, knowledge.cells, frame.places, today=today)
        series += _series_of(question, figures, View(figures, frame.policy, exact, wholes=views))
    policy = None if all(exact(place) for place in places_read(question, frame.places)) else frame.policy
    return Answer(
        question=question,
        measures=measures,
        series=tuple(series),
        as_at=knowledge.as_at,
        provenance=knowledge.provenance,
        notes=_notes(question, measures, series, policy),
        policy=policy,
    )


def _series_of(question: Question, figures: Figures, view: View) -> list[Series]:
    """The series of one measure: place by place, value by value of the breakdown."""
    values: list[Breakdown] = [None]
    if question.breakdown is not None:
        values = [(question.breakdown, value) for value in figures.values_of(question.breakdown)]
    series = []
    for place in places_read(question, figures.places):
        for value in values:
            strand = _Strand(question, view, place, value, figures.places)
            points = tuple(_point(strand, window) for window in _windows(question))
            chart = _chart(question, figures.measure, points) if question.with_chart else None
            series.append(Series(figures.measure, place, value, points, chart))
    return series


def _windows(question: Question) -> tuple[Window, ...]:
    return windows(question.first, question.last, question.grain)


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
    return replace(point, previous=_in_unit(strand, a_year_before(window)))


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
    return Point(window, value, shown.numerator, denominator, shown.suppressed, shown.status)


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


def _note_on(measure: Measure, series: Sequence[Series]) -> str | None:
    """What the catalogue says of a measure, unless figures that arrived say otherwise."""
    points = [point for one in series if one.measure is measure for point in one.points]
    if measure.status == "not-supplied" and all(point.status == "not-supplied" for point in points):
        return f"{measure.title}: no source supplies this measure yet."
    return (
        f"{measure.title}: the definition is in development." if measure.status == "in-development" else None
    )


def _notes(
    question: Question, measures: tuple[Measure, ...], series: Sequence[Series], policy: Policy | None
) -> tuple[str, ...]:
    """What a reader must know before using the figures."""
    notes = [note for measure in measures if (note := _note_on(measure, series)) is not None]
    points = [point for one in series for point in one.points]
    if any(point.status == "partial" for point in points):
        notes.append("Partial figures are the sum of what arrived; something expected is missing.")
    if any(point.status == "not-supplied" for point in points):
        notes.append("Not supplied means that nothing arrived; it does not mean 0.")
    if policy is not None:
        notes.append(
            f"Small numbers are protected: counts of 1 to {policy.threshold} are hidden and others rounded to the nearest "
            f"{policy.base}; rates are made from rounded counts, totals from true counts before rounding."
        )
    notes += [f"The {name} is not served yet: its columns are empty." for name in question.without]
    if question.with_chart:
        notes.append("With many series and months some points are flagged by chance alone.")
        if policy is not None:
            notes.append("Charts are drawn from the protected figures and left out where one is hidden.")
    if question.per == "1000-registered":
        notes.append("Registered people are those of the latest list sizes known for the month.")
        if any(point.numerator is not None and point.denominator is None for point in points):
            notes.append("Where the list size of a practice is not known, the count is given and no rate.")
    return tuple(notes)
