"""The facts of the council's quarter, published as the outcomes service would, and facts made up beside them."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

import asyncpg
import orjson

from shared.facts.cells import Cell, breakdown_key
from shared.months import Month
from tests.support.quarter import COMMUNITIES, OUTCOMES, ROUTES
from tests.support.running import Running

# How the council prints a category, and how facts call it.
CODES = {
    "Community": "community",
    "Community Bed": "community-bed",
    "Hospital": "hospital",
    "Not Recorded": "not-recorded",
    "Reablement Plan": "plan",
    "Reablement Inapproriate": "inappropriate",
    "Reablement Refused": "refused",
    "Moved/Other Circumstances": "moved-or-other",
}
MONTHS = {"January": Month(2020, 1), "February": Month(2020, 2), "March": Month(2020, 3)}
KNOWN_AT = datetime(2020, 4, 9, 10, 0, tzinfo=UTC)
SUBMISSION = "01890a5d-ac96-774b-bcce-b302099a8057"


def quarter_cells() -> list[Cell]:
    """Both tables of the quarter, a cell for every figure that was printed."""
    return [
        a_cell(measure, MONTHS[month], place, count, None, **{dimension: CODES[label]})
        for measure, dimension, table in (
            ("reablement-assessments", "route", ROUTES),
            ("reablement-outcomes", "outcome", OUTCOMES),
        )
        for month, categories in table.items()
        for label, counts in categories.items()
        for place, count in zip(COMMUNITIES, counts, strict=True)
        if count is not None
    ]


def a_cell(
    measure: str,
    month: Month,
    place: str,
    numerator: int | None,
    denominator: int | None = None,
    **breakdowns: str,
) -> Cell:
    """One cell of the Cumbrian council's return."""
    return Cell(
        measure=measure,
        month=month,
        place=place,
        source="cumbria",
        numerator=numerator,
        denominator=denominator,
        breakdowns=tuple(breakdowns.items()),
        provenance={"feed": "reablement", "submission": SUBMISSION, "received_at": "2020-04-09T10:00:00Z"},
    )


async def publish(service: Running, cells: Iterable[Cell], *, known_at: datetime = KNOWN_AT) -> None:
    """Put cells into the read model as the pull stores them, and let the process hear of it.

    A cell that replaces an older one of the same place, month, breakdown and source ends its interval.
    """
    connection = await asyncpg.connect(service.database_url)
    try:
        async with connection.transaction():
            epoch = await connection.fetchval(
                """insert into fact_subscription (author, serving) values ('outcomes', $1)
                   on conflict (author) do update set author = excluded.author returning serving""",
                uuid.uuid4(),
            )
            after = await connection.fetchval("select coalesce(max(seq), 0) from fact")
            for seq, cell in enumerate(cells, start=after + 1):
                await _store(connection, epoch=epoch, seq=seq, cell=cell, known_at=known_at)
            await connection.execute(
                """insert into read_version (id) values (1)
                   on conflict (id) do update set version = read_version.version + 1"""
            )
    finally:
        await connection.close()
    await service.app.state.reporting.version.ask()


async def _store(
    connection: asyncpg.Connection, *, epoch: uuid.UUID, seq: int, cell: Cell, known_at: datetime
) -> None:
    key = breakdown_key(cell.breakdowns)
    await connection.execute(
        """update fact set replaced_at = $1 where measure = $2 and month = $3 and place = $4 and breakdown_key = $5
              and source = $6 and replaced_at is null""",
        known_at,
        cell.measure,
        cell.month.first_day,
        cell.place,
        key,
        cell.source,
    )
    await connection.execute(
        """insert into fact (author, epoch, seq, measure, month, place, breakdowns, breakdown_key, source, numerator,
                             denominator, known_at, provenance)
           values ('outcomes', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        epoch,
        seq,
        cell.measure,
        cell.month.first_day,
        cell.place,
        orjson.dumps(dict(cell.breakdowns)).decode(),
        key,
        cell.source,
        cell.numerator,
        cell.denominator,
        known_at,
        orjson.dumps(dict(cell.provenance)).decode(),
    )
