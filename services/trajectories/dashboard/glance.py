"""What the first page shows: the matrix of the same caller, in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from services.trajectories.dashboard.figures import Figure, figure_of
from services.trajectories.dashboard.queries import newest_month
from services.trajectories.dashboard.rules import HEADLINES, MOST_COLUMNS, month_words, notice_in
from services.trajectories.dashboard.schemas import GlanceQuery
from services.trajectories.matrix.readings import (
    Asked,
    Matrix,
    known_measures,
    matrix_of,
    understand_matrix,
)
from services.trajectories.matrix.rules import Row
from services.trajectories.matrix.schemas import MatrixQuery
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.question import Format, unit_of
from shared.months import Month, month_range
from shared.registry.selection import Selection

MONTHS_OFFERED = 36

FigureKey = tuple[Selection, str]


@dataclass(frozen=True, slots=True)
class Line:
    """A community with its figures, one for each measure in the order of the columns."""

    name: str
    href: str
    figures: tuple[Figure, ...]


Behind = tuple[str, str, tuple[Figure, ...]]


@dataclass(frozen=True, slots=True)
class Glance:
    """The first page. columns: (title, unit, address).   attention: what its charts call a concern, most urgent first.

    behind: (measure, how it is worse, what lies on the worse side of its trajectory, the furthest first).   notice: what is said of all figures.   address: the parameters that say all of it.
    """

    whole: str
    reference: Month
    first: Month
    columns: tuple[tuple[str, str, str], ...]
    lines: tuple[Line, ...]
    attention: tuple[Figure, ...]
    behind: tuple[Behind, ...]
    areas: tuple[tuple[str, str], ...]
    months: tuple[tuple[str, str], ...]
    query: GlanceQuery
    address: str
    as_at: str | None
    published: bool
    notice: str | None
    matrix: Matrix


async def glance_of(query: GlanceQuery, reporting: Reporting, sight: Sight, now: datetime) -> Glance:
    """What the first page shows to a caller. Raises what the matrix raises."""
    until = Month.of(now)
    newest = await newest_of(reporting, sight, until) or until
    asked = await matrix_asked(query, reporting, sight, now, newest=newest)
    matrix = await matrix_of(asked, reporting, sight, now)
    rows = matrix.rows
    figures = {_key(row): figure_of(row, asked.first, asked.reference, reporting) for row in rows}
    measures = _in_order(rows, (asked.query.measures or "").split(","))
    places = _places_in_order(rows, figures, asked.query.order)
    return Glance(
        whole=reporting.places.name_of(reporting.places.whole),
        reference=asked.reference,
        first=asked.first,
        columns=tuple(_column(measure, asked.reference) for measure in measures),
        lines=tuple(
            Line(
                reporting.places.name_of(place),
                f"/communities/{place.token}?reference={asked.reference}",
                tuple(figures[place, measure.key] for measure in measures),
            )
            for place in places
        ),
        attention=tuple(figures[_key(row)] for row in rows if _is_concern(row)),
        behind=tuple(_behind(measures, rows, figures)),
        areas=tuple(areas(reporting, until)),
        months=tuple(
            (str(month), month_words(month))
            for month in month_range(newest - (MONTHS_OFFERED - 1), newest)[::-1]
        ),
        query=query,
        address=urlencode(query.model_dump(exclude_none=True) | {"reference": asked.reference}),
        as_at=matrix.as_at,
        published=matrix.protecting is not None or not (rows or _sees_exactly(asked, reporting, sight)),
        notice=notice_in(row.series for row in rows),
        matrix=matrix,
    )


def _sees_exactly(asked: Asked, reporting: Reporting, sight: Sight) -> bool:
    """Whether any community's figures would be exact."""
    month = asked.reference
    return any(sight.exactly(place, month) for place in reporting.places.of_level("icc", [month]))


