"""The answer to a question as one audience may see it. Every format shows this one view."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import TypeAlias

from services.trajectories.measures.catalogue import SOURCE, Measure
from services.trajectories.performance.published import NO_CUT, Cut
from services.trajectories.performance.queries import Knowledge
from services.trajectories.performance.rules.beside import Annotation, rebased_at
from services.trajectories.performance.rules.cells import Cells, mean_of
from services.trajectories.performance.rules.figure import Breakdown
from services.trajectories.performance.rules.figures import Figures
from services.trajectories.performance.rules.kinds import suited_to
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.performance.rules.question import (
    Per,
    Question,
    Window,
    a_year_before,
    month_window,
)
from services.trajectories.performance.rules.series import ChartGroup, Point, Series, SeriesChart, Was
from services.trajectories.performance.rules.view import Shown, exactly
from services.trajectories.spc.rules import (
    LEAST_BASELINE,
    PROFILES,
    assurance_of,
    xmr_chart,
)
from shared.months import Month, london_day
from shared.registry.selection import Selection

Trajectories: TypeAlias = Mapping[tuple[str, Selection, Window], int]
Targets: TypeAlias = Mapping[tuple[str, Selection, Window], Fraction]
_LEAST_CHART = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """All that any format shows.

    knowledge: with the cut's instant and origins where figures of the cut are shown.   policy: None when every figure is exact.
    cut: which figures that are not exact come from.   disagreeing: measures whose breakdown does not add up to their total.
    """

    question: Question
    measures: tuple[Measure, ...]
    series: tuple[Series, ...]
    knowledge: Knowledge
    policy: Policy | None
    cut: Cut
    disagreeing: tuple[Measure, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What decides an answer beside the question: the geography, the policy, whose true figures the audience may see.

    everything: whether all that is asked for is exact.   registered: the measure of list sizes, where these divide.   people: their figures.   cut: what it sees of all others.
    trajectories, targets: by measure, place and window, where they were asked for, as the
    audience may see them.   annotations: those of the range that it may see.   before: what the same question
    was answered with at an earlier instant, for points that moved to be marked.
    """

    places: Geography
    policy: Policy
    exact: Callable[[Selection, Month], bool]
    now: datetime
    cut: Cut = NO_CUT
    trajectories: Trajectories = field(default_factory=dict)
    targets: Targets = field(default_factory=dict)
    annotations: tuple[Annotation, ...] = ()
    before: "Answer | None" = None
    everything: bool = False
    registered: Measure | None = None
    people: Figures | None = None

    def shown(
        self, figures: Figures, place: Selection, window: Window, breakdown: Breakdown
    ) -> tuple[Shown, bool]:
        """A figure as the audience may see it, and whether that is the true one."""
        if self.sees(place, window):
            return exactly(figures.measure, figures.figure(place, window, breakdown)), True
        return self.cut.shown(figures.measure, place, window, breakdown), False

    def people_at(self, place: Selection, window: Window) -> int | None:
        """People registered: the mean of the months' list sizes where all of them came, else the registry's latest lists."""
        if self.people is not None and self.sees(place, window):
            months = [self.people.figure(place, month_window(month)) for month in window.months]
            if all(one.supply == "all" for one in months):
                return mean_of(one.numerator for one in months)
        elif self.people is not None and window.whole:
            shown = self.cut.shown(self.people.measure, place, window, None)
            if shown.numerator and shown.status != "partial":
                return shown.numerator
        return mean_of(self.places.registered(place, month) for month in window.months)

    def sees(self, place: Selection, window: Window) -> bool:
        """Whether the audience sees the true figures of a place in every month of a window."""
        return self.everything or all(self.exact(place, month) for month in window.months)


def make_answer(
    question: Question, measures: tuple[Measure, ...], knowledge: Knowledge, frame: Frame
) -> Answer:
    """The answer from what is known of the audience's own places, and from the cut of all others."""
    today = london_day(question.as_at or frame.now)
    if frame.registered is not None:
        people = Figures(frame.registered, knowledge.cells, frame.places, today=today)
        frame = replace(frame, people=people)
    series: list[Series] = []
    disagreeing: list[Measure] = []
    for measure in measures:
        if question.breakdown == SOURCE and measure.headline_source is not None:
            series += _by_source(question, measure, knowledge, frame)
            continue
        begun = knowledge.counted_from.get(measure.key)
        figures = Figures(measure, knowledge.cells, frame.places, today=today, counted_from=begun)
        series += _series_of(question, figures, frame)
        if _disagrees(question, figures, frame):
            disagreeing.append(measure)
    exact = {point.exact for one in series for point in one.points}
    if exact != {True}:
        knowledge = _with_cut(knowledge, frame.cut)
    policy = None if exact == {True} else frame.policy
    answer = Answer(question, measures, tuple(series), knowledge, policy, frame.cut, tuple(disagreeing))
    return answer if frame.before is None else with_revisions(answer, frame.before)


