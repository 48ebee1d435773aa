"""The matrix as one caller may see it: every measure asked of the one protected view."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.trajectories.errors import BelowCommunity, TooMuchAsked
from services.trajectories.matrix.queries import measures_with_figures
from services.trajectories.matrix.rules import Row, ordered, row_of
from services.trajectories.matrix.schemas import MatrixQuery
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.answers import Answer
from services.trajectories.performance.current import keys_asked
from services.trajectories.performance.keeping import Rendered, rendered_of
from services.trajectories.performance.questions import check_known, format_asked, reference_month
from services.trajectories.performance.renderings import MEDIA_TYPES, instant_text, protection_shown
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.question import Format, Question, unit_of
from services.trajectories.performance.rules.series import plain_number
from services.trajectories.performance.tabular import HIDDEN, TableCell, csv_bytes, workbook
from shared.months import Month, month_range
from shared.problems import Invalid
from shared.registry.selection import Selection

MONTHS = 24
FORMATS: tuple[Format, ...] = ("json", "csv", "xlsx")
MOST_ROWS = 2_000
_AT_A_TIME = 10_000
_COLUMNS = (
    "community",
    "community_name",
    "measure",
    "title",
    "unit",
    "month",
    "value",
    "suppressed",
    "status",
    "target",
    "trajectory",
    "variation",
    "assurance",
    "mean",
    "lower",
    "upper",
    "points_since_special_cause",
    "change",
    "as_at",
    "protection",
)
_CHANCE = "With many series and months some points are flagged by chance alone."


@dataclass(frozen=True, slots=True)
class Asked:
    """What the matrix is asked for, once it is understood."""

    query: MatrixQuery
    reference: Month
    places: tuple[Selection, ...]
    format: Format

    @property
    def first(self) -> Month:
        """The first of the months."""
        return self.reference - (MONTHS - 1)


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rows of a matrix in the order that was asked for, and the answers that they are made of."""

    asked: Asked
    answers: tuple[Answer, ...]
    rows: tuple[Row, ...]

    @property
    def as_at(self) -> str | None:
        """The newest knowledge that it is made of."""
        instants = [one.knowledge.as_at for one in self.answers if one.knowledge.as_at is not None]
        return instant_text(max(instants, default=None))

    @property
    def protecting(self) -> Answer | None:
        """An answer of which not every figure is exact."""
        return next((one for one in self.answers if one.policy is not None), None)

    @property
    def exact_told(self) -> dict[str, object] | None:
        """What was asked and how much of it is exact, where any of it is."""
        exact = sum(row.point is not None and row.point.exact for row in self.rows)
        if not exact:
            return None
        return {
            "measures": sorted({row.series.measure.key for row in self.rows}),
            "places": [place.token for place in self.asked.places],
            "reference": str(self.asked.reference),
            "format": self.asked.format,
            "figures": len(self.rows),
            "exact": exact,
        }


def understand_matrix(query: MatrixQuery, reporting: Reporting, *, now: datetime, accept: str) -> Asked:
    """What is asked. Raises Invalid."""
    reference = Month.of(now) if query.reference is None else reference_month(query.reference)
    check_known(query.as_at, now)
    months = month_range(reference - (MONTHS - 1), reference)
    places = reporting.places
    if query.community is None:
        found = places.of_level(query.level, months)
    else:
        named = places.registry.resolve_all(query.community)
        within = [one for place in named for one in places.within(place, query.level, months)]
        found = tuple(dict.fromkeys(within))
    if not found:
        raise Invalid.one("query.fields", "/level", "No place of this level lies within the community.")
    return Asked(query, reference, found, format_asked(query.format, accept, FORMATS))


async def make_matrix(asked: Asked, reporting: Reporting, sight: Sight, now: datetime) -> Rendered:
    """The bytes of the matrix. Raises what `matrix_of` raises."""
    return _rendered(await matrix_of(asked, reporting, sight, now), reporting)


