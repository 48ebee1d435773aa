"""A measure's page: one community's months and chart, every community beside it, and what the figures mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.charts.rules import SIGNALS
from services.trajectories.commentaries.queries import Wanted, commentaries_listed, sees_commentary
from services.trajectories.commentaries.tables import Commentary
from services.trajectories.dashboard.asking import Asked
from services.trajectories.dashboard.comparing import (
    Comparison,
    Parts,
    comparison_of,
    is_comparable,
    parts_of,
)
from services.trajectories.dashboard.figures import Figure, figure_of
from services.trajectories.dashboard.glance import areas
from services.trajectories.dashboard.rules import Shown, is_notice, month_words, notice_in, number_words
from services.trajectories.dashboard.why import Why, practices_behind
from services.trajectories.dashboard.year_before import YearBefore, year_before_of
from services.trajectories.matrix.rules import row_of
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.answers import Answer
from services.trajectories.performance.notes import notes_on
from services.trajectories.performance.renderings import instant_text
from services.trajectories.performance.reporting import Reporting, exact_told
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.beside import Annotation
from services.trajectories.performance.rules.question import Question, unit_of
from services.trajectories.performance.rules.series import Series, plain_number
from shared.months import month_range, parse_period

_MONTHS_OFFERED = 36
_COMMENTARIES = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A month of the table. said: what the chart says of it."""

    key: str
    month: str
    shown: Shown
    value: str
    numerator: str
    denominator: str
    trajectory: str
    target: str
    said: str
    status: str


@dataclass(frozen=True, slots=True)
class MeasurePage:
    """All that a measure's page shows. figure: the chosen place's latest; figures: of every community, by name.

    definition: (word, what it says).   places, months: what may be chosen.   parts: by the breakdown that was asked for, else by the first.
    """

    asked: Asked
    place: str
    unit: str
    figure: Figure
    rows: tuple[Row, ...]
    figures: tuple[tuple[str, Figure], ...]
    annotations: tuple[Annotation, ...]
    definition: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, str], ...]
    months: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    sources: tuple[str, ...]
    as_at: str | None
    published: bool
    notice: str | None
    comparison: Comparison | None
    parts: Parts | None
    why: Why | None
    year_before: YearBefore
    answer: Answer

    @property
    def empty(self) -> bool:
        """Whether no place has a figure to show or to hide, or nothing at all was published yet."""
        return not any(map(_has_figures, self.answer.series)) or (self.published and self.as_at is None)

    @property
    def drawn(self) -> bool:
        """Whether the chosen place has anything on its chart."""
        return any(one.place == self.asked.place and _has_figures(one) for one in self.answer.series)

    @property
    def exact_told(self) -> dict[str, object] | None:
        """What was asked and how much of the page is exact, where any of it is."""
        beside = [None if one is None else one.answer for one in (self.parts, self.why)]
        answers = (self.answer, *(one for one in beside if one is not None), *self.year_before.answers)
        told = [found for answer in answers if (found := exact_told(answer)) is not None]
        if not told:
            return None
        places = [place for one in told for place in cast("list[str]", one["places"])]
        return {**told[0], "places": list(dict.fromkeys(places))}


