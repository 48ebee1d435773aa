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
async def acting(databases: Databases, service: str, kind: str) -> AsyncIterator[Connection]:
    """A connection to a fresh database of the service that acts as one of its roles."""
    for role in (f"icc_{service}_app", f"icc_{service}_report", f"icc_{service}_sealer"):
        if not await run_sql(databases.server_url, "select 1 from pg_roles where rolname = $1", role):
            await run_sql(databases.server_url, f"create role {role}")
    async with databases.lend(service) as url:
        await grant_tables(url, service)
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(f"set role icc_{service}_{kind}")
            yield connection
        finally:
            await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_reports_read_what_is_named_and_nothing_else(databases: Databases, service: str) -> None:
    named = set(WITHOUT_PERSONAL_DATA[service])
    async with acting(databases, service, "report") as connection:
        present = {row["tablename"] for row in await connection.fetch(TABLES_AND_VIEWS)}
        assert present >= named | CLOSED[service]
        for table in named:
            await connection.fetch(f"select * from {table}")  # noqa: S608 -- names from code
        for table in present - named:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select 1 from {table}")  # noqa: S608 -- names from the catalogue


EVIDENCE = {
    "audit": {"select", "insert"},
    "audit_epoch": {"select"},
    "audit_seal": {"select"},
    "migration_digest": {"select"},
    "referral_event": {"select", "insert"},
    "revocation": {"select", "insert"},
    "fact_event": {"select", "insert", "update"},
}
SEALERS = {"audit", "audit_epoch", "audit_seal"}


async def rights(connection: Connection, table: str) -> set[str]:
    """What the role of a connection may do with a table."""
    kinds = ("select", "insert", "update", "delete", "truncate")
    asked = ", ".join(f"has_table_privilege('{table}', '{kind}')" for kind in kinds)
    row = await connection.fetchrow(f"select {asked}")
    return {kind for kind, may in zip(kinds, row, strict=True) if may}


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_adds_to_what_is_evidence_and_neither_changes_nor_seals_it(
    databases: Databases, service: str
) -> None:
    async with acting(databases, service, "app") as connection:
        present = {row["tablename"] for row in await connection.fetch(TABLES_AND_VIEWS)}
        found = {table: await rights(connection, table) for table in EVIDENCE.keys() & present}
        assert found == {table: EVIDENCE[table] for table in found}
        assert found.keys() >= {"audit", "audit_seal", "revocation"}


@pytest.mark.parametrize("service", SERVICES)
async def test_the_sealer_reads_and_seals_the_audit_and_sees_nothing_else(
    databases: Databases, service: str
) -> None:
    async with acting(databases, service, "sealer") as connection:
        present = {row["tablename"] for row in await connection.fetch(TABLES_AND_VIEWS)}
        for table in present:
            expected = {"select", "insert"} if table in SEALERS else set()
            assert await rights(connection, table) == expected, table