def with_revisions(answer: Answer, before: Answer) -> Answer:
    """The answer with its points marked that had another value before. before: the same question of an earlier instant.

    What had no figure then, or a hidden one, was not revised: it arrived, or nobody can say.
    """
    then = {
        (one.measure.key, one.place, one.breakdown, point.window): point
        for one in before.series
        for point in one.points
    }
    series = []
    for one in answer.series:
        at = one.measure.key, one.place, one.breakdown
        points = tuple(_marked(point, then.get((*at, point.window))) for point in one.points)
        series.append(replace(one, points=points))
    return replace(answer, series=tuple(series))


def _marked(point: Point, before: Point | None) -> Point:
    if before is None or before.numerator is None or before.suppressed or point.suppressed:
        return point
    same = (before.value, before.numerator, before.denominator)
    if same == (point.value, point.numerator, point.denominator):
        return point
    return point._replace(revised=Was(before.value))


def _with_cut(known: Knowledge, cut: Cut) -> Knowledge:
    """What is known, with the cut as the newest of it where it is."""
    instants = [one for one in (known.as_at, cut.published_at) if one is not None]
    origins = [*cut.origins, *(one for one in known.provenance if one not in cut.origins)]
    return known._replace(as_at=max(instants, default=None), provenance=origins)


def _disagrees(question: Question, figures: Figures, frame: Frame) -> bool:
    """Whether the breakdown asked for is not the total's, and adds up to something else in some place and month."""
    dimension, total = question.breakdown, figures.measure.total_from
    if dimension is None or total is None or dimension in {total, SOURCE}:
        return False
    months = {month for window in question.windows for month in window.months}
    places = question.places_read(figures.places)
    return not all(
        figures.agrees(place, month, dimension)
        for place in places
        for month in months
        if frame.exact(place, month)
    )


def _by_source(question: Question, measure: Measure, knowledge: Knowledge, frame: Frame) -> Iterator[Series]:
    """The series of each source that counts the same people, each a figure by itself: they never add up to one.

    Only from the headline's something is expected; what the others did not count is not missing.
    """
    today = london_day(question.as_at or frame.now)
    beside = measure.model_copy(update={"supply": "events"})
    own = [
        (measure.source_named(cell.source), cell) for cell in knowledge.cells if cell.measure == measure.key
    ]
    others = sorted({*(name for name, _ in own), *frame.cut.values_of(measure, SOURCE)})
    found: dict[str, list[Cells]] = {name: [] for name in (*measure.sources, *others)}
    for name, cell in own:
        found[name].append(cell)
    for place in question.places_read(frame.places):
        for name, cells in found.items():
            declared = measure if name == measure.headline_source else beside
            figures = Figures(declared, cells, frame.places, today=today)
            points = tuple(
                _of_one_source(question, figures, frame, place, window, name) for window in question.windows
            )
            yield _series(question, measure, frame, place, (SOURCE, name), points)


def _of_one_source(
    question: Question, figures: Figures, frame: Frame, place: Selection, window: Window, name: str
) -> Point:
    """A point of one source: of the figures only its cells, of the cut its value of the breakdown."""
    value = None if frame.sees(place, window) else (SOURCE, name)
    return _point(question, figures, frame, place, window, value)


def _series_of(question: Question, figures: Figures, frame: Frame) -> Iterator[Series]:
    """The series of one measure: place by place, value by value of the breakdown."""
    values: list[Breakdown] = [None]
    if question.breakdown is not None:
        known = figures.values_of(question.breakdown)
        others = frame.cut.values_of(figures.measure, question.breakdown).difference(known)
        declared = figures.measure.dimensions.get(question.breakdown, ())
        beyond = sorted({*others, *known}.difference(declared))
        values = [(question.breakdown, value) for value in (*declared, *beyond)]
    for place in question.places_read(figures.places):
        for value in values:
            points = _points(question, figures, frame, place, value)
            yield _series(question, figures.measure, frame, place, value, points)


