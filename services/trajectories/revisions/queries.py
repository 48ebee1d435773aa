"""Reads of the past: every cell that a figure was ever made of, and every figure that was ever published."""

from collections.abc import Sequence
from datetime import datetime

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.published import shown_of
from services.trajectories.performance.rules.cells import Cell
from services.trajectories.revisions.rules import Counted, FiledCell, Revision
from shared.db.engine import Database
from shared.months import Month

MOST = 20_000
_FILED = """
    select measure, place, breakdown_key, source, numerator, denominator, known_at, replaced_at,
           provenance ->> 'submission' as submission
      from serving_fact
     where measure = any($1::text[]) and month = $2 and place = any($3::text[])
     order by known_at limit $4
"""
_COUNTED = """
    select month, min(known_at) as known_at from serving_fact
     where measure = any($1::text[]) and numerator is not null group by month
"""
_PUBLISHED = """
    select cell.numerator, cell.denominator, cell.tenths, cell.suppressed, cell.status,
           begins.published_at as begins, ends.published_at as ends
      from published_cell as cell
      join publication as begins on begins.number = cell.since
      left join publication as ends on ends.number = cell.until
     where cell.measure = $1 and cell.place = $2 and cell.grain = 'month' and cell.month = $3 and cell.breakdown = ''
     order by cell.since
"""


async def cells_ever_filed(
    database: Database, measure: Measure, codes: Sequence[str], month: Month
) -> list[FiledCell]:
    """All versions of the cells of a measure, of the headline source where several count the same people."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            _FILED, list(measure.read_measures), month.first_day, list(codes), MOST + 1
        )
    known = {one.key: one for one in (measure, *measure.reads, measure.counted) if one is not None}
    found = []
    for row in rows:
        of = known[row["measure"]]
        if of.headline_source is not None and of.source_named(row["source"]) != of.headline_source:
            continue
        cell = Cell(
            row["measure"],
            month,
            row["place"],
            row["breakdown_key"],
            row["numerator"],
            row["denominator"],
            row["source"],
        )
        standing = None if row["numerator"] is None else cell
        found.append(FiledCell(standing, row["known_at"], row["replaced_at"], row["submission"]))
    return found


async def counted_since(database: Database, measure: Measure) -> Counted:
    """Since when the platform counts a measure of its own; nothing for any other."""
    if measure.supply != "platform":
        return Counted({})
    async with database.connection() as connection:
        rows = await connection.fetch(_COUNTED, [measure.key])
    return Counted({Month.of(row["month"]): row["known_at"] for row in rows})


async def ever_published(database: Database, measure: Measure, place: str, month: Month) -> list[Revision]:
    """Every figure of a measure, place and month that a publication showed, oldest first, and where it was hidden."""
    async with database.connection() as connection:
        rows = await connection.fetch(_PUBLISHED, measure.key, place, month.first_day)
    found: list[Revision] = []
    before: datetime | None = None
    for row in rows:
        if before is not None and before < row["begins"]:
            found.append(Revision(None, None, None, before, None))
        shown = shown_of(measure, row)
        found.append(
            Revision(
                shown.value,
                shown.numerator,
                shown.denominator,
                row["begins"],
                None,
                suppressed=shown.suppressed,
            )
        )
        before = row["ends"]
    if before is not None:
        found.append(Revision(None, None, None, before, None))
    return found
