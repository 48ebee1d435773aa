"""Which audit rows have no seal yet. The server counts rows as they arrive; a number that is missing may still come.

A row's transaction may end long after rows behind it were sealed, or never. So the sealer takes what it sees at once and
remembers the numbers that it has not seen. Nothing here depends on a transaction id or on what else runs on the server.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg

from shared.audit.recording import AUDIT_COLUMNS

WHOLE_ROW = (*AUDIT_COLUMNS, "txid", "recorded_at")
"""What the seal covers, in the order in which it is hashed."""

AWAITED = timedelta(days=1)
MOST_AWAITED = 10_000
LARGEST_GAP = 1_000
SWEPT_EVERY = timedelta(days=1)
WINDOW = 20_000
RECENT_SEALS = 100

_COLUMNS = ", ".join(f"a.{column}" for column in WHOLE_ROW)
_ROW = f"select {_COLUMNS}, a.arrival, s.seq from audit a left join audit_seal s on s.audit_id = a.id"  # noqa: S608 - names from code only
_FRESH = f"{_ROW} where a.arrival > $1 order by a.arrival limit $2"
_LATE = f"{_ROW} where a.arrival = any($1::bigint[]) order by a.arrival limit $2"
_LAST_SEALED = f"""
    select coalesce(max(a.arrival), 0)
    from (select audit_id from audit_seal order by seq desc limit {RECENT_SEALS}) s join audit a on a.id = s.audit_id
"""  # noqa: S608 - a number from code
_WINDOW_BELOW = (
    "select min(arrival) from (select arrival from audit where arrival < $1 order by arrival desc limit $2) w"
)
_WINDOW_ABOVE = (
    "select max(arrival) from (select arrival from audit where arrival > $1 order by arrival limit $2) w"
)
_UNSEALED_WITHIN = f"""
    select {_COLUMNS}, a.arrival, null::bigint as seq from audit a
    where a.arrival between $1 and $2 and not exists (select from audit_seal s where s.audit_id = a.id)
    order by a.arrival limit $3
"""  # noqa: S608 - column names from code only
_OLDEST_UNSEALED = f"""
    select extract(epoch from clock_timestamp() - a.recorded_at)::float8 from audit a
    where a.arrival > ({_LAST_SEALED}) and not exists (select from audit_seal s where s.audit_id = a.id)
    order by a.arrival limit 1
"""  # noqa: S608 - text from code only

LOWEST = -(2**63)

Records = Sequence[asyncpg.Record]


async def oldest_unsealed(connection: "asyncpg.Connection[Any]") -> float:
    """For how many seconds the oldest row behind the last seals has waited for its own; 0 where none waits."""
    return max(0.0, await connection.fetchval(_OLDEST_UNSEALED) or 0.0)


async def unsealed_above(connection: "asyncpg.Connection[Any]", arrival: int) -> tuple[Records, int | None]:
    """Rows without a seal in the next window above a number, and the window's end; None when there is no more."""
    end = await connection.fetchval(_WINDOW_ABOVE, arrival, WINDOW)
    if end is None:
        return (), None
    rows: Records = await connection.fetch(_UNSEALED_WITHIN, arrival + 1, end, WINDOW)
    return rows, end


@dataclass(slots=True)
class Arrivals:
    """What one sealer has seen of the numbers.

    seen: the highest.   missing: number → when it was first missed, by the process's clock.   swept: everything from here on was
    looked at in this walk over the whole table, None between two walks.
    """

    seen: int | None = None
    missing: dict[int, float] = field(default_factory=dict)
    swept: int | None = None
    sweep_ended: float | None = None

    async def unsealed(self, connection: "asyncpg.Connection[Any]", *, limit: int) -> Records:
        """The next rows that have no seal, in the order in which they arrived. limit: of each of the three places they come from."""
        if self.seen is None:
            self.seen = await connection.fetchval(_LAST_SEALED)
        late = await connection.fetch(_LATE, list(self.missing), limit) if self.missing else []
        fresh = await connection.fetch(_FRESH, self.seen, limit)
        self._note(fresh, late)
        found = {row["arrival"]: row for row in (*late, *fresh) if row["seq"] is None}
        if len(found) < limit:
            found |= {row["arrival"]: row for row in await self._sweep(connection, limit=limit)}
        return [found[arrival] for arrival in sorted(found)]

    @property
    def is_sweeping(self) -> bool:
        """Whether a walk over the whole table is under way."""
        return self.swept is not None

    def _note(self, fresh: Records, late: Records) -> None:
        now = time.monotonic()
        seen = self.seen or 0
        for row in fresh:
            if row["arrival"] - seen <= LARGEST_GAP:
                self.missing |= dict.fromkeys(range(seen + 1, row["arrival"]), now)
            seen = row["arrival"]
        self.seen = seen
        self._forget({row["arrival"] for row in late}, before=now - AWAITED.total_seconds())

    def _forget(self, came: Collection[int], *, before: float) -> None:
        """Numbers that came, and those of transactions that were undone: the walk over the whole table knows them too."""
        awaited = [(n, since) for n, since in self.missing.items() if n not in came and since > before]
        self.missing = dict(awaited[-MOST_AWAITED:])

    async def _sweep(self, connection: "asyncpg.Connection[Any]", *, limit: int) -> Records:
        """Unsealed rows in the next window of the walk, which goes down from the highest number, at start and once a day."""
        now = time.monotonic()
        if self.swept is None:
            if self.sweep_ended is not None and now - self.sweep_ended < SWEPT_EVERY.total_seconds():
                return ()
            self.swept = (self.seen or 0) + 1
        begin = await connection.fetchval(_WINDOW_BELOW, self.swept, WINDOW)
        if begin is None:
            self.swept, self.sweep_ended = None, now
            return ()
        rows: Records = await connection.fetch(_UNSEALED_WITHIN, begin, self.swept - 1, limit)
        if len(rows) < limit:
            self.swept = begin
        return rows
