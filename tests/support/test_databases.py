"""What one test leaves behind, no other test meets."""

from typing import Any

import asyncpg
import pytest

from shared.addresses import SERVICES
from tests.support.databases import Databases, run_sql
from tests.support.running import Running

REVOKE = (
    "insert into revocation (id, client, reason, revoked_by) values (gen_random_uuid(), $1, 'test', 'test')"
)
AUDIT = """
    insert into audit (id, at, event, outcome, detail, mac)
    values (gen_random_uuid(), now(), 'test.left', 'success', '{}', '')
"""
SINGLE_ROWS = {"referrals": "fact_epoch", "outcomes": "fact_epoch", "trajectories": "read_version"}


async def contents(url: str) -> dict[str, list[Any]]:
    """Every row of every table."""
    tables = await run_sql(url, "select tablename from pg_tables where schemaname = 'public' order by 1")
    return {
        row["tablename"]: await run_sql(url, f"select * from {row['tablename']}")  # noqa: S608 -- names from the catalogue
        for row in tables
    }


@pytest.mark.parametrize("service", SERVICES)
async def test_a_database_comes_back_as_its_migrations_made_it(databases: Databases, service: str) -> None:
    async with databases.lend(service) as first:
        before = await contents(first)
        await run_sql(first, REVOKE, "someone")
        await run_sql(first, AUDIT)
        await run_sql(first, f"delete from {SINGLE_ROWS[service]}")  # noqa: S608 -- a name from above
    async with databases.lend(service) as second:
        assert second == first
        assert await contents(second) == before
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await run_sql(second, "truncate audit")


async def test_numbers_begin_at_one_again(databases: Databases) -> None:
    event = "insert into fact_event (topic, subject) values ('test', gen_random_uuid()) returning id"
    for _ in range(2):
        async with databases.lend("referrals") as url:
            assert [row["id"] for row in await run_sql(url, event)] == [1]


async def test_a_database_with_another_schema_is_not_lent_again(databases: Databases) -> None:
    async with databases.lend("referrals") as first:
        await run_sql(first, "alter table revocation add column why text")
    async with databases.lend("referrals") as second:
        assert second != first
        assert "why" not in (await run_sql(second, "table revocation limit 0") or [{}])[0]


async def test_a_transaction_that_a_test_left_open_holds_nothing_up(databases: Databases) -> None:
    async with databases.lend("referrals") as url:
        forgotten = await asyncpg.connect(url)
        await forgotten.execute("begin")
        await forgotten.execute(REVOKE.replace("$1", "'someone'"))
        await forgotten.execute("lock table revocation in access exclusive mode")
        await run_sql(url, AUDIT)
        await forgotten.execute("lock table audit in row exclusive mode")
    async with databases.lend("referrals") as again:
        assert again == url
        assert await run_sql(again, "select 1 from audit") == []
    forgotten.terminate()


@pytest.mark.parametrize("_again", range(2))
async def test_an_application_does_not_remember_who_was_revoked(trajectories: Running, _again: int) -> None:
    answer = await trajectories.client.get("/v1/communities/kendal", headers=trajectories.token("dashboard"))
    assert answer.status_code == 200
    await trajectories.rows(REVOKE, "local:dashboard")
    await trajectories.platform.tokens.revocations.refresh(trajectories.platform.database)
    refused = await trajectories.client.get("/v1/communities/kendal", headers=trajectories.token("dashboard"))
    assert refused.json()["code"] == "auth.revoked"
