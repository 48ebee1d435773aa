"""A database that went back in time on purpose: its next epoch begins behind the last seal that it still has.

The anchors say so outside the database, signed; the sealer goes on from there, and `verify` tells what was undone.
"""

from pathlib import Path
from typing import Any

import asyncpg

from shared.audit.anchors import Anchor, newest_anchor, write_anchor
from shared.audit.recording import record_on
from shared.audit.sealing import FIRST_EPOCH, LOCK, anchor_of, begin_epoch, last_epoch, read_head
from shared.audit.signing import AuditSigner

RESTORED = "audit.restored"


async def begin_next_epoch(
    connection: "asyncpg.Connection[Any]", *, signer: AuditSigner, data_dir: Path, reason: str
) -> Anchor:
    """Begin the epoch after the last that database and anchors know of, and record that; gives its first anchor.

    connection: of a role that may write epochs.   data_dir: where the service's anchors lie.   reason: for the auditor, without
    personal data.
    """
    async with connection.transaction():
        # No sealer may look in the middle of it.
        await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
        head = await read_head(connection)
        newest = newest_anchor(data_dir, signer)
        known = (await last_epoch(connection), newest.epoch if newest else None)
        epoch = max((one for one in known if one is not None), default=FIRST_EPOCH - 1) + 1
        anchor = anchor_of(signer, head, epoch=epoch, after=newest.seq if newest else head.seq, reason=reason)
        undone = max(0, newest.seq - head.seq) if newest else 0
        await begin_epoch(connection, anchor)
        detail = {"epoch": epoch, "after_seq": head.seq, "seals_undone": undone, "reason": reason}
        await record_on(connection, signer, caller=None, event=RESTORED, resource_type="audit", detail=detail)
        write_anchor(data_dir, signer, anchor)
    return anchor
