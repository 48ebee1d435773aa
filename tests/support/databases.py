"""The databases of a test process: copied from a migrated template, lent to one test at a time, emptied between two."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from shared.db.alembic import migrate
from shared.db.engine import Connection
from tests.support.emptying import Emptying


def at_database(server_url: str, database: str) -> str:
    """The server's address with another database."""
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)


@dataclass(frozen=True, slots=True)
class Lent:
    """A database of a service, with the connection that empties it."""

    name: str
    url: str
    connection: Connection
    emptying: Emptying

    async def empty(self) -> bool:
        """Put every row back as the migrations made it; False when a test has changed the schema."""
        return await self.emptying.empty(self.connection)


class Databases:
    """The databases on this process's server, each made when a test first asks for it."""

    def __init__(self, server_url: str) -> None:
        self.server_url = server_url
        self._templates: set[str] = set()
        self._idle: defaultdict[tuple[str, ...], list[Lent]] = defaultdict(list)
        self._connections: list[Connection] = []

    @asynccontextmanager
    async def lend(self, service: str, *tables: str) -> AsyncIterator[str]:
        """The address of a database with the service's schema and no rows of another test.

        tables: statements that make tables of the test's own. Databases with the same ones are used again.
        """
        database = await self.take(service, *tables)
        try:
            yield database.url
        finally:
            if await database.empty():
                self._idle[service, *tables].append(database)
            else:
                await self.drop(database)

    async def take(self, service: str, *tables: str) -> Lent:
        """An empty database for good; whoever takes it empties it."""
        idle = self._idle[service, *tables]
        return idle.pop() if idle else await self._make(service, tables)

    async def drop(self, database: Lent) -> None:
        """Let go of a database that is of no more use."""
        await database.connection.close()
        await run_sql(self.server_url, f'drop database "{database.name}" with (force)')

    async def close(self) -> None:
        """Cut the connections; the databases go with their server."""
        for connection in self._connections:
            await connection.close()

    async def _make(self, service: str, tables: tuple[str, ...]) -> Lent:
        template = await self._template(service)
        name = f"{service}_{secrets.token_hex(6)}"
        await run_sql(self.server_url, f'create database "{name}" template "{template}"')
        url = at_database(self.server_url, name)
        connection = await asyncpg.connect(url)
        self._connections.append(connection)
        for statement in tables:
            await connection.execute(statement)
        return Lent(name, url, connection, await Emptying.learn(connection))

    async def _template(self, service: str) -> str:
        name = f"template_{service}"
        if service not in self._templates:
            await run_sql(self.server_url, f'create database "{name}"')
            # Alembic runs a loop of its own, so it needs a thread without one.
            await asyncio.to_thread(migrate, service, at_database(self.server_url, name))
            self._templates.add(service)
        return name


async def run_sql(url: str, statement: str, *parameters: object) -> list[Any]:
    """Run one statement on a connection of its own and return its rows."""
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(statement, *parameters))
    finally:
        await connection.close()
