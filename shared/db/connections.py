"""Bare driver connections, kept and handed out: what asyncpg's pool does, without its task and futures for every loan.

A loan costs a list's pop and append; the pool's cost as much as the work of a read. What makes that safe is that nothing
here sets session state, and that a connection whose last work did not end in the ordinary way is thrown away.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, TypeAlias

import asyncpg

IDLE_SECONDS = 300.0
"""How long a connection may lie unused: firewalls forget them, and the server has others to serve."""

Connection: TypeAlias = "asyncpg.Connection[Any]"
UNCERTAIN = (TimeoutError, OSError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""After which nobody knows what a connection did: one that dies in the middle of an answer surfaces as the last of these."""
DATABASE_LOSSES = (*UNCERTAIN, asyncpg.PostgresError)
"""What a statement on a bare connection raises while the database is away, dies or refuses."""


class Connections:
    """At most `size` connections, made when they are needed; the last one given back goes out first."""

    def __init__(
        self, connect: Callable[[], Awaitable[Connection]], *, size: int, wait_seconds: float
    ) -> None:
        self._connect = connect
        self._wait_seconds = wait_seconds
        self._places = asyncio.Semaphore(size)
        self._idle: deque[tuple[float, Connection]] = deque()
        self._lent: set[Connection] = set()

    def lend(self) -> "Loan":
        """A connection for the time of an `async with`. Raises TimeoutError when none came free in time."""
        return Loan(self)

    async def take(self) -> Connection:
        """A working connection, which must be given back."""
        if self._places.locked():
            async with asyncio.timeout(self._wait_seconds):
                await self._places.acquire()
        else:
            await self._places.acquire()
        try:
            connection = self._kept() or await self._connect()
        except BaseException:
            self._places.release()
            raise
        self._lent.add(connection)
        return connection

    def give_back(self, connection: Connection, *, sound: bool) -> None:
        """End a loan. A connection that is not sound, closed, or in a transaction is not lent again."""
        self._lent.discard(connection)
        now = asyncio.get_running_loop().time()
        if sound and not connection.is_closed() and not connection.is_in_transaction():
            self._idle.append((now, connection))
        else:
            connection.terminate()
        if self._idle and self._idle[0][0] < now - IDLE_SECONDS:
            self._idle.popleft()[1].terminate()
        self._places.release()

    def close(self) -> None:
        """Cut every connection."""
        for connection in (*self._lent, *(idle for _, idle in self._idle)):
            connection.terminate()
        self._lent.clear()
        self._idle.clear()

    def _kept(self) -> "Connection | None":
        oldest = asyncio.get_running_loop().time() - IDLE_SECONDS
        while self._idle:
            since, connection = self._idle.pop()
            if since >= oldest and not connection.is_closed():
                return connection
            connection.terminate()
        return None


class Loan:
    """One connection for the time of a block."""

    __slots__ = ("_connection", "_connections")

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def __aenter__(self) -> Connection:
        self._connection = await self._connections.take()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        # After a cancellation or a time-out the server may still be at work for this connection.
        sound = kind is None or (issubclass(kind, Exception) and not issubclass(kind, UNCERTAIN))
        self._connections.give_back(self._connection, sound=sound)
