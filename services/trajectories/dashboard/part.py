"""The page of one value of a breakdown: its chart, its figures, and the way back to the measure."""

from dataclasses import dataclass
from datetime import datetime

from services.trajectories.charts.readings import understand_chart
from services.trajectories.charts.rules import label_of
from services.trajectories.dashboard.asking import Asked, chart_query
from services.trajectories.dashboard.comparing import PartCell, cell_of
from services.trajectories.dashboard.rules import part_words
from services.trajectories.performance.answers import Answer
from services.trajectories.performance.renderings import instant_text
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.question import unit_of


@dataclass(frozen=True, slots=True)
class PartPage:
    """A value of a breakdown, by month where the caller sees it so, else by quarter. rows: (period, its figure), the newest first."""

    asked: Asked
    place: str
    name: str
    value: str
    unit: str
    grain: str
    rows: tuple[tuple[str, PartCell], ...]
    as_at: str | None
    published: bool
    answer: Answer


async def part_page(asked: Asked, reporting: Reporting, sight: Sight, now: datetime) -> PartPage:
    """What the page shows: the figures that its chart is drawn of. Raises BelowCommunity, Invalid."""
    measure, breakdown, part = asked.measure, asked.breakdown or "", asked.part or ""
    drawn = understand_chart(
        chart_query(asked, sight), reporting, measure=measure.key, community=asked.place.token, now=now
    )
    question = drawn.question
    answer = await reporting.view(question, sight, now)
    (series,) = (one for one in answer.series if one.breakdown == (breakdown, part))
    return PartPage(
        asked=asked,
        place=reporting.places.name_of(asked.place),
        name=breakdown.replace("_", " "),
        value=part_words((breakdown, part)),
        unit="per cent" if measure.kind == "proportion" else unit_of(measure, None, question.grain),
        grain=question.grain,
        rows=tuple((label_of(point.window), cell_of(point, measure)) for point in series.points)[::-1],
        as_at=instant_text(answer.knowledge.as_at),
        published=answer.policy is not None,
        answer=answer,
    )