async def matrix_of(asked: Asked, reporting: Reporting, sight: Sight, now: datetime) -> Matrix:
    """The matrix itself, for whoever makes something else of it. Raises BelowCommunity, TooMuchAsked, Invalid."""
    months = month_range(asked.first, asked.reference)
    if not all(sight.may_ask(place, months) for place in asked.places):
        raise BelowCommunity
    measures = _named(asked, reporting) or await known_measures(asked, reporting, sight)
    if len(measures) * len(asked.places) > MOST_ROWS:
        raise TooMuchAsked(parts=-(-len(measures) * len(asked.places) // MOST_ROWS))
    answers = [await reporting.view(_question(asked, part), sight, now) for part in _parts(asked, measures)]
    rows = ordered([row_of(one) for answer in answers for one in answer.series], asked.query.order)
    return Matrix(asked, tuple(answers), tuple(rows))


def _named(asked: Asked, reporting: Reporting) -> list[Measure]:
    """The measures that were named."""
    named = keys_asked(reporting, asked.query.measures, "/measures") or ()
    return [one for key in named if (one := reporting.catalogue.get(key)) is not None]


async def known_measures(asked: Asked, reporting: Reporting, sight: Sight) -> list[Measure]:
    """The measures of which the caller may know that they have figures."""
    months = month_range(asked.first, asked.reference)
    exact = {(place, month): sight.exactly(place, month) for place in asked.places for month in months}
    codes = {
        code for (place, month), own in exact.items() if own for code in reporting.places.codes(place, month)
    }
    return await measures_with_figures(
        reporting.database,
        list(reporting.catalogue),
        codes,
        months=(asked.first, asked.reference),
        published=not all(exact.values()),
        as_at=asked.query.as_at,
    )


def _question(asked: Asked, measures: Sequence[Measure]) -> Question:
    return Question(
        measures=tuple(measure.key for measure in measures),
        places=asked.places,
        first=asked.first,
        last=asked.reference,
        with_chart=True,
        with_trajectory=True,
        with_target=True,
        with_annotations=True,
        profile=asked.query.profile,
        as_at=asked.query.as_at,
    )


def _parts(asked: Asked, measures: Sequence[Measure]) -> Iterator[list[Measure]]:
    """The measures, so many at a time as one answer may take."""
    part: list[Measure] = []
    for measure in measures:
        if part and _question(asked, (*part, measure)).work([*part, measure]) > _AT_A_TIME:
            yield part
            part = []
        part.append(measure)
    if part:
        yield part


def _rendered(matrix: Matrix, reporting: Reporting) -> Rendered:
    asked, as_at, protecting, told = matrix.asked, matrix.as_at, matrix.protecting, matrix.exact_told
    items = [item_of(row, asked.first, asked.reference) for row in matrix.rows]
    if asked.format == "json":
        document = {
            "reference": str(asked.reference),
            "as_at": as_at,
            "items": items,
            "protection": None if protecting is None else protection_shown(protecting),
            "notes": [_CHANCE],
        }
        return rendered_of(orjson.dumps(document), MEDIA_TYPES["json"], exported=told)
    policy = protecting.policy if protecting is not None else None
    about = (as_at, None if policy is None else policy.id)
    table = [(*_cells(item, row, reporting), *about) for item, row in zip(items, matrix.rows, strict=True)]
    if asked.format == "csv":
        body = csv_bytes(_COLUMNS, table)
    else:
        target = io.BytesIO()
        with workbook(target, "Communities and measures") as book:
            book.table("Matrix", _COLUMNS, table)
            book.told("About", [("As at", as_at or ""), ("Note", _CHANCE)])
        body = target.getvalue()
    name = f"matrix-{asked.reference}.{asked.format}"
    return rendered_of(body, MEDIA_TYPES[asked.format], name=name, exported=told)


def item_of(row: Row, first: Month, reference: Month) -> dict[str, Any]:
    """A row as the answer writes it, of the months from one to another."""
    series, point, chart = row.series, row.point, row.chart
    limits = None if chart is None else chart.limits
    return {
        "community": series.place.token,
        "measure": series.measure.key,
        "title": series.measure.title,
        "unit": unit_of(series.measure, None, "month"),
        "month": None if point is None else str(point.window.month),
        "value": None if point is None else plain_number(point.value),
        "suppressed": point is not None and point.suppressed,
        "status": "not-supplied" if point is None else point.status,
        "target": None if point is None else plain_number(point.target),
        "trajectory": None if point is None else point.trajectory,
        "variation": None if chart is None else chart.variation,
        "assurance": None if chart is None else chart.assurance,
        "mean": None if limits is None else float(limits.mean),
        "lower": None if limits is None or limits.lower is None else float(limits.lower),
        "upper": None if limits is None or limits.upper is None else float(limits.upper),
        "points_since_special_cause": row.since,
        "change": None if row.change is None else float(row.change),
        "chart": f"/v1/performance/{series.measure.key}/{series.place.token}/chart.svg"
        f"?from={first}&to={reference}",
    }


def _cells(item: dict[str, Any], row: Row, reporting: Reporting) -> list[TableCell]:
    shown = {**item, "community_name": reporting.places.name_of(row.series.place)}
    if item["suppressed"]:
        shown["value"] = HIDDEN
    return [shown[name] for name in _COLUMNS if name in shown]
