"""The facts of an answer, and the version of what is served.

These reads are written by hand and run on the bare driver: they are most of the time that a new answer takes.
"""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from itertools import compress
from typing import Any, NamedTuple

import orjson

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.aside import aside
from services.trajectories.performance.rules.cells import Cells
from shared.db.engine import Database
from shared.months import Month

# What a month's cells of one origin have in common is sent once: a row of its own for each took three times as long to read.
# Of most months it was gathered when they came (`ingest/grouping.py`); of the others, and of another time, it is now.
_GROUPS = """
    with asked as (
        select author, epoch, measure, month, coalesce({gathered}, false) as gathered
          from fact_month join fact_subscription using (author)
         where serving = epoch and measure = any($1::text[]) and month between $2 and $3)
    select measure, month, breakdown_key, author, source, provenance::text,
           places, numerators, denominators, array[known_at]
      from asked join fact_group using (author, epoch, measure, month)
     where gathered and {needed}
     union all
    select measure, month, breakdown_key, author, source, provenance::text,
           array_agg(place), array_agg(numerator), array_agg(denominator), {known_at}
      from asked join fact using (author, epoch, measure, month)
     where not gathered and place = any($4::text[]) and {needed} and {in_force}
     group by measure, month, breakdown_key, author, source, provenance
"""
_NEEDED = "(split_part(breakdown_key, '=', 1) <> all($5::text[]) or breakdown_key like '%&%')"
_GATHERED_NOW, _GATHERED_THEN = "$6 and grouped_at is not null", "$6 and grouped_at <= $7"
_IN_FORCE_NOW = "replaced_at is null"
_IN_FORCE_THEN = "known_at <= $7 and (replaced_at is null or replaced_at > $7)"
_EACH, _NEWEST = "array_agg(known_at)", "array[max(known_at)]"
# The newest version of the first cell of each measure: an index scan that stops at its first row.
_FIRST = """
    select first.* from unnest($1::text[]) as asked (measure) cross join lateral (
        select measure, month, author, source, provenance::text, known_at from serving_fact
         where serving_fact.measure = asked.measure and numerator is not null and {known}
         order by month, place, known_at limit 1) as first
"""
_FIRST_NOW = _FIRST.format(known="replaced_at is null")
_FIRST_THEN = _FIRST.format(known="known_at <= $2 and (replaced_at is null or replaced_at > $2)")
_VERSION = "select version from read_version where id = 1"


class Knowledge(NamedTuple):
    """The cells in force, when the newest of this was learnt, and where it came from, each origin once and sorted.

    counted_from: of each measure that the platform counts itself, the first month of which anybody has a figure.
    """

    cells: list[Cells]
    counted_from: dict[str, Month]
    as_at: datetime | None
    provenance: list[dict[str, Any]]

    @property
    def size(self) -> int:
        """How many cells there are."""
        return sum(len(one.places) for one in self.cells)


async def cells_in_force(
    database: Database,
    measures: Sequence[str],
    places: Sequence[str],
    *,
    months: tuple[Month, Month],
    as_at: datetime | None,
    counted: Sequence[str] = (),
    headlines: Mapping[str, Measure] | None = None,
    without: Sequence[str] = (),
    within: Container[tuple[str, Month]] | None = None,
    many: bool = True,
) -> Knowledge:
    """What was known of the measures at an instant (None: is known now), at places by code, in a range of months.

    counted: those of the measures that the platform counts itself. That it has begun to count is knowledge for every place.
    headlines: measures by key of which only the headline source's cells are taken.
    without: breakdowns whose cells are left where they are.
    within: the codes and months of which anything may be known, None for all; of others not even when it was learnt.
    many: whether the places are a good part of all there are, so that it is quicker to read everybody's cells of a month.
    """
    scope = (list(measures), months[0].first_day, months[1].first_day, list(places), list(without), many)
    # Who may know of some cells only is not told when the others were learnt.
    known_at = _NEWEST if within is None else _EACH
    gathered, in_force = (_GATHERED_NOW, _IN_FORCE_NOW) if as_at is None else (_GATHERED_THEN, _IN_FORCE_THEN)
    statement = _GROUPS.format(gathered=gathered, needed=_NEEDED, known_at=known_at, in_force=in_force)
    async with database.connection() as connection:
        rows = await connection.fetch(statement, *scope, *(() if as_at is None else (as_at,)))
        begun: list[Any] = []
        if counted and as_at is None:
            begun = await connection.fetch(_FIRST_NOW, list(counted))
        elif counted:
            begun = await connection.fetch(_FIRST_THEN, list(counted), as_at)
    cells = sum(len(row[6]) for row in rows)
    return await aside(cells, _knowledge, rows, begun, headlines or {}, frozenset(places), within)


def _knowledge(
    groups: list[Any],
    begun: list[Any],
    headlines: Mapping[str, Measure],
    asked: frozenset[str],
    within: Container[tuple[str, Month]] | None,
) -> Knowledge:
    """What groups of facts say, and the first rows of measures that are counted here."""
    cells: list[Cells] = []
    first = begun if within is None else []
    instants: list[datetime] = [row[5] for row in first]
    origins: set[tuple[str, str, str]] = {tuple(row[2:5]) for row in first}
    for group in groups:
        measure, day, breakdowns, author, source, told, *columns, known_at = group
        if measure in headlines and not _is_headline(headlines[measure], source):
            continue
        month = Month.of(day)
        if within is not None or not asked.issuperset(columns[0]):
            chosen = [place in asked and (within is None or (place, month) in within) for place in columns[0]]
            columns = _only(columns, chosen)
            # One instant is that of all; nothing is told of those that are left out.
            known_at = known_at * bool(columns[0]) if len(known_at) == 1 else [*compress(known_at, chosen)]
        instants += known_at
        # A withdrawn cell has no numerator and counts to nothing, but that it was withdrawn is knowledge too.
        if None in columns[1]:
            columns = _only(columns, [numerator is not None for numerator in columns[1]])
        places, numerators, denominators = columns
        if places:
            cells.append(Cells(measure, month, breakdowns, source, places, numerators, denominators))
            origins.add((author, source, told))
    known_begun = {row[0]: Month.of(row[1]) for row in begun}
    return Knowledge(cells, known_begun, max(instants, default=None), _provenance(origins))


def _only(columns: list[list[Any]], chosen: list[bool]) -> list[list[Any]]:
    """The chosen places of each column."""
    return [list(compress(column, chosen)) for column in columns]


async def served_version(database: Database) -> int:
    """The version of the read model: raised in the transaction that brings new facts; 0 before the first."""
    async with database.connection() as connection:
        return int(await connection.fetchval(_VERSION) or 0)


def _is_headline(measure: Measure, supplier: str) -> bool:
    return measure.source_named(supplier) == measure.headline_source


def _provenance(origins: set[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Author, supplier and what the author says of the origin, in an order that depends on nothing else."""
    entries = {
        orjson.dumps(
            {"source": author, "supplier": source, **orjson.loads(told)}, option=orjson.OPT_SORT_KEYS
        )
        for author, source, told in origins
    }
    return [orjson.loads(entry) for entry in sorted(entries)]
