"""Lines become rows while they arrive. Rows wait packed, a few hundred together: a batch of 100,000 takes a few megabytes."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson

from services.outcomes.measurement_batches.rules import MOST_LINES, Line
from services.outcomes.measurement_batches.schemas import BatchLine
from services.outcomes.measurements.places import Desk
from services.outcomes.measurements.recording import drafted
from shared.http.bodies import parse_json_body
from shared.idempotency.answers import KeyedRequest, digest_under_key, rights_of
from shared.problems import Problem, TooLarge

ROUTE: Final = "POST /v1/measurements/batch"
PACK_LINES: Final = 500
LINES_A_TURN: Final = 25
"""So many lines are checked, some milliseconds, before other requests get their turn."""
_FAST: Final = 1


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a line is not stored."""

    code: str
    pointer: str | None
    detail: str

    @classmethod
    def of(cls, problem: Problem) -> "Refusal":
        """What a problem says first."""
        if problem.errors:
            first = problem.errors[0]
            return cls(first.code, first.pointer, first.detail)
        return cls(problem.code, None, problem.detail)


@dataclass(slots=True)
class Batch:
    """What is known of a batch: for each line its id or why it is refused, and rows in packs.

    outcomes: by line number, in order.   repeats: lines whose key was taken, with the id that it brought.
    lost: ids of lines that turned out not to be stored.   Each row is the columns of a measurement with its `line`, `key`
    and `digest`.
    """

    outcomes: dict[int, UUID | Refusal] = field(default_factory=dict)
    repeats: dict[int, UUID] = field(default_factory=dict)
    lost: dict[UUID, Refusal] = field(default_factory=dict)
    packs: list[bytes] = field(default_factory=list)
    _open: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, row: Mapping[str, Any]) -> None:
        """Keep a row until the batch is stored."""
        self.outcomes[row["line"]] = row["id"]
        self._open.append(row)
        if len(self._open) == PACK_LINES:
            self.close()

    def close(self) -> None:
        """Pack what is open."""
        if self._open:
            self.packs.append(zlib.compress(orjson.dumps(self._open, default=_plain), _FAST))
            self._open = []

    def rows(self) -> Iterator[bytes]:
        """The packs as JSON, one after the other."""
        return map(zlib.decompress, self.packs)


async def checked_batch(desk: Desk, lines: AsyncIterator[Line], *, key: str | None) -> Batch:
    """Every line of a body, checked. key: of the whole batch; it makes one for each line that has none.

    Raises TooLarge for more than 100,000 lines.
    """
    batch = Batch()
    async for line in lines:
        if len(batch.outcomes) == MOST_LINES:
            raise TooLarge(f"A batch may have {MOST_LINES:,} lines; nothing of it was stored.")
        if len(batch.outcomes) % LINES_A_TURN == 0:
            await asyncio.sleep(0)
        try:
            batch.add(_row(desk, line, key=key))
        except Problem as wrong:
            batch.outcomes[line.number] = Refusal.of(wrong)
    batch.close()
    return batch


def _row(desk: Desk, line: Line, *, key: str | None) -> dict[str, Any]:
    """A line's row. Raises whatever problem a measurement by itself would be answered with."""
    if line.content is None:
        raise TooLarge("A line may have 1 MiB.")
    asked = parse_json_body(line.content, BatchLine, now=desk.now)
    row = drafted(desk, asked).row
    named = asked.key if asked.key is not None else key and f"{key}:{line.number}"
    if named is None:
        return row | {"line": line.number, "key": None, "digest": None}
    keyring = desk.platform.keyring
    digest = digest_under_key(keyring, asked)
    keyed = KeyedRequest.of(keyring, desk.caller, route=ROUTE, key=named, digest=digest)
    return row | {"line": line.number, "key": keyed.key, "digest": digest.hex()}


def told_rights(desk: Desk) -> str:
    """What the answers to a batch were given to, as it is kept beside each key."""
    return orjson.dumps(rights_of(desk.caller)).decode()


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
