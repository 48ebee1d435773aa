"""Whether the chain in the database is the one that its anchors were taken of, and whether any of these is missing."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Any, Literal

import asyncpg

from shared.audit.anchors import Anchor, Summary
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
    connection: "asyncpg.Connection[Any]",
    summary: Summary,
    days: Iterable[Sequence[Anchor]],
    *,
    service: str,
    head: int,
) -> None:
    """Raises AnchorBreakError where the chain is not what its anchors say.

    summary: of what was read before the database's snapshot was taken.   days: the same anchors, and perhaps younger ones.
    head: the number of the last seal.
    """
    newest = summary.newest
    if newest is None:
        raise AnchorBreakError(
            "unanchored",
            f"there is no anchor of {service} here: nothing shows that the chain is whole",
            seq=head,
        )
    await _check_epoch(connection, newest)
    for day in _linked(days):
        known = [one for one in day if one.place <= newest.place and not summary.was_undone(one)]
        for start in range(0, len(known), BATCH):
            await _check_hashes(connection, known[start : start + BATCH])
    bare = await connection.fetchval(_UNANCHORED, newest.seq)
    if bare is not None:
        raise AnchorBreakError(
            "unanchored",
            f"the newest anchor is of {newest.at:%Y-%m-%d} and covers none of the seals from {bare} on",
            seq=bare,
        )


def _linked(days: Iterable[Sequence[Anchor]]) -> Iterator[Sequence[Anchor]]:
    """Each day, once every anchor of it follows one of that day, or of the day before or after: clocks are set back too."""
    before: set[int] = {0}
    empty: Sequence[Anchor] = ()
    for day, following in pairwise(chain((one for one in days if one), [empty])):
        own = {anchor.seq for anchor in day}
        known = before | own | {anchor.seq for anchor in following}
        for anchor in day:
            if anchor.after not in known:
                raise AnchorBreakError(
                    "unanchored",
                    f"an anchor of {anchor.at:%Y-%m-%d} follows one at {anchor.after}, which is missing or damaged",
                    seq=anchor.after,
                )
        yield day
        before = own


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
