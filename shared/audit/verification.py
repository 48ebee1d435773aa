"""Finding tampering: walk the chain from its first seal and name the first thing that does not hold.

| found | by |
| --- | --- |
| a changed row | its MAC, and the hash of the whole row in its seal |
| a deleted row | its seal, which names it; a deleted seal by the gap in the numbers |
| an inserted row | a MAC that no service made |
| a reordered seal | the keyed link from seal to seal |
| a row kept from the sealer | no seal after a minute |
| a chain cut short, or made anew | the anchors outside the database, each of which names the one before |
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from shared.audit.anchor_checks import AnchorBreakError, check_anchors
from shared.audit.anchors import anchor_days, summary_of
from shared.audit.arrivals import LOWEST, WHOLE_ROW, unsealed_above
from shared.audit.sealing import BEFORE_THE_FIRST, Head, stored_values
from shared.audit.signing import SIGNED_COLUMNS, AuditSigner, row_hash
from shared.db.engine import Database

BATCH = 5_000
LONGEST_UNSEALED_SECONDS = 60
SEALER_PATIENCE_SECONDS = 5.0
_POLL_SECONDS = 0.25
_COLUMNS = ", ".join(f"a.{column}" for column in WHOLE_ROW)
_MAC = WHOLE_ROW.index("mac")
_RECORDED_AT = WHOLE_ROW.index("recorded_at")
_SEALED = f"""
    select s.seq, s.audit_id, s.row_hash, s.chain_hash, {_COLUMNS}
    from audit_seal s left join audit a on a.id = s.audit_id where s.seq > $1 order by s.seq limit $2
"""  # noqa: S608 - column names from code only
_HAS_SEAL = "select exists (select from audit_seal where audit_id = $1)"


class BreakKind(StrEnum):
    """What was done to the record."""

    CHANGED = "changed"
    DELETED = "deleted"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CUT = "cut"
    UNANCHORED = "unanchored"
    UNSEALED = "unsealed"


@dataclass(frozen=True, slots=True)
class Break:
    """The first thing that does not hold: what was done, at which seal and row, in a sentence for the auditor."""

    kind: BreakKind
    seq: int | None
    audit_id: UUID | None
    reason: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a walk over the whole audit found.

    unsealed: rows without a seal, of which only the MACs were checked.   epoch: which life of the database this is.
    since: when the first anchor was taken, None where there is none.
    undone: seals that the anchors know of, and that restores went back behind.
    """

    service: str
    sealed: int
    unsealed: int
    anchors: int
    epoch: int
    since: datetime | None
    undone: int
    first_break: Break | None

    @property
    def ok(self) -> bool:
        """Whether everything held."""
        return self.first_break is None


class _BrokenError(Exception):
    def __init__(
        self, kind: BreakKind, reason: str, *, seq: int | None = None, audit_id: UUID | None = None
    ) -> None:
        super().__init__(reason)
        self.found = Break(kind, seq, audit_id, reason)


@dataclass(frozen=True, slots=True)
class _Unsealed:
    """Rows without a seal: how many, and which has waited longest and for how many seconds."""

    count: int = 0
    oldest: UUID | None = None
    seconds: float = 0.0


