"""Finding tampering: walk the chain from its first seal and name the first thing that does not hold.

| found | by |
| --- | --- |
| a changed row | its MAC, and the hash of the whole row in its seal |
| a deleted row | its seal, which names it; a deleted seal by the gap in the numbers |
| an inserted row | no seal though later rows have one; a forged MAC where it is not sealed yet |
| a reordered row or seal | the keyed link from seal to seal, and the order of transactions |
| a chain cut short | the anchors outside the database |
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from shared.audit.sealing import BEFORE_THE_FIRST, WHOLE_ROW, Anchor, Head, read_anchors, stored_values
from shared.audit.signing import SIGNED_COLUMNS, AuditSigner, row_hash
from shared.db.engine import Database

BATCH = 5_000
_COLUMNS = ", ".join(f"a.{column}" for column in WHOLE_ROW)
_MAC = WHOLE_ROW.index("mac")
_SEALED = f"""
    select s.seq, s.audit_id, s.txid as sealed_txid, s.row_hash, s.chain_hash, {_COLUMNS}
    from audit_seal s left join audit a on a.id = s.audit_id where s.seq > $1 order by s.seq limit $2
"""  # noqa: S608 - column names from code only
_UNSEALED = f"""
    select {_COLUMNS} from audit a where (a.txid, a.id) > ($1::text::xid8, $2::uuid) order by a.txid, a.id limit $3
"""  # noqa: S608 - column names from code only
_BETWEEN = "a.txid >= $1::text::xid8 and (a.txid, a.id) > ($1::text::xid8, $2::uuid) and (a.txid, a.id) <= ($3::text::xid8, $4::uuid)"
_COUNT_BETWEEN = f"select count(*) from audit a where {_BETWEEN}"  # noqa: S608 - text from code only
_NOT_SEALED_BETWEEN = f"""
    select a.id from audit a left join audit_seal s on s.audit_id = a.id
    where {_BETWEEN} and s.seq is null order by a.txid, a.id limit 1
"""  # noqa: S608 - text from code only


class BreakKind(StrEnum):
    """What was done to the record."""

    CHANGED = "changed"
    DELETED = "deleted"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Break:
    """The first thing that does not hold: what was done, at which seal and row, in a sentence for the auditor."""

    kind: BreakKind
    seq: int | None
    audit_id: UUID | None
    reason: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a walk over the whole audit found. `unsealed` rows are younger than the last seal, and only their MACs were checked."""

    service: str
    sealed: int
    unsealed: int
    anchors: int
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


async def verify(database: Database, *, signer: AuditSigner, data_dir: Path) -> AuditReport:
    """Check every audit row, seal and anchor of one service's database, in one snapshot of it.

    data_dir: where the anchors lie. A damaged anchor file raises ValueError: it says nothing about the rows.
    """
    # Read before the snapshot is taken: an anchor is written after its seal was committed, so the snapshot has that seal.
    anchors = read_anchors(data_dir, signer.service)
    head, unsealed = BEFORE_THE_FIRST, 0
    first_break = None
    async with (
        database.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        try:
            async for batch in _sealed_batches(connection):
                head = await _check_batch(connection, signer, head, batch)
            unsealed = await _check_unsealed(connection, signer, head)
            await _check_anchors(connection, anchors)
        except _BrokenError as broken:
            first_break = broken.found
    return AuditReport(signer.service, head.seq, unsealed, len(anchors), first_break)


async def _sealed_batches(connection: "asyncpg.Connection[Any]") -> AsyncIterator[Sequence[asyncpg.Record]]:
    seq = -1
    while batch := await connection.fetch(_SEALED, seq, BATCH):
        seq = batch[-1]["seq"]
        yield batch


async def _check_batch(
    connection: "asyncpg.Connection[Any]", signer: AuditSigner, before: Head, batch: Sequence[asyncpg.Record]
) -> Head:
    head = before
    for row in batch:
        head = _check_sealed(signer, head, row)
    place = (str(before.txid), before.audit_id, str(head.txid), head.audit_id)
    if await connection.fetchval(_COUNT_BETWEEN, *place) != len(batch):
        inserted = await connection.fetchval(_NOT_SEALED_BETWEEN, *place)
        raise _BrokenError(
            BreakKind.INSERTED, "the row has no seal, though later ones have", audit_id=inserted
        )
    return head


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
    if (row["txid"], audit_id) <= (head.txid, head.audit_id) or row["sealed_txid"] != row["txid"]:
        raise _BrokenError(BreakKind.REORDERED, "the row stands out of order", seq=seq, audit_id=audit_id)
    link = signer.link(head.chain_hash, seq, row["row_hash"])
    if not compare_digest(link, row["chain_hash"]):
        raise _BrokenError(
            BreakKind.REORDERED,
            "the seal does not follow from the one before: seals were changed or reordered",
            seq=seq,
            audit_id=audit_id,
        )
    return Head(seq, audit_id, row["txid"], link)


async def _check_unsealed(connection: "asyncpg.Connection[Any]", signer: AuditSigner, head: Head) -> int:
    count, txid, audit_id = 0, head.txid, head.audit_id
    while batch := await connection.fetch(_UNSEALED, str(txid), audit_id, BATCH):
        for row in batch:
            if not _mac_holds(signer, stored_values(row)):
                raise _BrokenError(
                    BreakKind.INSERTED,
                    "the row, not sealed yet, was not signed by this service",
                    audit_id=row["id"],
                )
        count += len(batch)
        txid, audit_id = batch[-1]["txid"], batch[-1]["id"]
    return count


async def _check_anchors(connection: "asyncpg.Connection[Any]", anchors: Sequence[Anchor]) -> None:
    for anchor in anchors:
        kept = await connection.fetchval("select chain_hash from audit_seal where seq = $1", anchor.seq)
        if kept is None:
            raise _BrokenError(
                BreakKind.CUT, f"the chain ends before the anchor of {anchor.at:%Y-%m-%d}", seq=anchor.seq
            )
        if kept.hex() != anchor.chain_hash:
            raise _BrokenError(
                BreakKind.CHANGED,
                f"the chain is not that of the anchor of {anchor.at:%Y-%m-%d}",
                seq=anchor.seq,
            )


def _mac_holds(signer: AuditSigner, values: Sequence[Any]) -> bool:
    """Whether the row's MAC is that of its signed columns."""
    return compare_digest(signer.mac(values[: len(SIGNED_COLUMNS)]), values[_MAC])
