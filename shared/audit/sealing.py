"""The sealer: gives each audit row its number and its link in one keyed chain, within seconds of its commit.

A chain written by the requests themselves would let one of them commit at a time. So rows are sealed afterwards, in the order
in which the sealer finds them. What is removed before it is sealed (about a second) cannot be missed: see docs/threat-model.md.

Before each sealing the table is compared with the newest anchor. A table that is behind it was cut, and sealing on would
hide that: the sealer stops, and says so in the log, in its metrics and in a row of the audit.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import structlog

from shared.audit.anchors import Anchor, newest_anchor, write_anchor
from shared.audit.arrivals import WHOLE_ROW, Arrivals, oldest_unsealed
from shared.audit.recording import record_on
from shared.audit.signing import AuditSigner, row_hash
from shared.db.engine import DATABASE_LOSSES, Database
from shared.telemetry.metrics import audit_metrics

BATCH = 2_000
LOCK = 0x1CC_A0D17
GENESIS = bytes(32)
FIRST_EPOCH = 1
REMINDED_EVERY = timedelta(minutes=1)
STOPPED = "audit.sealing-stopped"

_DETAIL = WHOLE_ROW.index("detail")
_HEAD = "select seq, audit_id, chain_hash from audit_seal order by seq desc limit 1"
_CHAIN_HASH = "select chain_hash from audit_seal where seq = $1"
_EPOCH = "select max(epoch) from audit_epoch"
_BEGIN_EPOCH = "insert into audit_epoch (epoch, after_seq, reason) values ($1, $2, $3)"
_SEAL = """
    insert into audit_seal (seq, audit_id, row_hash, chain_hash, sealed_at)
    select s.seq, s.audit_id, s.row_hash, s.chain_hash, clock_timestamp()
    from unnest($1::bigint[], $2::uuid[], $3::bytea[], $4::bytea[]) s (seq, audit_id, row_hash, chain_hash)
"""


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal: its number, the row it seals, and the chain's hash so far."""

    seq: int
    audit_id: UUID
    chain_hash: bytes


BEFORE_THE_FIRST = Head(seq=0, audit_id=UUID(int=0), chain_hash=GENESIS)


class Doubt(StrEnum):
    """Why the table cannot be the one that was sealed last."""

    CUT = "the table ends before its newest anchor"
    CHANGED = "the table is not the one its newest anchor was taken of"
    UNANCHORED = "the database was sealed before, and its anchors are gone"
    ANOTHER_EPOCH = "the database and its anchors are of different epochs"


class ChainDoubtError(Exception):
    """Nothing may be sealed until somebody has looked."""

    def __init__(self, doubt: Doubt) -> None:
        super().__init__(doubt)
        self.doubt = doubt


