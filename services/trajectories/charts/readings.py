"""A chart as one caller may see it: of the one protected view, drawn by a child process."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from services.trajectories.charts.rules import About, drawing_of
from services.trajectories.charts.schemas import ChartQuery
from services.trajectories.errors import UnknownMeasure
from services.trajectories.performance.keeping import Rendered, rendered_of
from services.trajectories.performance.questions import understand
from services.trajectories.performance.renderings import instant_text
from services.trajectories.performance.reporting import Reporting, exact_told
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.question import Question
from shared.problems import Invalid

MODULE: Final = "services.trajectories.charts.draw_child"
MEDIA_TYPES: Final = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn: a question about one place, and of its series the one of a breakdown's value, where it has a breakdown."""

    question: Question
    part: str | None


def understand_chart(
    query: ChartQuery, reporting: Reporting, *, measure: str, community: str, now: datetime
) -> Drawn:
    """The question and which of its series is drawn. Raises UnknownMeasure, Invalid."""
    found = reporting.catalogue.get(measure)
    if found is None:
        raise UnknownMeasure
    place = reporting.places.registry.resolve(community)
    asked = query.as_performance(measure=measure, community=place.token)
    question = understand(asked, catalogue=reporting.catalogue, places=reporting.places, now=now)
    if len(question.places) != 1:
        raise Invalid.one("query.fields", "/community", "A chart is of one place.")
    values = () if query.breakdown is None else found.dimensions[query.breakdown]
    if query.part not in (values or (None,)):
        detail = f"Name one of {', '.join(values)}." if values else "A part belongs to a breakdown."
        raise Invalid.one("query.group_by", "/part", detail)
    return Drawn(question, query.part)


async def make_chart(
    drawn: Drawn, form: Literal["svg", "png"], reporting: Reporting, sight: Sight, now: datetime
) -> Rendered:
    """The bytes of a chart. Raises BelowCommunity, Invalid, Unavailable."""
    question = drawn.question
    answer = await reporting.view(question, sight, now)
    (series,) = (one for one in answer.series if drawn.part in (None, (one.breakdown or ("", ""))[1]))
    policy = answer.policy
    about = About(
        place=reporting.places.name_of(series.place),
        as_at=instant_text(answer.knowledge.as_at),
        protection=None if policy is None else f"1 to {policy.threshold} hidden, rounded to {policy.base}",
    )
    told = {"form": form, **drawing_of(series, question, about)}
    body = await reporting.maker.make(MODULE, told)
    exact = exact_told(answer)
    return rendered_of(body, MEDIA_TYPES[form], exported=None if exact is None else {**exact, "format": form})
