"""Why a figure is what it is: which practices of a place are above or below their own trajectory, the furthest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.trajectories.dashboard.rules import number_words
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.answers import Answer
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.question import Question
from services.trajectories.performance.rules.series import Point, Series, plain_number
from shared.months import Month, month_range
from shared.registry.selection import Selection

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Share:
    """A practice's part. month, year: (figure, trajectory, how far above or below) of the month and of twelve."""

    name: str
    href: str
    month: tuple[str, str, str]
    year: tuple[str, str, str]
    is_worse: bool


@dataclass(frozen=True, slots=True)
class Why:
    """The practices of a place, those first that add most to what is worse. worse: how many of them are.

    withheld: whether there are practices whose figures the caller does not see; then there are no lines, and no answer.
    alone: whether the place has one practice only, whose figures are its own.
    """

    lines: tuple[Share, ...]
    worse: int
    answer: Answer | None
    withheld: bool = False
    alone: bool = False


async def practices_behind(
    measure: Measure, place: Selection, reference: Month, reporting: Reporting, sight: Sight, now: datetime
) -> Why | None:
    """The practices of a community beside their trajectories; None where there are none.

    A count only: parts of a rate do not add up to it.
    """
    span = month_range(reference - (_MONTHS - 1), reference)
    practices = reporting.places.within(place, "practice", span)
    if measure.kind != "count" or "practice" not in measure.levels or place.level != "icc" or not practices:
        return None
    if not all(sight.exactly(one, month) for one in practices for month in span):
        return Why((), 0, None, withheld=True)
    question = Question(
        measures=(measure.key,),
        places=practices,
        first=span[0],
        last=span[-1],
        with_trajectory=True,
    )
    answer = await reporting.view(question, sight, now)
    known = [one for one in answer.series if one.points[-1].value and one.points[-1].trajectory is not None]
    if not known:
        return None
    sign = -1 if measure.direction == "increase" else 1
    ordered = sorted(known, key=lambda one: -sign * _gap(one.points[-1:]))
    lines = tuple(_share(one, reference, sign, reporting) for one in ordered)
    return Why(lines, sum(one.is_worse for one in lines), answer, alone=len(practices) == 1)


def _share(series: Series, reference: Month, sign: int, reporting: Reporting) -> Share:
    key, place = series.measure.key, series.place
    return Share(
        name=reporting.places.name_of(place),
        href=f"/measures/{key}?community={place.token}&reference={reference}",
        month=_compared(series.points[-1:], series.measure),
        year=_compared(series.points, series.measure),
        is_worse=sign * _gap(series.points[-1:]) > 0,
    )


def _both(points: Sequence[Point]) -> list[tuple[int | float, int]]:
    """Figure and trajectory of each month that has both."""
    found = []
    for point in points:
        value = plain_number(point.value)
        if value is not None and point.trajectory is not None:
            found.append((value, point.trajectory))
    return found


def _gap(points: Sequence[Point]) -> float:
    return sum(value - meant for value, meant in _both(points))


def _compared(points: Sequence[Point], measure: Measure) -> tuple[str, str, str]:
    both = _both(points)
    if not both:
        return "", "", ""
    value, meant, gap = sum(one for one, _ in both), sum(one for _, one in both), _gap(points)
    side = "above" if gap > 0 else "below"
    return (
        number_words(value, measure),
        number_words(meant, measure),
        f"{number_words(abs(gap), measure)} {side}" if gap else "as meant",
    )
