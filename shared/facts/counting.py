"""The commonest topic: rows of a table, counted where and when each belongs.

The table has `counted_place` and `counted_month`; each row is the subject of an event of the topic. Each row belongs to one
place and month for ever. It counts from its first published event.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.facts.cells import Cell, breakdown_key
from shared.facts.publishing import CheckedCells, Place, Topic
from shared.months import Month

_STANDING = text("""
    select measure, place, month, breakdown_key, numerator, denominator
      from unnest(cast(:places as text[]), cast(:months as date[]), cast(:lines as text[]))
           as asked (place, month, breakdown_key)
      join fact_cell standing using (place, month, breakdown_key)
     where standing.measure = any(:measures) and standing.source = :source
       and standing.replaced_at is null and standing.numerator is not null
""")

_NEXT_PLACES = text("""
    select distinct month, place from fact_cell
     where measure = :measure and source = :source and replaced_at is null
       and (month, place) > (cast(:month as date), cast(:place as text))
     order by month, place limit :limit
""")
_LATEST = text("select max(known_at) from fact_event")
PLACES_A_CHECK = 20
"""Cells of a practice's month hold a few hundred rows; so many are counted well within a statement's time."""

Counts = tuple[int, int]
"""Rows that a tally counts, and rows that it counts them among."""
_Place = tuple[str, date]
_Key = tuple[str, date, str]


@dataclass(frozen=True, slots=True)
class Tally:
    """One measure of a table's rows.

    of: SQL over `own`, which rows are counted; all without it.   among: SQL, which rows are the denominator of a rate.
    units: SQL, a whole number, for how many a row counts; 1 without it.
    """

    measure: str
    of: str = "true"
    among: str | None = None
    units: str | None = None

    def sum_of(self, condition: str) -> str:
        """SQL for what the rows under a condition count for."""
        if self.units is None:
            return f"count(*) filter (where {condition})"
        return f"coalesce(sum({self.units}) filter (where {condition}), 0)::bigint"


def counted(
    topic: str,
    *tallies: Tally,
    table: type[SQLModel],
    source: str,
    by: Mapping[str, str] = MappingProxyType({}),
) -> Topic:
    """A topic whose events cost the same however many rows their cell has.

    by: breakdown → SQL over `own`, the row's value of it, decided when the row was made; null is `unknown`. Each row then
    counts in one line of every breakdown, and the measures' `total_from` names the one that makes the total.

    A round counts the rows that became known in it, and adds them to what stands. A worker counts every standing cell
    again from its rows, hour by hour, so what was added up is never believed for long.
    """
    return _Counting(topic, tallies, str(table.__tablename__), source, by).as_topic()


@dataclass(frozen=True, slots=True)
class _Counting:
    topic: str
    tallies: Sequence[Tally]
    table: str
    source: str
    by: Mapping[str, str]

    def as_topic(self) -> Topic:
        return Topic(self.topic, self.derive, check=self.wrong_cells)

    async def derive(
        self, session: AsyncSession, *, subjects: Sequence[UUID], known_at: datetime
    ) -> list[Cell]:
        """The cells that these rows touch, as known at an instant; a row that was known before changes nothing."""
        given = {"subjects": list(subjects), "topic": self.topic, "known_at": known_at}
        fresh = await self._counts(session, self._fresh, given)
        standing = await self._standing(session, fresh)
        # A place with a cell that does not stand yet, or a measure that is new, is counted from its rows.
        new = {
            key[:2] for key in fresh if any((tally.measure, *key) not in standing for tally in self.tallies)
        }
        cells = await self._recounted(session, new, known_at) if new else []
        if new and self.by:
            cells += await self._undivided(session, new)
        for key, counts in fresh.items():
            if key[:2] in new:
                continue
            for tally, (numerator, denominator) in zip(self.tallies, counts, strict=True):
                stands = standing[tally.measure, *key]
                cells.append(self._cell(tally, key, (stands[0] + numerator, stands[1] + denominator)))
        return cells

    async def wrong_cells(self, session: AsyncSession, *, after: Place) -> CheckedCells:
        """Of some standing cells those that their rows contradict: none, unless there is a defect.

        What was counted before there were breakdowns is withdrawn for its lines, and is no defect.
        """
        connection = await session.connection()
        given = {
            "measure": self.tallies[0].measure,
            "source": self.source,
            "month": after[0],
            "place": after[1],
        }
        found = (await connection.execute(_NEXT_PLACES, {**given, "limit": PLACES_A_CHECK})).all()
        latest = (await connection.execute(_LATEST)).scalar_one()
        places = {(row.place, row.month) for row in found}
        recounted = {
            (cell.measure, cell.place, cell.month.first_day, breakdown_key(cell.breakdowns)): cell
            for cell in await self._recounted(session, places, latest)
        }
        standing = await self._standing(session, {key[1:] for key in recounted})
        differing = [
            cell
            for key, cell in recounted.items()
            if standing.get(key, (None, 0)) != (cell.numerator, cell.denominator or 0)
        ]
        undivided = await self._undivided(session, places) if self.by else []
        old = {(cell.place, cell.month) for cell in undivided}
        last = (found[-1].month, found[-1].place) if len(found) == PLACES_A_CHECK else None
        return CheckedCells(
            wrong=[cell for cell in differing if (cell.place, cell.month) not in old],
            reshaped=[*undivided, *(cell for cell in differing if (cell.place, cell.month) in old)],
            next=last,
        )

    @property
    def _fresh(self) -> TextClause:
        return text(f"""
            select own.counted_place as place, own.counted_month as month, {self._line} as line, {self._sums}
              from {self.table} own {self._lines}
             where own.id = any(:subjects) and (
                   -- A scalar is looked up row by row, along the index; `not exists` may be planned as a walk of every event.
                   select earlier.id from fact_event earlier
                    where earlier.subject = own.id and earlier.topic = :topic and earlier.known_at < :known_at limit 1) is null
             group by place, month, line order by place, month, line
        """)  # noqa: S608 -- names and conditions of our code

    @property
    def _whole(self) -> TextClause:
        return text(f"""
            select place, month, {self._line} as line, {self._sums}
              from unnest(cast(:places as text[]), cast(:months as date[])) as asked (place, month)
              join {self.table} own on own.counted_place = asked.place and own.counted_month = asked.month
                   {self._lines}
             where exists (
                   select from fact_event
                    where fact_event.subject = own.id and fact_event.topic = :topic and fact_event.known_at <= :known_at)
             group by place, month, line order by place, month, line
        """)  # noqa: S608 -- names and conditions of our code

    @property
    def _line(self) -> str:
        return "lines.line" if self.by else "cast('' as text)"

    @property
    def _lines(self) -> str:
        """The lines that a row counts in, one of each breakdown."""
        if not self.by:
            return ""
        lines = ", ".join(f"('{name}=' || coalesce({value}, 'unknown'))" for name, value in self.by.items())
        return f"cross join lateral (values {lines}) as lines (line)"

    @property
    def _sums(self) -> str:
        return ", ".join(
            f"{tally.sum_of(tally.of)} as n{number}, {tally.sum_of(tally.among or 'false')} as d{number}"
            for number, tally in enumerate(self.tallies)
        )

    async def _counts(
        self, session: AsyncSession, statement: TextClause, given: Mapping[str, Any]
    ) -> dict[_Key, tuple[Counts, ...]]:
        rows = (await (await session.connection()).execute(statement, dict(given))).mappings()
        numbers = range(len(self.tallies))
        return {
            (row["place"], row["month"], row["line"]): tuple(
                (row[f"n{one}"], row[f"d{one}"]) for one in numbers
            )
            for row in rows
        }

    async def _standing(
        self, session: AsyncSession, keys: Iterable[_Key]
    ) -> dict[tuple[str, str, date, str], Counts]:
        given = {**_columns(keys), "measures": [one.measure for one in self.tallies], "source": self.source}
        rows = (await (await session.connection()).execute(_STANDING, given)).all()
        return {
            (row.measure, row.place, row.month, row.breakdown_key): (row.numerator, row.denominator or 0)
            for row in rows
        }

    async def _undivided(self, session: AsyncSession, places: set[_Place]) -> list[Cell]:
        """Withdrawals of cells from before there were breakdowns: beside these they would count twice."""
        standing = await self._standing(session, [(*place, "") for place in places])
        withdrawn = [(tally, key) for tally in self.tallies for key in standing if key[0] == tally.measure]
        return [replace(self._cell(tally, key[1:], (0, 0)), numerator=None) for tally, key in withdrawn]

    async def _recounted(self, session: AsyncSession, places: set[_Place], known_at: datetime) -> list[Cell]:
        columns = _columns((*place, "") for place in places)
        given = {name: columns[name] for name in ("places", "months")} | {
            "topic": self.topic,
            "known_at": known_at,
        }
        counts = await self._counts(session, self._whole, given)
        return [
            self._cell(tally, key, one)
            for key, found in counts.items()
            for tally, one in zip(self.tallies, found, strict=True)
        ]

    def _cell(self, tally: Tally, key: _Key, counts: Counts) -> Cell:
        """A rate among no rows has no value, so it is withdrawn."""
        numerator, denominator = counts
        is_rate = tally.among is not None
        place, month, line = key
        name, _, value = line.partition("=")
        return Cell(
            measure=tally.measure,
            month=Month.of(month),
            place=place,
            source=self.source,
            breakdowns=((name, value),) if line else (),
            numerator=None if is_rate and not denominator else numerator,
            denominator=denominator if is_rate and denominator else None,
            provenance={"source": self.source},
        )


def _columns(keys: Iterable[_Key]) -> dict[str, list[Any]]:
    """Places, months and lines side by side, in one order, as `unnest` takes them."""
    ordered = sorted(keys)
    return {name: [key[index] for key in ordered] for index, name in enumerate(("places", "months", "lines"))}
