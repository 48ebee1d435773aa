"""A migration that was edited after it was run is noticed, and nothing is built upon it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from shared.db.alembic import migrate
from shared.db.digests import EditedMigrationError, file_digests
from shared.local.directory import ROOT
from tests.support.databases import Databases, run_sql

SERVICE = "trajectories"


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[str]:
    """A database with every migration, which is thrown away."""
    database = await databases.take(SERVICE)
    yield database.url
    await databases.drop(database)


async def run_again(url: str) -> None:
    await asyncio.to_thread(migrate, SERVICE, url)


async def noted(url: str) -> dict[str, str]:
    return {row["revision"]: row["digest"] for row in await run_sql(url, "select * from migration_digest")}


async def test_each_migration_is_noted_as_it_was_when_it_was_run(url: str) -> None:
    assert await noted(url) == file_digests(SERVICE)
    await run_again(url)
    assert await noted(url) == file_digests(SERVICE)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("update migration_digest set digest = 'other' where revision = '0001'", "migration 0001 was edited"),
        ("insert into migration_digest values ('9999', 'x')", "migration 9999 was run here"),
    ],
)
async def test_a_database_of_other_migrations_is_told_with_what_to_do(
    url: str, statement: str, told: str
) -> None:
    await run_sql(url, statement)
    with pytest.raises(EditedMigrationError, match=told) as refusal:
        await run_again(url)
    assert "choose a new data directory with --data" in str(refusal.value)


async def test_a_database_from_before_digests_is_taken_by_its_tables(url: str) -> None:
    await run_sql(url, "delete from migration_digest")
    await run_again(url)
    assert await noted(url) == file_digests(SERVICE)
    await run_sql(url, "delete from migration_digest")
    await run_sql(url, "alter table revocation drop column reason")
    for _ in range(2):
        with pytest.raises(EditedMigrationError, match="tables differ"):
            await run_again(url)
    assert await noted(url) == {}


async def test_a_migration_that_fails_on_tables_of_an_unknown_past_is_told_like_that(url: str) -> None:
    await run_sql(url, "delete from migration_digest")
    await run_sql(url, "update alembic_version set version_num = '0001'")
    with pytest.raises(EditedMigrationError, match="tables differ"):
        await run_again(url)


async def test_what_was_taken_back_and_run_again_is_noted_again(url: str) -> None:
    await asyncio.to_thread(migrate, SERVICE, url, revision="0001")
    await run_again(url)
    assert await noted(url) == file_digests(SERVICE)


async def test_the_migrating_process_ends_with_that_sentence(url: str) -> None:
    await run_sql(url, "update migration_digest set digest = 'other' where revision = '0002'")
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "shared.local.migrations"],
        env={**os.environ, "PYTHONPATH": str(ROOT), f"ICC_MIGRATE_{SERVICE.upper()}_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"{SERVICE}: migration 0002 was edited after it was run here")
