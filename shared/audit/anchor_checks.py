"""Whether the chain in the database is the one that its anchors were taken of, and whether any of these is missing."""

from collections.abc import Sequence
from typing import Any, Literal

import asyncpg

from shared.audit.anchors import Anchor, Anchors
from shared.audit.sealing import last_epoch

ANCHORED_WITHIN = "1 minute"
BATCH = 5_000
_HASHES = "select seq, chain_hash from audit_seal where seq = any($1::bigint[])"
_UNANCHORED = f"select min(seq) from audit_seal where seq > $1 and sealed_at < clock_timestamp() - interval '{ANCHORED_WITHIN}'"  # noqa: S608 - a text from code


class AnchorBreakError(Exception):
    """What the anchors show. kind: as in `BreakKind`."""

    def __init__(self, kind: Literal["cut", "changed", "unanchored"], reason: str, *, seq: int) -> None:
        super().__init__(reason)
        self.kind = kind
        self.seq = seq


async def check_anchors(
    connection: "asyncpg.Connection[Any]", anchors: Anchors, *, service: str, head: int
) -> None:
    """Raises AnchorBreakError where the chain is not what its anchors say. head: the number of its last seal."""
    newest = anchors.newest
    if newest is None:
        raise AnchorBreakError(
            "unanchored",
            f"there is no anchor of {service} here: nothing shows that the chain is whole",
            seq=head,
        )
    _check_links(anchors)
    await _check_epoch(connection, newest)
    standing = [anchor for anchor in anchors.kept if not _was_undone(anchors, anchor)]
    for start in range(0, len(standing), BATCH):
        await _check_hashes(connection, standing[start : start + BATCH])
    bare = await connection.fetchval(_UNANCHORED, newest.seq)
    if bare is not None:
        raise AnchorBreakError(
            "unanchored",
            f"the newest anchor is of {newest.at:%Y-%m-%d} and covers none of the seals from {bare} on",
            seq=bare,
        )


def lost_by_restores(anchors: Anchors) -> int:
    """How many seals the anchors know of that restores have undone."""
    lost = 0
    for epoch, begun in anchors.begun.items():
        before = [
            anchor.seq
            for anchor in anchors.kept
            if anchor.epoch < epoch and not _was_undone(anchors, anchor, by=epoch)
        ]
        lost += max(0, max(before, default=begun) - begun)
    return lost


def _check_links(anchors: Anchors) -> None:
    known = {0, *(anchor.seq for anchor in anchors.kept)}
    for anchor in anchors.kept:
        if anchor.after not in known:
            raise AnchorBreakError(
                "unanchored",
                f"an anchor of {anchor.at:%Y-%m-%d} follows one at {anchor.after}, which is missing or damaged",
                seq=anchor.after,
            )


async def _check_epoch(connection: "asyncpg.Connection[Any]", newest: Anchor) -> None:
    epoch = await last_epoch(connection)
    if epoch != newest.epoch:
        raise AnchorBreakError(
            "changed",
            f"the database is of epoch {epoch or 0} and its newest anchor of epoch {newest.epoch}: "
            "it was restored or replaced without a word",
            seq=newest.seq,
        )


async def _check_hashes(connection: "asyncpg.Connection[Any]", anchors: Sequence[Anchor]) -> None:
    kept = {
        row["seq"]: row["chain_hash"].hex()
        for row in await connection.fetch(_HASHES, [anchor.seq for anchor in anchors])
    }
    for anchor in anchors:
        if anchor.seq == 0:
            continue
        if anchor.seq not in kept:
            raise AnchorBreakError(
                "cut", f"the chain ends before the anchor of {anchor.at:%Y-%m-%d}", seq=anchor.seq
            )
        if kept[anchor.seq] != anchor.chain_hash:
            raise AnchorBreakError(
                "changed", f"the chain is not that of the anchor of {anchor.at:%Y-%m-%d}", seq=anchor.seq
            )


def _was_undone(anchors: Anchors, anchor: Anchor, *, by: int | None = None) -> bool:
    """Whether a restore went back behind this anchor.   by: only the restores before this epoch."""
    return any(
        anchor.epoch < epoch and anchor.seq > begun
        for epoch, begun in anchors.begun.items()
        if by is None or epoch < by
    )
