"""Tokens and clients that are refused although their signature is good: kept in memory, read anew every 20 seconds.

A revocation takes effect within 20 seconds, for every request asks the list, also with a token that is remembered.
"""

import asyncio

import structlog

from shared.auth.caller import Caller
from shared.db.engine import Database

log = structlog.get_logger()

REFRESH_SECONDS = 20.0


class Revocations:
    """The list as this process knows it."""

    def __init__(self) -> None:
        self._clients: frozenset[str] = frozenset()
        self._tokens: frozenset[str] = frozenset()

    def cover(self, caller: Caller) -> bool:
        """Whether this caller's client or token has been revoked."""
        return caller.client in self._clients or caller.token_id in self._tokens

    async def refresh(self, database: Database) -> None:
        """Read the list."""
        async with database.connection() as connection:
            rows = await connection.fetch("select client, token_id from revocation")
        self._clients = frozenset(row["client"] for row in rows if row["client"] is not None)
        self._tokens = frozenset(row["token_id"] for row in rows if row["token_id"] is not None)

    async def keep_fresh(self, database: Database, *, every: float = REFRESH_SECONDS) -> None:
        """Read the list for ever, `every` so many seconds; while it cannot be read the last known one stays in force."""
        while True:
            try:
                await self.refresh(database)
            except Exception as error:  # noqa: BLE001 -- a process that stopped asking would never learn of a revocation
                log.warning("revocations.unreadable", error=type(error).__name__)
            await asyncio.sleep(every)
