"""What each role may do with the tables as the migrations make them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from shared.addresses import SERVICES
from shared.db.engine import Connection
from shared.local.databases import TABLES_AND_VIEWS, WITHOUT_PERSONAL_DATA, grant_tables
from tests.support.databases import Databases, run_sql

CLOSED = {
    "referrals": {"audit", "revocation", "idempotency", "referral", "referral_event", "referral_message"},
    "outcomes": {"audit", "revocation", "idempotency", "feed_file", "feed_submission", "feed_submission_key"},
    "trajectories": {"audit", "revocation", "idempotency"},
}


@asynccontextmanager
async def reporting(databases: Databases, service: str) -> AsyncIterator[Connection]:
    """A connection to a fresh database of the service that acts as its report role."""
    for role in (f"icc_{service}_app", f"icc_{service}_report"):
        if not await run_sql(databases.server_url, "select 1 from pg_roles where rolname = $1", role):
            await run_sql(databases.server_url, f"create role {role}")
    async with databases.lend(service) as url:
        await grant_tables(url, service)
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(f"set role icc_{service}_report")
            yield connection
        finally:
            await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_reports_read_what_is_named_and_nothing_else(databases: Databases, service: str) -> None:
    named = set(WITHOUT_PERSONAL_DATA[service])
    async with reporting(databases, service) as connection:
        present = {row["tablename"] for row in await connection.fetch(TABLES_AND_VIEWS)}
        assert present >= named | CLOSED[service]
        for table in named:
            await connection.fetch(f"select * from {table}")  # noqa: S608 -- names from code
        for table in present - named:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select 1 from {table}")  # noqa: S608 -- names from the catalogue
