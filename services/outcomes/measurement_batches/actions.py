"""Storing a checked batch in one transaction: keys, firsts, then what follows them, so that the order of lines does not matter."""

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from services.outcomes.errors import NoFirstMeasurement, SecondFirstMeasurement
from services.outcomes.measurement_batches.checking import ROUTE, Batch, Refusal, told_rights
from services.outcomes.measurement_batches.statements import CLAIM, COUNT, FIRSTS, FREE, LATER, TAKEN
from services.outcomes.measurements.places import Desk
from services.outcomes.measurements.rules import FIRST
from services.outcomes.measurements.tables import MEASURED_TOPIC
from shared.audit import AUDIT_COLUMNS, audit_values
from shared.db.engine import Connection
from shared.http.answers import json_bytes
from shared.idempotency.keys import StillRunning

LINES_A_PIECE: Final = 500
_KEYED: Final = b'"digest":"'
_BEFORE_FIRST: Final = Refusal(
    "date.order", "/taken_on", "The measurement lies before the first of its episode."
)
_NO_FIRST: Final = Refusal.of(NoFirstMeasurement())
_SECOND_FIRST: Final = Refusal.of(SecondFirstMeasurement())
_OTHER_BODY: Final = Refusal("idempotency.body_mismatch", "/key", "This key was used with another body.")
_OTHER_RIGHTS: Final = Refusal("scope", "/key", "The first line with this key was sent with other rights.")
Row = Mapping[str, Any]


async def store_batch(desk: Desk, batch: Batch) -> None:
    """Store the rows of a batch and note what became of each line. Raises StillRunning while another batch is in the way."""
    try:
        async with desk.platform.database.connection() as connection, connection.transaction():
            for pack in batch.rows():
                await _claim(connection, desk, batch, pack)
            for pack in batch.rows():
                await _store_firsts(connection, batch, pack)
            for pack in batch.rows():
                await _store_later(connection, batch, pack)
            for line, first in batch.repeats.items():
                batch.outcomes[line] = batch.lost.get(first, first)
            for pack in batch.rows():
                await _record(connection, desk, batch, pack)
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as waited:
        # Another request records the same keys, or firsts of the same persons.
        raise StillRunning from waited


async def _claim(connection: Connection, desk: Desk, batch: Batch, pack: bytes) -> None:
    """Claim the keys of lines, and find those that repeat others."""
    given = (pack.decode(), desk.caller.client, ROUTE, told_rights(desk))
    claimed = await connection.execute(CLAIM, *given)
    if claimed == f"INSERT 0 {pack.count(_KEYED)}":
        return  # as nearly always: nobody had these keys
    for taken in await connection.fetch(TAKEN, *given):
        line = taken["line"]
        if taken["same"] and taken["theirs"]:
            batch.repeats[line] = UUID(taken["location"].rpartition("/")[2])
        else:
            batch.outcomes[line] = _OTHER_RIGHTS if taken["same"] else _OTHER_BODY


async def _store_firsts(connection: Connection, batch: Batch, pack: bytes) -> None:
    rows = _undecided(batch, pack)
    stored = {
        one["id"] for one in await connection.fetch(FIRSTS, pack.decode(), [row["line"] for row in rows])
    }
    for row in rows:
        if row["occasion"] == FIRST and UUID(row["id"]) not in stored:
            _lose(batch, row, _SECOND_FIRST)


async def _store_later(connection: Connection, batch: Batch, pack: bytes) -> None:
    rows = {row["line"]: row for row in _undecided(batch, pack)}
    for one in await connection.fetch(LATER, pack.decode(), list(rows)):
        if not one["stored"]:
            row = rows[one["line"]]
            began: date | None = one["began"]
            is_early = began is not None and began > date.fromisoformat(row["taken_on"])
            _lose(batch, row, _BEFORE_FIRST if is_early else _NO_FIRST)


async def _record(connection: Connection, desk: Desk, batch: Batch, pack: bytes) -> None:
    """Audit rows and events of what was stored; the keys of what was not are free again."""
    rows: list[Row] = orjson.loads(pack)
    stored = [row for row in rows if batch.outcomes[row["line"]] == UUID(row["id"])]
    again = [
        row for row in rows if isinstance(batch.outcomes[row["line"]], UUID) and row["line"] in batch.repeats
    ]
    await connection.copy_records_to_table(
        "audit",
        columns=AUDIT_COLUMNS,
        records=[
            *(_audited(desk, row, MEASURED_TOPIC, row["id"]) for row in stored),
            *(_audited(desk, row, "answer.replayed", batch.repeats[row["line"]]) for row in again),
        ],
    )
    await connection.execute(COUNT, [UUID(row["id"]) for row in stored])
    freed = [row["key"] for row in rows if UUID(row["id"]) in batch.lost and row["key"] is not None]
    await connection.execute(FREE, desk.caller.client, ROUTE, freed)


def _undecided(batch: Batch, pack: bytes) -> list[Row]:
    """The rows of a pack that are neither repeats nor refused."""
    rows: list[Row] = orjson.loads(pack)
    return [
        row
        for row in rows
        if row["line"] not in batch.repeats and isinstance(batch.outcomes[row["line"]], UUID)
    ]


def _lose(batch: Batch, row: Row, why: Refusal) -> None:
    batch.outcomes[row["line"]] = batch.lost[UUID(row["id"])] = why


def _audited(desk: Desk, row: Row, event: str, about: UUID | str) -> tuple[object, ...]:
    return audit_values(
        desk.platform.signer,
        caller=desk.caller,
        event=event,
        resource_type="measurement",
        resource_id=about,
        person=row["person"],
    )


async def answer_lines(batch: Batch) -> AsyncIterator[bytes]:
    """What became of each line, as lines."""
    piece: list[bytes] = []
    for number, outcome in batch.outcomes.items():
        piece.append(json_bytes(_told(number, outcome)))
        if len(piece) == LINES_A_PIECE:
            yield b"\n".join(piece) + b"\n"
            piece = []
    if piece:
        yield b"\n".join(piece) + b"\n"


def _told(number: int, outcome: UUID | Refusal) -> dict[str, Any]:
    if isinstance(outcome, UUID):
        return {"line": number, "id": outcome}
    told = {"line": number, "code": outcome.code, "pointer": outcome.pointer, "detail": outcome.detail}
    return {name: value for name, value in told.items() if value is not None}