def _series(
    question: Question,
    measure: Measure,
    frame: Frame,
    place: Selection,
    value: Breakdown,
    points: tuple[Point, ...],
) -> Series:
    """Points with their chart and with what was noted of them."""
    noted = tuple(one for one in frame.annotations if one.concerns(measure.key, place.token))
    chart = _chart(question, measure, points, noted) if question.with_chart else None
    return Series(measure, place, value, points, chart, noted if question.with_annotations else ())


def _points(
    question: Question, figures: Figures, frame: Frame, place: Selection, value: Breakdown
) -> tuple[Point, ...]:
    """The points of a series: one after the other only where each has to be looked at by itself."""
    windows = question.windows
    if not frame.everything or question.per is not None:
        return tuple(_point(question, figures, frame, place, window, value) for window in windows)
    points = _exact_row(figures, place, windows, value)
    if value is None and (frame.trajectories or frame.targets):
        points = [_with_beside(point, figures.measure, frame, place) for point in points]
    if question.with_previous_year:
        before = _exact_row(figures, place, [a_year_before(window) for window in windows], value)
        points = [point._replace(previous=year) for point, year in zip(points, before, strict=True)]
    return tuple(points)


def _exact_row(
    figures: Figures, place: Selection, windows: Sequence[Window], value: Breakdown
) -> list[Point]:
    """The points of windows that follow each other, all of them exact."""
    row = zip(windows, figures.row(place, windows, value), strict=True)
    return [Point(window, *exactly(figures.measure, figure), True) for window, figure in row]  # noqa: FBT003 -- exact


def _point(
    question: Question, figures: Figures, frame: Frame, place: Selection, window: Window, value: Breakdown
) -> Point:
    point = _in_unit(question.per, figures, frame, place, window, value)
    if value is None and question.per is None:
        point = _with_beside(point, figures.measure, frame, place)
    if not question.with_previous_year:
        return point
    previous = _in_unit(question.per, figures, frame, place, a_year_before(window), value)
    return point._replace(exact=point.exact and previous.exact, previous=previous)


def _with_beside(point: Point, measure: Measure, frame: Frame, place: Selection) -> Point:
    """The point with its trajectory and target."""
    at = measure.key, place, point.window
    trajectory = frame.trajectories.get(at) if frame.trajectories else None
    target = frame.targets.get(at) if frame.targets else None
    if trajectory is None and target is None:
        return point
    return point._replace(trajectory=trajectory, target=target)


def _in_unit(
    per: Per | None, figures: Figures, frame: Frame, place: Selection, window: Window, breakdown: Breakdown
) -> Point:
    """A figure in the unit of the answer, made from what the audience may see of it."""
    shown, exact = frame.shown(figures, place, window, breakdown)
    value, denominator = shown.value, shown.denominator
    if per == "day":
        denominator = window.days
        value = None if value is None else value / denominator
    elif per == "1000-registered":
        denominator = frame.people_at(place, window)
        value = None if value is None or not denominator else value * 1000 / denominator
    return Point(window, value, shown.numerator, denominator, shown.suppressed, shown.status, exact)


def _chart(
    question: Question, measure: Measure, points: tuple[Point, ...], noted: Sequence[Annotation]
) -> SeriesChart | None:
    """The chart of the values shown; None when one is hidden, or when there are too few to draw a line."""
    valued = [point for point in points if point.value is not None]
    values = [point.value for point in valued if point.value is not None]
    if any(point.suppressed for point in points) or len(values) < _LEAST_CHART:
        return None
    baseline = question.baseline_points
    if baseline is not None and len(values) < LEAST_BASELINE:
        return None
    profile = PROFILES[question.profile]
    if question.run_length is not None:
        profile = replace(profile, run_length=question.run_length)
    rebases = rebased_at(noted, [point.window for point in valued])
    chart = xmr_chart(values, profile, measure.direction, baseline_points=baseline, rebases=rebases)
    flags = iter(chart.flags)
    targets = [point.target for point in valued if point.target is not None]
    return SeriesChart(
        profile=profile,
        groups=tuple(ChartGroup(valued[one.first].window, one.limits, one.basis) for one in chart.groups),
        flags=tuple(None if point.value is None else next(flags) for point in points),
        variation=chart.variation,
        assurance=assurance_of(targets[-1], chart.limits, measure.direction) if targets else None,
        suited=suited_to(measure, question.windows, [point.numerator for point in points], values),
    )
