"""Bare connections: lent again only when they are as good as new."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared.db.engine import DATABASE_LOSSES, Connection, Connections
from shared.local.temporary import TemporaryServers
from tests.support.databases import run_sql

PROCESS = "select pg_backend_pid()"


@pytest.fixture
async def connections(servers: TemporaryServers) -> AsyncIterator[Connections]:
    """At most two connections to the maintenance database, waited for a moment only."""

    async def connect() -> Connection:
        return await asyncpg.connect(servers.database_url.replace("+asyncpg", ""), timeout=5)

    made = Connections(connect, size=2, wait_seconds=0.05)
    yield made
    made.close()


async def process_of(connections: Connections) -> int:
    """The server's process behind the connection that is lent next."""
    async with connections.lend() as connection:
        process: int = await connection.fetchval(PROCESS)
    return process


async def test_a_connection_is_lent_again(connections: Connections) -> None:
    assert await process_of(connections) == await process_of(connections)


async def test_a_statement_that_fails_leaves_its_connection_good(connections: Connections) -> None:
    before = await process_of(connections)
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with connections.lend() as connection:
            await connection.fetchval("select 1 / 0")
    assert await process_of(connections) == before


async def test_a_cancelled_statement_takes_its_connection_with_it(connections: Connections) -> None:
    before = await process_of(connections)
    with pytest.raises(TimeoutError):
        async with connections.lend() as connection, asyncio.timeout(0.05):
            await connection.execute("select pg_sleep(5)")
    assert await process_of(connections) != before


async def test_an_open_transaction_is_not_handed_on(connections: Connections) -> None:
    async with connections.lend() as connection:
        before = await connection.fetchval(PROCESS)
        await connection.execute("begin")
    assert await process_of(connections) != before


async def test_a_connection_that_the_server_ended_is_replaced(
    connections: Connections, servers: TemporaryServers
) -> None:
    async with connections.lend() as connection:
        ended = await connection.fetchval(PROCESS)
        await run_sql(servers.database_url, f"select pg_terminate_backend({ended})")
        with pytest.raises(DATABASE_LOSSES):
            await connection.fetchval("select 1")
    assert await process_of(connections) != ended


async def test_more_borrowers_than_connections_wait_and_then_give_up(connections: Connections) -> None:
    async with connections.lend(), connections.lend():
        with pytest.raises(TimeoutError):
            async with connections.lend():
                pass
    assert await process_of(connections) > 0


async def test_a_server_that_is_away_costs_no_place() -> None:
    async def connect() -> Connection:
        raise ConnectionRefusedError

    away = Connections(connect, size=1, wait_seconds=0.05)
    for _ in range(3):
        with pytest.raises(ConnectionRefusedError):
            await away.take()
