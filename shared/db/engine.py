"""How a service reaches its database: sessions for ordinary work, bare asyncpg connections for the two hot paths.

Bare connections are kept here and not in asyncpg's pool, which makes a task and futures for every loan. A loan here costs
a list's pop and append; the pool's cost as much as the work of a read. It is safe because nothing sets session state, and
a connection whose last work did not end in the ordinary way is thrown away.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, TypeAlias

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

IDLE_SECONDS = 300.0
"""How long a connection may lie unused: firewalls forget them, and the server has others to serve."""
FIRST_CONNECTIONS = 2
"""Bare ones that a process makes at its start."""
CONNECT_SECONDS = 2.0
COMMAND_SECONDS = 5.0
POOL_WAIT_SECONDS = 2.0
SERVER_SETTINGS = {
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
    "timezone": "UTC",
    "jit": "off",
}

Connection: TypeAlias = "asyncpg.Connection[Any]"
UNCERTAIN = (TimeoutError, OSError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""After these it is unknown what a connection did; the last is what one that dies in the middle of an answer raises."""
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


class Database:
    """One service's database. Constructing it connects to nothing, so a process starts while PostgreSQL is away."""

    def __init__(self, url: str, *, application_name: str, pool_size: int = 8) -> None:
        plain = make_url(url).set(drivername="postgresql")
        self._dsn = plain.render_as_string(hide_password=False)
        self._settings = {**SERVER_SETTINGS, "application_name": application_name}
        self._pool_size = pool_size
        self.session_info: dict[str, Any] = {}
        """What every session of this database carries in `info`: the audit's signer, put there when the platform opens."""
        self._connections: Connections | None = None
        self.engine: AsyncEngine = create_async_engine(
            plain.set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_WAIT_SECONDS,
            pool_recycle=1800,
            # A failing statement's parameters may be a person's data: they never reach an error's text.
            hide_parameters=True,
            connect_args={
                "timeout": CONNECT_SECONDS,
                "command_timeout": COMMAND_SECONDS,
                "server_settings": self._settings,
            },
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)

    def connection(self) -> Loan:
        """A bare connection for an `async with`, for one-statement work; waited for at most two seconds (TimeoutError)."""
        if self._connections is None:
            raise RuntimeError("Database.open() has not been awaited")
        return self._connections.lend()

    async def open(self) -> None:
        """Make the bare connections ready. They connect on first use, so this succeeds without PostgreSQL."""
        if self._connections is None:
            self._connections = Connections(
                self._connect, size=self._pool_size, wait_seconds=POOL_WAIT_SECONDS
            )

    async def warm_up(self) -> None:
        """Connect before the first requests do, which would wait for it. Raises what a lost database raises."""
        async with AsyncExitStack() as held:
            for _ in range(min(FIRST_CONNECTIONS, self._pool_size)):
                await held.enter_async_context(self.connection())
            await held.enter_async_context(self.engine.connect())

    async def close(self) -> None:
        """Give every connection back to the server."""
        if self._connections is not None:
            self._connections.close()
            self._connections = None
        await self.engine.dispose()

    async def _connect(self) -> Connection:
        return await asyncpg.connect(
            self._dsn,
            timeout=CONNECT_SECONDS,
            command_timeout=COMMAND_SECONDS,
            server_settings=self._settings,
        )

    def session(self) -> AsyncSession:
        """A session without a transaction, for a caller that decides on the transaction's end by itself."""
        return AsyncSession(self.engine, expire_on_commit=False, info=dict(self.session_info))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends, rolled back when it raises. Nobody else commits."""
        async with self.session() as session, session.begin():
            yield session


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    """Let the pool make another connection in place of one that the server has closed.

    The driver hears of that by itself. To ask the server each time, as `pool_pre_ping` does, costs three round trips.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError
