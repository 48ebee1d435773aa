"""What a cut is made of, and the cuts there are.

The reads of cells are written by hand and run on the bare driver: a cut reads all facts and cells at once.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.performance.rules.cells import Cell
from services.trajectories.performance.tables import Publication
from services.trajectories.publications.rules.cutting import PublishedFigure
from shared.db.bare import driver_of
from shared.months import Month
from shared.service.paging import Pager

_FACTS = """
    select measure, month, place, breakdown_key, source, numerator, denominator, author, provenance::text
      from serving_fact where replaced_at is null and numerator is not null
     order by measure, month, place, breakdown_key, source, author
"""
_DIGESTS = "select measure, digest from published_measure where until is null"
_OPEN = """
    select measure, place, grain, month, breakdown, numerator, denominator, tenths, suppressed, status, due
      from published_cell where until is null and measure = any($1::text[])
"""
_STATES = "select party, quarter, states::text from disclosed_state where family = $1"
_KNEW = "select exists (select from serving_fact where known_at <= $1)"


class Filed(NamedTuple):
    """A fact in force with where it came from, as its author and provenance say."""

    cell: Cell
    author: str
    provenance: str


async def facts_in_force(session: AsyncSession) -> list[Filed]:
    """Every fact that is in force, in an order that depends on nothing else."""
    rows = await (await driver_of(session)).fetch(_FACTS)
    months = {row[1]: Month.of(row[1]) for row in rows}
    return [
        Filed(Cell(row[0], months[row[1]], row[2], row[3], row[5], row[6], row[4]), row[7], row[8])
        for row in rows
    ]


async def digests(session: AsyncSession) -> dict[str, str]:
    """What each measure's newest cells were made of."""
    return dict(await (await driver_of(session)).fetch(_DIGESTS))


async def standing_cells(
    session: AsyncSession, measures: Sequence[str]
) -> dict[tuple[str, str, str, date, str], PublishedFigure]:
    """The newest cells of some measures."""
    rows = await (await driver_of(session)).fetch(_OPEN, list(measures))
    cells = (PublishedFigure(*row) for row in rows)
    return {cell.key: cell for cell in cells}


async def states_of(session: AsyncSession, family: str) -> dict[tuple[str, str], list[Any]]:
    """What was disclosed of a family so far, by party and quarter."""
    rows = await (await driver_of(session)).fetch(_STATES, family)
    return {(row[0], row[1]): orjson.loads(row[2]) for row in rows}


async def knew_anything(session: AsyncSession, instant: datetime) -> bool:
    """Whether any fact was known at an instant."""
    return bool(await (await driver_of(session)).fetchval(_KNEW, instant))


async def newest_publication(session: AsyncSession) -> Publication | None:
    """The newest cut."""
    newest = select(Publication).order_by(col(Publication.number).desc()).limit(1)
    return (await session.exec(newest)).first()


async def publications_before(session: AsyncSession, paging: Pager) -> Sequence[Publication]:
    """The cuts, newest first, one more than is shown."""
    found = select(Publication)
    if before := paging.after():
        found = found.where(col(Publication.number) < int(before[0]))
    return (await session.exec(found.order_by(col(Publication.number).desc()).limit(paging.limit + 1))).all()