async def matrix_asked(
    query: GlanceQuery,
    reporting: Reporting,
    sight: Sight,
    now: datetime,
    *,
    newest: Month,
    form: Format = "json",
) -> Asked:
    """What the matrix of the first page is asked for: the measures that were named, else the headlines with figures."""
    asked = MatrixQuery.model_validate(
        {
            "community": query.community,
            "measures": query.measures,
            "reference": query.reference or str(newest),
            "order": query.order,
            "format": form,
        }
    )
    understood = understand_matrix(asked, reporting, now=now, accept="")
    if query.measures is not None:
        return understood
    keys = ",".join(await _headlines(understood, reporting, sight)) or None
    named = asked.model_copy(update={"measures": keys})
    return understand_matrix(named, reporting, now=now, accept="")


async def newest_of(
    reporting: Reporting, sight: Sight, until: Month, measures: Iterable[Measure] = ()
) -> Month | None:
    """The newest month before one with a figure that a caller may know of: of any measure, or of these."""
    places = reporting.places.of_level("icc", [until])
    own = [place for place in places if sight.exactly(place, until)]
    codes = {code for place in own for code in reporting.places.codes(place, until)}
    keys = sorted({key for measure in measures for key in (measure.key, *measure.made_of)})
    published = len(own) < len(places)
    # The running month is not over: a page that opened with it would show most figures as missing.
    return await newest_month(reporting.database, until - 1, keys or None, codes, published=published)


async def _headlines(asked: Asked, reporting: Reporting, sight: Sight) -> list[str]:
    """The keys of the measures that the first page shows: the headlines with figures, else the first that have any."""
    known = [measure.key for measure in await known_measures(asked, reporting, sight)]
    first = [key for key in HEADLINES if key in known]
    return [*first, *(key for key in known if key not in first)][:MOST_COLUMNS]


def _in_order(rows: Sequence[Row], keys: Sequence[str]) -> list[Measure]:
    found = {row.series.measure.key: row.series.measure for row in rows}
    return [found[key] for key in dict.fromkeys(key.strip() for key in keys) if key in found]


def _behind(
    measures: Sequence[Measure], rows: Sequence[Row], figures: Mapping[FigureKey, Figure]
) -> Iterator[Behind]:
    for measure in measures:
        own = [figures[_key(row)] for row in rows if row.series.measure.key == measure.key]
        behind = sorted((one for one in own if one.behind), key=lambda one: -one.behind)
        if behind:
            side = "below" if measure.direction == "increase" else "above"
            yield measure.title, f"{side} trajectory", tuple(behind)


def _places_in_order(
    rows: Sequence[Row], figures: Mapping[FigureKey, Figure], order: str
) -> tuple[Selection, ...]:
    """The places as the matrix has them; where a concern comes first, then who is furthest behind a trajectory."""
    places = tuple(dict.fromkeys(row.series.place for row in rows))
    if order != "concern":
        return places
    concerned = {row.series.place for row in rows if _is_concern(row)}
    furthest = {place: max(one.behind for (at, _), one in figures.items() if at == place) for place in places}
    return tuple(sorted(places, key=lambda place: (place not in concerned, -furthest[place])))


def _is_concern(row: Row) -> bool:
    return row.chart is not None and row.chart.variation.startswith("concern")


def _key(row: Row) -> FigureKey:
    return row.series.place, row.series.measure.key


def _column(measure: Measure, reference: Month) -> tuple[str, str, str]:
    unit = "per cent" if measure.kind == "proportion" else unit_of(measure, None, "month")
    return measure.title, unit, f"/measures/{measure.key}?reference={reference}"


def areas(reporting: Reporting, month: Month) -> Iterator[tuple[str, str]]:
    """The areas that a page can be narrowed to: (slug, name)."""
    places = reporting.places
    found: list[Selection] = [places.whole]
    for level in ("oversight", "group"):
        found += places.of_level(level, [month])
    for place in found:
        yield place.token, places.name_of(place)
