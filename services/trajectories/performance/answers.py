"""The answer to a question as one audience may see it. Every format shows this one view."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from services.trajectories.measures.catalogue import SOURCE, Measure
from services.trajectories.performance.queries import Knowledge
from services.trajectories.performance.rules.figures import Breakdown, Cell, Figures, Status, mean_of
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.performance.rules.question import Per, Question, Window, a_year_before
from services.trajectories.performance.rules.view import View
from services.trajectories.spc.rules import LEAST_BASELINE, PROFILES, Flag, Limits, Profile, xmr_chart
from shared.months import Month, london_day
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


@dataclass(frozen=True, slots=True)
class Answer:
    """All that any format shows.

    policy: None when every figure is exact.   disagreeing: measures whose breakdown does not add up to their total.
    """

    question: Question
    measures: tuple[Measure, ...]
    series: tuple[Series, ...]
    knowledge: Knowledge
    policy: Policy | None
    disagreeing: tuple[Measure, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What decides an answer beside the question: the geography, the policy, whose true figures the audience may see."""

    places: Geography
    policy: Policy
    exact: Callable[[Selection, Month], bool]
    now: datetime


def make_answer(
    question: Question, measures: tuple[Measure, ...], knowledge: Knowledge, frame: Frame
) -> Answer:
    """The answer from what is known, as the audience of the frame may see it."""
    today = london_day(question.as_at or frame.now)
    series: list[Series] = []
    disagreeing: list[Measure] = []
    for measure in measures:
        views = [
            View(Figures(one, knowledge.cells, frame.places, today=today), frame.policy, frame.exact)
            for one in measure.wholes
        ]
        if question.breakdown == SOURCE and measure.headline_source is not None:
            series += _by_source(question, measure, knowledge, frame)
            continue
        begun = knowledge.counted_from.get(measure.key)
        figures = Figures(measure, knowledge.cells, frame.places, today=today, counted_from=begun)
        counted = measure.counted
        people = None if counted is None else Figures(counted, knowledge.cells, frame.places, today=today)
        view = View(figures, frame.policy, frame.exact, wholes=views, people=people)
        series += _series_of(question, figures, view)
        if _disagrees(question, figures):
            disagreeing.append(measure)
    exact = {point.exact for one in series for point in one.points}
    policy = None if exact == {True} else frame.policy
    return Answer(question, measures, tuple(series), knowledge, policy, tuple(disagreeing))


def _disagrees(question: Question, figures: Figures) -> bool:
    """Whether the breakdown asked for is not the total's, and adds up to something else in some place and month."""
    dimension, total = question.breakdown, figures.measure.total_from
    if dimension is None or total is None or dimension in {total, SOURCE}:
        return False
    months = {month for window in question.windows for month in window.months}
    places = question.places_read(figures.places)
    return not all(figures.agrees(place, month, dimension) for place in places for month in months)


def _by_source(question: Question, measure: Measure, knowledge: Knowledge, frame: Frame) -> Iterator[Series]:
    """The series of each source that counts the same people, each a figure by itself: they never add up to one.

    Only from the headline's something is expected; what the others did not count is not missing.
    """
    today = london_day(question.as_at or frame.now)
    beside = measure.model_copy(update={"supply": "events"})
    found: dict[str, list[Cell]] = {name: [] for name in measure.sources}
    for cell in knowledge.cells:
        if cell.measure == measure.key:
            found.setdefault(measure.source_named(cell.source), []).append(cell)
    for place in question.places_read(frame.places):
        for name, cells in found.items():
            declared = measure if name == measure.headline_source else beside
            view = View(Figures(declared, cells, frame.places, today=today), frame.policy, frame.exact)
            points = tuple(_point(question, view, place, window, None) for window in question.windows)
            chart = _chart(question, measure, points) if question.with_chart else None
            yield Series(measure, place, (SOURCE, name), points, chart)


def _series_of(question: Question, figures: Figures, view: View) -> Iterator[Series]:
    """The series of one measure: place by place, value by value of the breakdown."""
    values: list[Breakdown] = [None]
    if question.breakdown is not None:
        values = [(question.breakdown, value) for value in figures.values_of(question.breakdown)]
    spans = question.windows
    for place in question.places_read(figures.places):
        for value in values:
            points = tuple(_point(question, view, place, window, value) for window in spans)
            chart = _chart(question, figures.measure, points) if question.with_chart else None
            yield Series(figures.measure, place, value, points, chart)


def _point(question: Question, view: View, place: Selection, window: Window, value: Breakdown) -> Point:
    point = _in_unit(question.per, view, place, window, value)
    if not question.with_previous_year:
        return point
    previous = _in_unit(question.per, view, place, a_year_before(window), value)
    return replace(point, exact=point.exact and previous.exact, previous=previous)


def _in_unit(per: Per | None, view: View, place: Selection, window: Window, breakdown: Breakdown) -> Point:
    """A figure in the unit of the answer, made from what the audience may see of it."""
    shown = view.shown(place, window, breakdown)
    value, denominator = shown.value, shown.denominator
    if per == "day":
        denominator = window.days
        value = None if value is None else value / denominator
    elif per == "1000-registered":
        denominator = mean_of(view.places.registered(place, month) for month in window.months)
        value = None if value is None or not denominator else value * 1000 / denominator
    exact = view.exact(place, window)
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
