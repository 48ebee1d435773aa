"""The facts of a real quarter, published as the outcomes service would, and facts made up beside them.

Source of the figures: ICC annual report 2019/20, reablement assessments of quarter 4 by route of access and by outcome.
"""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

import asyncpg
import orjson

from shared.facts.cells import Cell, breakdown_key
from shared.months import Month
from tests.support.running import Running

ICCS = ("barrow", "millom", "grange-and-lakes", "east", "kendal", "mid-furness")
MONTHS = (Month(2020, 1), Month(2020, 2), Month(2020, 3))
TOTALS = {
    "barrow": [50, 33, 47],
    "millom": [9, 14, 17],
    "grange-and-lakes": [34, 30, 34],
    "east": [14, 15, 22],
    "kendal": [27, 24, 35],
    "mid-furness": [19, 24, 24],
}
_ROUTES: dict[str, tuple[tuple[int | None, ...], ...]] = {
    "community": ((46, 5, 24, 10, 19, 16), (27, 6, 18, 10, 20, 22), (33, 14, 29, 15, 24, 18)),
    "community-bed": ((1, None, None, None, None, None), (None,) * 6, (3, None, None, None, 1, None)),
    "hospital": ((3, 3, 10, 4, 6, 3), (3, 6, 10, 5, 2, 2), (7, 3, 3, 5, 7, 3)),
    "not-recorded": ((None, 1, None, None, 2, None), (3, 2, 2, None, 2, None), (4, None, 2, 2, 3, 3)),
}
_OUTCOMES: dict[str, tuple[tuple[int | None, ...], ...]] = {
    "plan": ((28, 4, 23, 11, 23, 18), (22, 8, 24, 12, 17, 18), (28, 12, 19, 16, 26, 17)),
    "inappropriate": ((10, 4, 9, 2, 2, 1), (7, 5, 1, 2, 6, 5), (9, 1, 7, 5, 6, 1)),
    "refused": ((12, 1, 2, 1, 2, None), (3, None, 5, 1, 1, None), (7, 2, 6, None, 3, 3)),
    "moved-or-other": ((None,) * 6, (1, 1, None, None, None, 1), (3, 2, 2, 1, None, 3)),
}
KNOWN_AT = datetime(2020, 4, 9, 10, 0, tzinfo=UTC)
SUBMISSION = "01890a5d-ac96-774b-bcce-b302099a8057"


def quarter_cells() -> list[Cell]:
    """Both tables of the quarter, a cell for every figure that was printed."""
    cells = []
    tables = (("reablement-assessments", "route", _ROUTES), ("reablement-outcomes", "outcome", _OUTCOMES))
    for measure, dimension, table in tables:
        for value, rows in table.items():
            for month, row in zip(MONTHS, rows, strict=True):
                for place, count in zip(ICCS, row, strict=True):
                    if count is not None:
                        cells.append(a_cell(measure, month, place, count, **{dimension: value}))
    return cells


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
