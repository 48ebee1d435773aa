"""Lists of rows of which a caller may not read all."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID


class Identified(Protocol):
    """A row with an id that grows with time."""

    @property
    def id(self) -> UUID:
        """Its key."""


Row = TypeVar("Row", bound=Identified)


async def newest_seen(
    read: Callable[[UUID | None], Awaitable[Sequence[Row]]],
    *,
    sees: Callable[[Row], bool],
    before: UUID | None,
    limit: int,
) -> list[Row]:
    """As many as were asked for, whatever the caller may not read of them; newest first.

    read: the next `limit` rows older than an id, or the newest.   before: the last one shown.
    """
    found: list[Row] = []
    while len(found) < limit:
        rows = await read(before)
        found += filter(sees, rows)
        if len(rows) < limit:
            break
        before = rows[-1].id
    return found[:limit]
