"""What waits on the worklists of a community and what of it is overdue, stage by stage."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.trajectories.dashboard.rules import Shown, month_words, number_words, part_words
from services.trajectories.performance.answers import Answer
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.question import Question
from services.trajectories.performance.rules.series import Series, plain_number
from shared.months import Month, financial_quarter
from shared.registry.selection import Selection

WAITING, OVERDUE = "worklist-waiting", "worklist-overdue"
_STAGE = "stage"
_STAGES: Final[Mapping[str, str]] = {
    "onward-answer": "A partner’s answer",
    "mdt-action": "An action of a meeting",
    "alert": "Reading an alert",
}
"""The stages whose key does not say what is waited for."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How many items, or why that is not said."""

    shown: Shown
    value: str
    status: str = ""


@dataclass(frozen=True, slots=True)
class StageLine:
    """A stage with its items: waiting, and overdue among them."""

    stage: str
    waiting: Amount
    overdue: Amount


@dataclass(frozen=True, slots=True)
class Waiting:
    """The stages with an item. at: which moment it is, in words."""

    at: str
    lines: tuple[StageLine, ...]
    answer: Answer


async def waiting_of(
    place: Selection, reference: Month, reporting: Reporting, sight: Sight, now: datetime
) -> Waiting | None:
    """The items at the end of a month; of the last one before the running month those of today's count. None where there are none.

    Who does not see exact figures sees those of the quarter, which are of its last month: stages are published by quarter.
    """
    if not {WAITING, OVERDUE} <= {measure.key for measure in reporting.catalogue}:
        return None
    running = Month.of(now)
    newest = running if reference + 1 >= running else reference
    exact = sight.exactly(place, newest)
    quarter = financial_quarter(newest)
    if not exact and quarter.last >= running:
        quarter = financial_quarter(quarter.first - 1)
    question = Question(
        measures=(WAITING, OVERDUE),
        places=(place,),
        first=newest if exact else quarter.first,
        last=newest if exact else quarter.last,
        grain="month" if exact else "quarter",
        breakdown=_STAGE,
    )
    answer = await reporting.view(question, sight, now)
    found = {(one.measure.key, one.breakdown): one for one in answer.series}
    stages = [one.breakdown for one in answer.series if one.measure.key == WAITING]
    lines = [
        StageLine(_stage_words(stage), _amount(found[WAITING, stage]), _amount(found[OVERDUE, stage]))
        for stage in stages
        if any(_is_some(found[key, stage]) for key in (WAITING, OVERDUE))
    ]
    if not lines:
        return None
    if exact and newest == running:
        at = "today"
    else:
        at = f"at the end of {month_words(newest if exact else quarter.last)}"
    return Waiting(at, tuple(lines), answer)


def _stage_words(stage: tuple[str, str] | None) -> str:
    return part_words(stage) if stage is None else _STAGES.get(stage[1], part_words(stage))


def _is_some(series: Series) -> bool:
    point = series.points[-1]
    return point.suppressed or bool(point.value)


def _amount(series: Series) -> Amount:
    point = series.points[-1]
    value = plain_number(point.value)
    shown: Shown = "hidden" if point.suppressed else "missing" if value is None else "value"
    return Amount(shown, number_words(value, series.measure), point.status)