@dataclass(slots=True)
class Sealer:
    """Seals one service's audit. It remembers what it has seen, so a process keeps one for its life."""

    database: Database
    signer: AuditSigner
    data_dir: Path
    _arrivals: Arrivals = field(default_factory=Arrivals)
    _newest: Anchor | None = None
    _told: float | None = None

    async def seal_pending(self) -> bool:
        """Seal the rows that have no seal; True while there are more. Where another process is sealing, does nothing.

        Where the table is not what its newest anchor says, seals nothing and tells of it.
        """
        try:
            async with self.database.connection() as connection, connection.transaction():
                sealed = await self._seal_batch(connection)
        except ChainDoubtError as doubted:
            await self._stop(doubted.doubt)
            return False
        except BaseException:
            self._arrivals = Arrivals()  # what was seen may not have been sealed
            raise
        if sealed is None:
            return False
        head, rows = sealed
        await self._keep_outside(head)
        await self._measure()
        return rows >= BATCH or self._arrivals.is_sweeping

    async def _seal_batch(self, connection: "asyncpg.Connection[Any]") -> tuple[Head, int] | None:
        """The head after the next rows were sealed, and their number; None where another process is sealing."""
        if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", LOCK):
            return None
        head = await read_head(connection)
        await self._compare(connection, head)
        rows = await self._arrivals.unsealed(connection, limit=BATCH)
        return (await self._seal(connection, head, rows) if rows else head), len(rows)

    async def _compare(self, connection: "asyncpg.Connection[Any]", head: Head) -> None:
        """Raises ChainDoubtError unless the table holds what its newest anchor says. A database that is new begins here."""
        read = await asyncio.to_thread(newest_anchor, self.data_dir, self.signer)
        self._newest = max(filter(None, (self._newest, read)), key=lambda one: one.place, default=None)
        epoch = await last_epoch(connection)
        if epoch is None and (self._newest is None or self._newest.seq == 0):
            await self._begin(connection, head)
            return
        if self._newest is None:
            raise ChainDoubtError(Doubt.UNANCHORED)
        if epoch != self._newest.epoch:
            raise ChainDoubtError(Doubt.ANOTHER_EPOCH)
        kept = await chain_hash_at(connection, self._newest.seq)
        if kept is None:
            raise ChainDoubtError(Doubt.CUT)
        if kept.hex() != self._newest.chain_hash:
            raise ChainDoubtError(Doubt.CHANGED)

    async def _begin(self, connection: "asyncpg.Connection[Any]", head: Head) -> None:
        """The first epoch. Its anchor is written first, so that a database that has begun always has one."""
        reason = (
            "the first epoch" if head.seq == 0 else "the first epoch, of a chain that had no signed anchors"
        )
        anchor = self._anchor_of(head, epoch=FIRST_EPOCH, after=head.seq, reason=reason)
        await asyncio.to_thread(write_anchor, self.data_dir, self.signer, anchor)
        await begin_epoch(connection, anchor)
        self._newest = anchor

    async def _seal(
        self, connection: "asyncpg.Connection[Any]", head: Head, rows: Sequence[asyncpg.Record]
    ) -> Head:
        seals, hashes = [], []
        for row in rows:
            seq, hashed = head.seq + 1, row_hash(stored_values(row))
            head = Head(seq, row["id"], self.signer.link(head.chain_hash, seq, hashed))
            seals.append(head)
            hashes.append(hashed)
        await connection.execute(
            _SEAL,
            [seal.seq for seal in seals],
            [seal.audit_id for seal in seals],
            hashes,
            [seal.chain_hash for seal in seals],
        )
        return head

    async def _keep_outside(self, head: Head) -> None:
        """Add an anchor of the head. The rows are sealed by now: a full disk is told in the log, and tried again next time."""
        if self._newest is None or head.seq <= self._newest.seq:
            return
        anchor = self._anchor_of(head, epoch=self._newest.epoch, after=self._newest.seq)
        try:
            await asyncio.to_thread(write_anchor, self.data_dir, self.signer, anchor)
        except OSError as lost:
            structlog.get_logger(__name__).error(
                "audit.anchor_unwritten", seq=head.seq, error=type(lost).__name__
            )
        else:
            self._newest = anchor

    def _anchor_of(self, head: Head, *, epoch: int, after: int, reason: str | None = None) -> Anchor:
        return anchor_of(self.signer, head, epoch=epoch, after=after, reason=reason)

    async def _measure(self) -> None:
        async with self.database.connection() as connection:
            waited = await oldest_unsealed(connection)
        audit_metrics().sealed(oldest_seconds=waited)
        self._told = None

    async def _stop(self, doubt: Doubt) -> None:
        """Tell of it: in the metrics at once, in the log every minute, in the audit once."""
        audit_metrics().stopped()
        now = time.monotonic()
        if self._told is None:
            await self._record_stop(doubt)
        if self._told is None or now - self._told >= REMINDED_EVERY.total_seconds():
            structlog.get_logger(__name__).error(
                "audit.sealing_stopped", service=self.signer.service, doubt=str(doubt)
            )
            self._told = now

    async def _record_stop(self, doubt: Doubt) -> None:
        """The row stays without a seal, so that readiness warns of it in every process."""
        with suppress(*DATABASE_LOSSES):
            async with self.database.connection() as connection:
                await record_on(
                    connection,
                    self.signer,
                    caller=None,
                    event=STOPPED,
                    outcome="failed",
                    code=doubt.name.lower(),
                    resource_type="audit",
                )


async def read_head(connection: "asyncpg.Connection[Any]") -> Head:
    """The last seal of the chain."""
    row = await connection.fetchrow(_HEAD)
    return Head(**row) if row else BEFORE_THE_FIRST


async def chain_hash_at(connection: "asyncpg.Connection[Any]", seq: int) -> bytes | None:
    """The chain's hash behind a number, None when the chain is shorter."""
    if seq == 0:
        return GENESIS
    found: bytes | None = await connection.fetchval(_CHAIN_HASH, seq)
    return found


async def last_epoch(connection: "asyncpg.Connection[Any]") -> int | None:
    """The epoch that the database is in, None before its first sealing."""
    found: int | None = await connection.fetchval(_EPOCH)
    return found


async def begin_epoch(connection: "asyncpg.Connection[Any]", anchor: Anchor) -> None:
    """Note in the database that the epoch of this anchor has begun behind it."""
    await connection.execute(_BEGIN_EPOCH, anchor.epoch, anchor.seq, anchor.reason)


def anchor_of(
    signer: AuditSigner, head: Head, *, epoch: int, after: int, reason: str | None = None
) -> Anchor:
    """The anchor of a head, at this instant."""
    return Anchor(
        service=signer.service,
        epoch=epoch,
        seq=head.seq,
        chain_hash=head.chain_hash.hex(),
        at=signer.clock().astimezone(UTC),
        after=after,
        reason=reason,
    )


def stored_values(row: asyncpg.Record) -> tuple[Any, ...]:
    """The columns of WHOLE_ROW as the bare driver gives them, with `detail` parsed."""
    values = tuple(row[column] for column in WHOLE_ROW)
    return (*values[:_DETAIL], orjson.loads(values[_DETAIL]), *values[_DETAIL + 1 :])
