"""What a reader must know before using the figures of an answer. A note appears only where it is true."""

from collections.abc import Iterator, Sequence

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.answers import Answer
from services.trajectories.performance.published import is_published
from services.trajectories.performance.rules.figures import measured_at
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.question import Question
from services.trajectories.performance.rules.series import Point, Series

_ByMeasure = Sequence[tuple[Measure, Sequence[Series]]]


def notes_on(answer: Answer, places: Geography) -> tuple[str, ...]:
    """The notes of an answer, those on its measures and places first."""
    question, series = answer.question, answer.series
    by_measure = [
        (measure, own)
        for measure in answer.measures
        if (own := [one for one in series if one.measure.key == measure.key])
    ]
    points = [point for one in series for point in one.points]
    counted_from = answer.knowledge.counted_from
    return (
        *_on_definitions(by_measure),
        *_on_levels(by_measure),
        *(
            f"{measure.title}: counted here from {counted_from[measure.key]} on. A month since then without any is 0; "
            "one before it, or ahead, is not supplied."
            for measure, _ in by_measure
            if measure.key in counted_from
        ),
        *(
            f"{measure.title}: the breakdown by {question.breakdown} does not add up to the total, which is made from "
            f"the one by {measure.total_from}."
            for measure in answer.disagreeing
        ),
        *_on_places(question, places),
        *_on_supply([one for one in series if measured_at(one.measure, one.place)], places),
        *_on_protection(answer, points),
        *_on_charts(answer),
        *_on_rates(question, points),
    )


def _on_definitions(by_measure: _ByMeasure) -> Iterator[str]:
    """What the catalogue says of a measure, unless figures that arrived say otherwise."""
    for measure, own in by_measure:
        statuses = {point.status for one in own for point in one.points}
        if measure.status == "not-supplied" and statuses == {"not-supplied"}:
            yield f"{measure.title}: no source supplies this measure yet."
        if measure.scale > 1:
            yield f"{measure.title}: a numerator of {measure.scale} is 1 in the unit of the value."
        if measure.status == "in-development":
            yield f"{measure.title}: the definition is in development."


def _on_levels(by_measure: _ByMeasure) -> Iterator[str]:
    """Which measures do not exist at the level of a place in the answer."""
    for measure, own in by_measure:
        without = dict.fromkeys(one.place.level for one in own if not measured_at(measure, one.place))
        if without:
            yield (
                f"{measure.title}: the measure exists for {_listed(measure.levels)}, and not for {_listed([*without])}."
            )


def _listed(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def _on_places(question: Question, places: Geography) -> Iterator[str]:
    """Which places did not exist in some of the months."""
    first, last = question.months_read
    for place in question.places_read(places):
        begins, ends = places.span(place)
        told = [f"from {begins} on"] if begins is not None and first < begins else []
        told += [f"until {ends}"] if ends is not None and ends < last else []
        if told:
            yield f"{place.token} exists {' and '.join(told)}: there are no figures of it outside."


def _on_supply(series: Sequence[Series], places: Geography) -> Iterator[str]:
    """Why figures are partial or not supplied. series: those of places at which their measure exists."""
    partial = [(one, point) for one in series for point in one.points if point.status == "partial"]
    split = dict.fromkeys(one.place.token for one, point in partial if _is_split(one, point, places))
    if any(point.window.whole and one.place.token not in split for one, point in partial):
        yield "Partial figures are the sum of what arrived: a place or month that belongs to them has no figure."
    if any(not point.window.whole for _, point in partial):
        yield "A period that the range cuts short is partial: it has the months asked for only."
    for token in split:
        yield f"{token} serves a part of a community, whose figures are not counted to it: its own are partial."
    if any(
        point.status == "not-supplied"
        and any(places.exists(one.place, month) for month in point.window.months)
        for one in series
        for point in one.points
    ):
        yield "Not supplied means that no figure arrived; it does not mean 0."


def _is_split(series: Series, point: Point, places: Geography) -> bool:
    """Whether a council's figure lacks the part that it serves of some community; a figure of its own lacks nothing."""
    splits = any(places.splits_a_community(series.place, month) for month in point.window.months)
    return splits and series.measure.supply != "council"


def _on_protection(answer: Answer, points: Sequence[Point]) -> Iterator[str]:
    policy = answer.policy
    if policy is None:
        return
    if any(point.exact for point in points):
        yield "Figures of your own places are exact in the months in which they are yours; all others are as published."
    if answer.cut.number is None:
        yield (
            "Nothing had been published yet, so nothing is shown: figures are published each night, or at once by a publisher."
        )
    yield (
        f"Small numbers are protected: counts of 1 to {policy.threshold} are hidden, with every figure that would give one "
        f"away, and others are rounded to the nearest {policy.base}; rates are made from rounded counts, and figures over several "
        "suppliers or practices from what each part shows."
    )
    if any(not point.window.whole and not point.exact for point in points):
        yield "A published period that the range cuts short is not shown: ask for all its months."
    if not is_published(answer.question.grain, answer.question.breakdown):
        yield "Published are months, quarters and years, of a breakdown quarters and years: all else is hidden."


def _on_charts(answer: Answer) -> Iterator[str]:
    if not answer.question.with_chart:
        return
    yield "With many series and months some points are flagged by chance alone."
    if answer.policy is not None:
        yield "Charts are drawn from the figures as they are shown, and left out where one is hidden."
    if any(one.chart is None and not any(point.suppressed for point in one.points) for one in answer.series):
        yield "A series that has too few values for its limits has no chart."


def _on_rates(question: Question, points: Sequence[Point]) -> Iterator[str]:
    if any(point.denominator == 0 and point.numerator is not None for point in points):
        yield "Where there was nothing to divide by, there is no rate."
    if question.per == "1000-registered":
        yield (
            "Registered people are the list sizes that were sent of the months; where some of these lack, those of each practice's "
            "latest list by the month in the registry, of its earliest where none is that old."
        )
        if question.grain != "month":
            yield "Of a longer period they are the mean of its months, and the rate is of the whole period."
        if any(point.numerator is not None and point.denominator is None for point in points):
            yield "Where a place has no practice, or one whose list size is not known, the count is given and no rate."
