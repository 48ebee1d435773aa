"""The answer to a question as one audience may see it: made once, then shown by every format."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.notes import notes_on
from services.trajectories.performance.queries import Knowledge
from services.trajectories.performance.rules.figures import Figures
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.performance.rules.question import Question
from services.trajectories.performance.rules.view import View
from services.trajectories.performance.series import Series, series_of
from shared.months import Month, london_day
from shared.registry.selection import Selection


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
    exact: Callable[[Selection, Month], bool]
    now: datetime


def make_answer(
    question: Question, measures: tuple[Measure, ...], knowledge: Knowledge, frame: Frame
) -> Answer:
    """The answer of what is known, as the audience of the frame may see it."""
    today = london_day(question.as_at or frame.now)
    series: list[Series] = []
    for measure in measures:
        views = [
            View(Figures(one, knowledge.cells, frame.places, today=today), frame.policy, frame.exact)
            for one in measure.wholes
        ]
        begun = knowledge.counted_from.get(measure.key)
        figures = Figures(measure, knowledge.cells, frame.places, today=today, counted_from=begun)
        series += series_of(question, figures, View(figures, frame.policy, frame.exact, wholes=views))
    exact = {point.exact for one in series for point in one.points}
    policy = None if exact == {True} else frame.policy
    return Answer(
        question=question,
        measures=measures,
        series=tuple(series),
        as_at=knowledge.as_at,
        provenance=knowledge.provenance,
        notes=notes_on(
            question, series, places=frame.places, policy=policy, counted_from=knowledge.counted_from
        ),
        policy=policy,
    )