async def verify(
    database: Database, *, signer: AuditSigner, data_dir: Path, patience: float = SEALER_PATIENCE_SECONDS
) -> AuditReport:
    """Check every audit row, seal and anchor of one service's database, in one snapshot of it.

    data_dir: where the anchors lie.   patience: how many seconds a row that should have a seal may still get one.
    """
    # Read before the snapshot is taken: an anchor is written after its seal was committed, so the snapshot has that seal.
    summary = summary_of(data_dir, signer)
    head, unsealed = BEFORE_THE_FIRST, _Unsealed()
    first_break = None
    async with (
        database.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        try:
            async for batch in _sealed_batches(connection):
                for row in batch:
                    head = _check_sealed(signer, head, row)
            unsealed = await _check_unsealed(connection, signer)
            days = anchor_days(data_dir, signer)
            await check_anchors(connection, summary, days, service=signer.service, head=head.seq)
        except _BrokenError as broken:
            first_break = broken.found
        except AnchorBreakError as broken:
            first_break = Break(BreakKind(broken.kind), broken.seq, None, str(broken))
    return AuditReport(
        signer.service,
        head.seq,
        unsealed.count,
        summary.count,
        summary.newest.epoch if summary.newest else 0,
        summary.since,
        summary.undone,
        first_break or await _kept_from_sealer(database, unsealed, patience=patience),
    )


async def _sealed_batches(connection: "asyncpg.Connection[Any]") -> AsyncIterator[Sequence[asyncpg.Record]]:
    seq = -1
    while batch := await connection.fetch(_SEALED, seq, BATCH):
        seq = batch[-1]["seq"]
        yield batch


def _check_sealed(signer: AuditSigner, head: Head, row: asyncpg.Record) -> Head:
    seq, audit_id = head.seq + 1, row["audit_id"]
    if row["seq"] != seq:
        raise _BrokenError(BreakKind.DELETED, "the seal with this number is missing", seq=seq)
    if row["id"] is None:
        raise _BrokenError(BreakKind.DELETED, "the sealed row is gone", seq=seq, audit_id=audit_id)
    values = stored_values(row)
    if not _mac_holds(signer, values):
        raise _BrokenError(
            BreakKind.CHANGED, "the row is not what its writer signed", seq=seq, audit_id=audit_id
        )
    if not compare_digest(row_hash(values), row["row_hash"]):
        raise _BrokenError(BreakKind.CHANGED, "the row is not what was sealed", seq=seq, audit_id=audit_id)
    link = signer.link(head.chain_hash, seq, row["row_hash"])
    if not compare_digest(link, row["chain_hash"]):
        raise _BrokenError(
            BreakKind.REORDERED,
            "the seal does not follow from the one before: seals were changed or reordered",
            seq=seq,
            audit_id=audit_id,
        )
    return Head(seq, audit_id, link)


async def _check_unsealed(connection: "asyncpg.Connection[Any]", signer: AuditSigner) -> _Unsealed:
    count, oldest, place = 0, None, LOWEST
    while True:
        rows, end = await unsealed_above(connection, place)
        for values in map(stored_values, rows):
            if not _mac_holds(signer, values):
                raise _BrokenError(
                    BreakKind.INSERTED,
                    "the row, not sealed yet, was not signed by this service",
                    audit_id=values[0],
                )
            oldest = min(filter(None, (oldest, (values[_RECORDED_AT], values[0]))))
        count += len(rows)
        if end is None:
            break
        place = end
    if oldest is None:
        return _Unsealed()
    waited = await connection.fetchval("select clock_timestamp() - $1::timestamptz", oldest[0])
    return _Unsealed(count, oldest[1], waited.total_seconds())


async def _kept_from_sealer(database: Database, unsealed: _Unsealed, *, patience: float) -> Break | None:
    """A break when the oldest unsealed row is older than a minute, and stays so.

    A transaction that ran for long may have committed just now, so the sealer is given a moment.
    """
    if unsealed.seconds <= LONGEST_UNSEALED_SECONDS:
        return None
    waiting = patience
    while waiting > 0:
        async with database.connection() as connection:
            if await connection.fetchval(_HAS_SEAL, unsealed.oldest):
                return None
        await asyncio.sleep(_POLL_SECONDS)
        waiting -= _POLL_SECONDS
    reason = f"the oldest row without a seal is {unsealed.seconds:.0f} seconds old: the sealer is stopped, or kept from it"
    return Break(BreakKind.UNSEALED, None, unsealed.oldest, reason)


def _mac_holds(signer: AuditSigner, values: Sequence[Any]) -> bool:
    """Whether the row's MAC is that of its signed columns."""
    return compare_digest(signer.mac(values[: len(SIGNED_COLUMNS)]), values[_MAC])
