"""What callers without the right to exact figures see: cells of the cut that an answer is made of, looked up."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import orjson

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.aside import aside
from services.trajectories.performance.rules.figure import Breakdown, value_of
from services.trajectories.performance.rules.protection import MEAN_STEPS
from services.trajectories.performance.rules.question import Window
from services.trajectories.performance.rules.view import Shown
from shared.db.engine import Database
from shared.months import Month
from shared.registry.selection import Selection

_CUT = """
    select number, id, published_at from publication
     where $1::timestamptz is null or published_at <= $1 order by number desc limit 1
"""
_STANDING = "since <= $1 and (until is null or until > $1) and measure = any($2::text[])"
_CELLS = f"""
    select measure, place, grain, month, breakdown, numerator, denominator, tenths, suppressed, status
      from published_cell
     where {_STANDING} and place = any($3::text[]) and grain = $4 and month between $5 and $6
       and split_part(breakdown, '=', 1) = any($7::text[])
"""  # noqa: S608 -- constants
_THEN = """
    with newest as (
        select coalesce(max(number), 0) as number from publication where $6::timestamptz is null or published_at <= $6
    ), asked as (
        select asked.*, coalesce((select max(number) from publication where published_at <= asked.at),
                                 (select min(number) from publication)) as number
          from unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::timestamptz[])
               with ordinality as asked (measure, place, grain, month, at, place_in_list)
    )
    select asked.measure, numerator, denominator, tenths, coalesce(suppressed, true) as suppressed,
           coalesce(status, 'not-supplied') as status
      from asked cross join newest
      left join published_cell as cell
        on cell.measure = asked.measure and cell.place = asked.place and cell.grain = asked.grain
       and cell.month = asked.month and cell.breakdown = '' and asked.number <= newest.number
       and cell.since <= asked.number and (cell.until is null or cell.until > asked.number)
     order by place_in_list
"""
_MEASURES = f"select measure, begun, origins::text from published_measure where {_STANDING}"  # noqa: S608 -- constants

_Key: TypeAlias = tuple[str, str, str, date, str]
_HIDDEN = Shown(None, None, None, suppressed=True, status="not-supplied")
_NOTHING = Shown(None, None, None, suppressed=False, status="not-supplied")


@dataclass(frozen=True, slots=True)
class Cut:
    """One cut as far as a question reaches. number: None before the first one, when everything is hidden.

    cells: by measure, place, grain, month and breakdown.   origins: where the facts of the measures came from.
    begun: of a measure that the platform counts itself, the first month of which anybody has a figure.
    """

    number: int | None = None
    id: UUID | None = None
    published_at: datetime | None = None
    cells: Mapping[_Key, Shown] = field(default_factory=dict)
    origins: Sequence[dict[str, Any]] = ()
    begun: Mapping[str, Month] = field(default_factory=dict)

    def shown(self, measure: Measure, place: Selection, window: Window, breakdown: Breakdown) -> Shown:
        """A figure as everybody may see it. What is not published is hidden: a period cut short, a rolling year."""
        if self.number is None or not is_published(window.grain, None if breakdown is None else breakdown[0]):
            return _HIDDEN
        named = "" if breakdown is None else "=".join(breakdown)
        key = (measure.key, place.token, window.grain, window.month.first_day, named)
        found = self.cells.get(key, _NOTHING)
        if window.whole or found is _NOTHING:
            return found
        return Shown(None, None, None, suppressed=True, status="partial")

    def values_of(self, measure: Measure, dimension: str) -> set[str]:
        """The values of a breakdown that were published."""
        named = (key[4] for key in self.cells if key[0] == measure.key)
        return {mark.partition("=")[2] for mark in named if mark.startswith(f"{dimension}=")}


NO_CUT = Cut()
"""What there is before the first cut."""


def is_published(grain: str, dimension: str | None) -> bool:
    """Whether figures of a grain are published at all: no rolling windows, and no months of a breakdown."""
    return grain in ({"month", "quarter", "year"} if dimension is None else {"quarter", "year"})


async def cut_of(
    database: Database,
    measures: Mapping[str, Measure],
    places: Collection[str],
    *,
    grain: str,
    months: tuple[Month, Month],
    dimension: str | None,
    as_at: datetime | None,
) -> Cut:
    """The cut at or before an instant (None: the newest). places: as queries name them.   months: of periods that begin there."""
    async with database.connection() as connection:
        found = await connection.fetchrow(_CUT, as_at)
        if found is None:
            return NO_CUT
        scope = (found["number"], list(measures))
        ends = (months[0].first_day, months[1].first_day)
        rows = await connection.fetch(
            _CELLS, *scope, list(places), grain, *ends, ["", *filter(None, [dimension])]
        )
        told = await connection.fetch(_MEASURES, *scope)
    cells = await aside(len(rows), _cells, rows, measures)
    origins = {origin for row in told for origin in map(_canonical, orjson.loads(row["origins"]))}
    return Cut(
        number=found["number"],
        id=found["id"],
        published_at=found["published_at"],
        cells=cells,
        origins=[orjson.loads(origin) for origin in sorted(origins)],
        begun={row["measure"]: Month.of(row["begun"]) for row in told if row["begun"] is not None},
    )


def _cells(rows: Sequence[Any], measures: Mapping[str, Measure]) -> dict[_Key, Shown]:
    return {tuple(row)[:5]: shown_of(measures[row["measure"]], row) for row in rows}


class Then(NamedTuple):
    """A figure as it was published at an instant: of the cut at or before it, or of the first one where there was none."""

    measure: str
    place: str
    grain: str
    month: date
    at: datetime


async def published_then(
    database: Database, asked: Sequence[Then], measures: Mapping[str, Measure], *, as_at: datetime | None
) -> list[Shown]:
    """Each figure as it was published then; hidden where it was not. as_at: of cuts up to this instant."""
    if not asked:
        return []
    async with database.connection() as connection:
        rows = await connection.fetch(_THEN, *map(list, zip(*asked, strict=True)), as_at)
    return [shown_of(measures[row["measure"]], row) for row in rows]


def _canonical(origin: Mapping[str, Any]) -> bytes:
    return orjson.dumps(origin, option=orjson.OPT_SORT_KEYS)


def shown_of(measure: Measure, row: Mapping[str, Any]) -> Shown:
    """What a row of a published cell shows."""
    if row["tenths"] is not None:
        value: Fraction | None = Fraction(row["tenths"], MEAN_STEPS)
    else:
        value = value_of(measure, row["numerator"], row["denominator"])
    return Shown(
        value, row["numerator"], row["denominator"], suppressed=row["suppressed"], status=row["status"]
    )
