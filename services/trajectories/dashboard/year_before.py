"""A month beside the same month of the year before: of a place, and of its parts where the caller sees them by month."""

from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from services.trajectories.dashboard.asking import Asked
from services.trajectories.dashboard.comparing import PartCell, cell_of
from services.trajectories.dashboard.rules import change_words, month_words, part_words
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.answers import Answer
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.question import YEAR, Question
from services.trajectories.performance.rules.series import Point, Series, plain_number
from shared.months import Month


@dataclass(frozen=True, slots=True)
class Beside:
    """A figure of a month and of the same month a year before. name: the value of a breakdown; empty for the whole.

    change: what lies between them in words, empty where one of them is not shown or not whole.   worse: how far it went in the worse direction.
    """

    name: str
    now: PartCell
    before: PartCell
    change: str
    worse: float


@dataclass(frozen=True, slots=True)
class YearBefore:
    """What a place's page tells of a month. parts: by a breakdown, those first that add most to what is worse; empty where the caller sees none by month."""

    month: str
    before: str
    whole: Beside
    parts: tuple[Beside, ...]
    answers: tuple[Answer, ...]


async def year_before_of(
    asked: Asked, month: Month, breakdown: str | None, reporting: Reporting, sight: Sight, now: datetime
) -> YearBefore:
    """A month of the page beside that of a year before, each as the interface shows it to the caller. Raises Invalid."""
    measure, place = asked.measure, asked.place
    question = Question(
        measures=(measure.key,),
        places=(place,),
        first=month,
        last=month,
        per=asked.per,
        with_previous_year=True,
    )
    answers = [await reporting.view(question, sight, now)]
    # By month nothing is published of a breakdown.
    if breakdown is not None and all(sight.exactly(place, one) for one in (month, month - YEAR)):
        by_part = replace(question, per=None, breakdown=breakdown)
        answers.append(await reporting.view(by_part, sight, now))
    (whole,) = (_beside(one) for one in answers[0].series)
    parts = [_beside(one) for answer in answers[1:] for one in answer.series if _is_known(one.points[0])]
    return YearBefore(
        month=month_words(month),
        before=month_words(month - YEAR),
        whole=whole,
        parts=tuple(sorted(parts, key=attrgetter("worse"), reverse=True)),
        answers=tuple(answers),
    )


def _is_known(point: Point) -> bool:
    """Whether anything but nought came of it in either month."""
    both = (point, point.previous)
    return any(one is not None and (one.value or one.suppressed) for one in both)


def _beside(series: Series) -> Beside:
    (point,) = series.points
    measure, before = series.measure, point.previous or point._replace(value=None, status="not-supplied")
    value, then = plain_number(point.value), plain_number(before.value)
    whole = "partial" not in {point.status, before.status}
    return Beside(
        name="" if series.breakdown is None else part_words(series.breakdown),
        now=cell_of(point, measure),
        before=cell_of(before, measure),
        change="" if value is None or then is None or not whole else change_words(value, then, measure),
        worse=_worse(value, then, measure) if whole else 0.0,
    )


def _worse(value: float | None, before: float | None, measure: Measure) -> float:
    if value is None or before is None or measure.direction == "neutral":
        return 0.0
    return before - value if measure.direction == "increase" else value - before
