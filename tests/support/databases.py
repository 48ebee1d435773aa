"""A database for each test: copied from a migrated template, dropped afterwards."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from shared.db.migrate import migrate


def at_database(server_url: str, database: str) -> str:
    """The server's address with another database."""
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)


def template_of(service: str) -> str:
    """The name of the migrated database that a test's own one is copied from."""
    return f"template_{service}"


async def make_template(server_url: str, service: str) -> None:
    """Create and migrate the template of one service."""
    await run_sql(server_url, f'create database "{template_of(service)}"')


def migrate_template(server_url: str, service: str) -> None:
    """Bring the template to the newest revision. Alembic runs a loop of its own, so this is called outside any."""
    migrate(service, at_database(server_url, template_of(service)))


@asynccontextmanager
async def database_copy(server_url: str, service: str) -> AsyncIterator[str]:
    """The address of a fresh database with the service's schema, gone after the block."""
    name = f"{service}_{secrets.token_hex(6)}"
    await run_sql(server_url, f'create database "{name}" template "{template_of(service)}"')
    try:
        yield at_database(server_url, name)
    finally:
        await run_sql(server_url, f'drop database "{name}" with (force)')


async def run_sql(url: str, statement: str, *parameters: object) -> list[Any]:
    """Run one statement on a connection of its own and return its rows."""
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(statement, *parameters))
    finally:
        await connection.close()
