"""A service's connections to its database: sessions for ordinary work, bare asyncpg connections for the two hot paths.

Every statement is bounded: on the server (statement, lock and idle time-outs) and on the client (a frozen server
answers nothing, so the driver must give up by itself).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.connections import Connection, Connections, Loan

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
            pool_pre_ping=True,
            pool_recycle=1800,
            # A failing statement's parameters may be a person's data: they never reach an error's text.
            hide_parameters=True,
            connect_args={
                "timeout": CONNECT_SECONDS,
                "command_timeout": COMMAND_SECONDS,
                "server_settings": self._settings,
            },
        )

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
        """A session that nobody has begun: for whoever decides on the transaction's end by itself."""
        return AsyncSession(self.engine, expire_on_commit=False, info=dict(self.session_info))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends, rolled back when it raises. Nobody else commits."""
        async with self.session() as session, session.begin():
            yield session