async def measure_page(asked: Asked, reporting: Reporting, sight: Sight, now: datetime) -> MeasurePage:
    """What the page shows to a caller. Raises BelowCommunity, Invalid."""
    places, measure = reporting.places, asked.measure
    span = month_range(asked.first, asked.reference)
    communities = places.of_level("icc", span)
    question = Question(
        measures=(measure.key,),
        places=tuple(dict.fromkeys((asked.place, *communities))),
        first=asked.first,
        last=asked.reference,
        with_chart=True,
        with_trajectory=True,
        with_target=True,
        with_annotations=True,
        per=asked.per,
        **asked.judged,
    )
    answer = await reporting.view(question, sight, now)
    series = {one.place: one for one in answer.series}
    chosen = series[asked.place]
    breakdown = asked.breakdown or next(iter(measure.dimensions), None)
    latest = row_of(chosen)
    month = asked.reference if latest.point is None else latest.point.window.month
    return MeasurePage(
        asked=asked,
        place=places.name_of(asked.place),
        unit="per cent" if measure.kind == "proportion" else unit_of(measure, asked.per, "month"),
        figure=figure_of(latest, asked.first, asked.reference, reporting),
        rows=tuple(_rows(chosen))[::-1],
        figures=tuple(
            (places.name_of(one), figure_of(row_of(series[one]), asked.first, asked.reference, reporting))
            for one in communities
        ),
        annotations=tuple(note for note in chosen.annotations if not is_notice(note)),
        definition=tuple(definition_of(measure)),
        places=(
            *areas(reporting, asked.reference),
            *((one.token, places.name_of(one)) for one in communities),
        ),
        months=tuple(
            (str(month), month_words(month))
            for month in month_range(asked.newest - (_MONTHS_OFFERED - 1), asked.newest)[::-1]
        ),
        notes=notes_on(answer, places),
        sources=tuple(_sources(answer)),
        as_at=instant_text(answer.knowledge.as_at),
        published=answer.policy is not None,
        notice=notice_in(answer.series),
        comparison=await comparison_of(measure, asked.reference, reporting, sight, now)
        if is_comparable(measure)
        else None,
        parts=None
        if breakdown is None
        else await parts_of(measure, asked.place, breakdown, asked.reference, reporting, sight, now),
        why=await practices_behind(measure, asked.place, asked.reference, reporting, sight, now),
        year_before=await year_before_of(asked, month, breakdown, reporting, sight, now),
        answer=answer,
    )


async def commentaries_beside(
    session: AsyncSession, asked: Asked, reporting: Reporting, sight: Sight
) -> list[Commentary]:
    """What was said of the place's figures in the months of the page, newest first."""
    rows = await commentaries_listed(
        session,
        Wanted([asked.measure.key], [asked.place.token]),
        sees=lambda row: sees_commentary(row, sight, reporting.places),
        before=None,
        limit=_COMMENTARIES,
    )
    span = set(month_range(asked.first, asked.reference))
    return [row for row in rows if not span.isdisjoint(parse_period(row.period).months)]


def _has_figures(series: Series) -> bool:
    return any(point.value is not None or point.suppressed for point in series.points)


def _rows(series: Series) -> Iterator[Row]:
    measure, chart = series.measure, series.chart
    flags = (None,) * len(series.points) if chart is None or chart.suited.kind != "xmr" else chart.flags
    for point, flag in zip(series.points, flags, strict=True):
        value = plain_number(point.value)
        yield Row(
            key=str(point.window.month),
            month=month_words(point.window.month),
            shown="hidden" if point.suppressed else "missing" if value is None else "value",
            value=number_words(value, measure),
            numerator="" if point.numerator is None else f"{point.numerator:,}",
            denominator="" if point.denominator is None else f"{point.denominator:,}",
            trajectory="" if point.trajectory is None else f"{point.trajectory:,}",
            target=number_words(plain_number(point.target), measure),
            said="" if flag is None else SIGNALS[flag.type],
            status=point.status_told.replace("-", " "),
        )


def definition_of(measure: Measure) -> Iterator[tuple[str, str]]:
    """What a measure is, word by word."""
    yield "What it is", measure.definition
    yield "Counted", measure.numerator
    if measure.denominator is not None:
        yield "Divided by", measure.denominator
    better = {"increase": "More is better", "decrease": "Fewer is better", "neutral": "Neither way is better"}
    yield "Direction", better[measure.direction]
    yield "Source", measure.source
    if measure.settles_days:
        yield "Settles", f"A month's figure is provisional for {measure.settles_days} days"
    if measure.status != "live":
        yield "State", measure.status.replace("-", " ")
    yield "Version of the definition", measure.definition_version


def _sources(answer: Answer) -> Iterator[str]:
    """Where the newest figures came from, in words."""
    for origin in answer.knowledge.provenance[-3:]:
        told = [str(origin[name]) for name in ("source", "feed") if origin.get(name)]
        received = str(origin.get("received_at") or "")[:10]
        yield ", ".join([*told, *([f"received {received}"] if received else [])])
