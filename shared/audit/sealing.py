"""The sealer: gives each audit row its number and its link in one keyed chain, within seconds of its commit.

A chain written by the requests themselves would let one of them commit at a time. So rows are sealed afterwards, once
their transaction id is below the horizon of every running transaction: from then on no row can appear before them, and the
order (txid, id) is final. What is removed before it is sealed (about a second) cannot be missed: see docs/threat-model.md.

The chain's head also stands outside the database: a file a day and service in DATA/audit-anchors. Whoever can write the whole
database can cut the chain's end off; against these files that shows. Copy them to where the database's administrators cannot write.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import structlog
from pydantic import BaseModel, ConfigDict

from shared.audit.recording import AUDIT_COLUMNS
from shared.audit.signing import AuditSigner, row_hash
from shared.db.engine import Database

ANCHORS = "audit-anchors"
BATCH = 2_000
LOCK = 0x1CC_A0D17
WHOLE_ROW = (*AUDIT_COLUMNS, "txid", "recorded_at")
"""What the seal covers, in the order in which it is hashed."""

GENESIS = bytes(32)
_DETAIL = WHOLE_ROW.index("detail")
_COLUMNS = ", ".join(f"a.{column}" for column in WHOLE_ROW)
# The horizon and the rows come from one statement's snapshot: whatever is below the horizon has ended and is visible.
_NEXT_ROWS = f"""
    select {_COLUMNS} from audit a
    where (a.txid, a.id) > ($1::text::xid8, $2::uuid) and a.txid < pg_snapshot_xmin(pg_current_snapshot())
    order by a.txid, a.id limit $3
"""  # noqa: S608 - column names from code only
_HEAD = "select seq, audit_id, txid, chain_hash from audit_seal order by seq desc limit 1"
_SEAL = """
    insert into audit_seal (seq, audit_id, txid, row_hash, chain_hash, sealed_at)
    select s.seq, s.audit_id, s.txid::text::xid8, s.row_hash, s.chain_hash, clock_timestamp()
    from unnest($1::bigint[], $2::uuid[], $3::text[], $4::bytea[], $5::bytea[]) s (seq, audit_id, txid, row_hash, chain_hash)
"""


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal: its number, the row it seals, and the chain's hash so far."""

    seq: int
    audit_id: UUID
    txid: int
    chain_hash: bytes


BEFORE_THE_FIRST = Head(seq=0, audit_id=UUID(int=0), txid=0, chain_hash=GENESIS)


async def seal_pending(database: Database, *, signer: AuditSigner, data_dir: Path) -> bool:
    """Seal the next rows that are final; True while there are more. Where another process is sealing, does nothing."""
    async with database.connection() as connection, connection.transaction():
        sealed = await _seal_batch(connection, signer)
    if sealed:
        _keep_outside(data_dir, signer, sealed[-1])
    return len(sealed) == BATCH


async def _seal_batch(connection: "asyncpg.Connection[Any]", signer: AuditSigner) -> Sequence[Head]:
    if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", LOCK):
        return []
    head = await read_head(connection)
    rows = await connection.fetch(_NEXT_ROWS, str(head.txid), head.audit_id, BATCH)
    seals, hashes = [], []
    for row in rows:
        seq, hashed = head.seq + 1, row_hash(stored_values(row))
        head = Head(seq, row["id"], row["txid"], signer.link(head.chain_hash, seq, hashed))
        seals.append(head)
        hashes.append(hashed)
    await connection.execute(
        _SEAL,
        [seal.seq for seal in seals],
        [seal.audit_id for seal in seals],
        [str(seal.txid) for seal in seals],
        hashes,
        [seal.chain_hash for seal in seals],
    )
    return seals


def _keep_outside(data_dir: Path, signer: AuditSigner, head: Head) -> None:
    """Write the day's anchor. The rows are sealed by now: a full disk is told in the log and does not undo that."""
    try:
        write_anchor(data_dir, signer.service, head.seq, head.chain_hash, now=signer.clock())
    except OSError as lost:
        structlog.get_logger(__name__).error(
            "audit.anchor_unwritten", seq=head.seq, error=type(lost).__name__
        )


async def read_head(connection: "asyncpg.Connection[Any]") -> Head:
    """The last seal of the chain."""
    row = await connection.fetchrow(_HEAD)
    return Head(**row) if row else BEFORE_THE_FIRST


def stored_values(row: "asyncpg.Record") -> tuple[Any, ...]:
    """The columns of WHOLE_ROW as the bare driver gives them, with `detail` parsed."""
    values = tuple(row[column] for column in WHOLE_ROW)
    return (*values[:_DETAIL], orjson.loads(values[_DETAIL]), *values[_DETAIL + 1 :])


class Anchor(BaseModel):
    """A head of a service's chain as it was at an instant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    seq: int
    chain_hash: str
    at: datetime


def write_anchor(data_dir: Path, service: str, seq: int, chain_hash: bytes, *, now: datetime) -> None:
    """Replace the day's anchor of a service."""
    directory = data_dir / ANCHORS
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    anchor = Anchor(service=service, seq=seq, chain_hash=chain_hash.hex(), at=now)
    fresh = directory / f".{service}.{os.getpid()}"
    fresh.write_bytes(orjson.dumps(anchor.model_dump(mode="json")) + b"\n")
    fresh.replace(directory / f"{service}-{now:%Y-%m-%d}.json")


def read_anchors(data_dir: Path, service: str) -> Sequence[Anchor]:
    """The anchors of a service, oldest first. Raises ValueError when a file is not an anchor."""
    name = re.compile(rf"{re.escape(service)}-\d{{4}}-\d{{2}}-\d{{2}}\.json")
    files = sorted(path for path in (data_dir / ANCHORS).glob("*.json") if name.fullmatch(path.name))
    return [Anchor.model_validate_json(path.read_bytes()) for path in files]
