"""Readers who wait at the same time share a commit, and nothing else: each is told of its own row."""

import asyncio

import asyncpg
import pytest

from shared.audit import Readings
from shared.audit.verification import verify
from shared.auth.caller import Caller
from shared.db.engine import DATABASE_LOSSES, Database
from tests.shared.audit.conftest import AuditPlatform

CALLER = Caller(client="local:analyst", scopes=frozenset({"performance.read"}), org=None)
REFUSED = "a text that the server\x00refuses"


def readings_of(platform: AuditPlatform, database: Database | None = None) -> Readings:
    return Readings(database or platform.database, platform.signer)


async def read(readings: Readings, event: str = "figures.read", *, number: int = 0) -> None:
    await readings.record(
        caller=CALLER, event=event, person="9990000018", version_before=number, detail={"number": number}
    )


async def test_readers_who_wait_together_share_a_commit_and_every_row_holds(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    readings = readings_of(platform)
    await asyncio.gather(*(read(readings, number=number) for number in range(40)))
    found = await connection.fetch("select (detail->>'number')::int as number, txid::text from audit")
    assert sorted(row["number"] for row in found) == list(range(40))
    assert len({row["txid"] for row in found}) == 1
    await platform.seal()
    report = await verify(platform.database, signer=platform.signer, data_dir=platform.settings.data_dir)
    assert (report.ok, report.sealed) == (True, 40)


async def test_a_reader_is_answered_once_the_row_is_committed(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    readings = readings_of(platform)
    async with connection.transaction():
        await connection.execute("lock table audit in exclusive mode")
        waiting = [asyncio.create_task(read(readings, number=number)) for number in range(3)]
        # Meanwhile another connection of the same database is answered many times.
        for _ in range(20):
            async with platform.database.connection() as other:
                await other.fetchval("select 1")
        assert not any(one.done() for one in waiting)
    await asyncio.gather(*waiting)
    assert await connection.fetchval("select count(*) from audit") == 3


async def test_a_row_that_the_server_refuses_takes_no_neighbour_with_it(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    readings = readings_of(platform)
    told = await asyncio.gather(
        read(readings, number=1), read(readings, REFUSED), read(readings, number=2), return_exceptions=True
    )
    assert [told[0], told[2]] == [None, None]
    assert isinstance(told[1], asyncpg.PostgresError)
    assert await connection.fetchval("select count(*) from audit") == 2


async def test_a_reader_who_goes_away_keeps_nobody_waiting(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    readings = readings_of(platform)
    leaving = asyncio.create_task(read(readings, number=1))
    staying = asyncio.create_task(read(readings, number=2))
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    assert leaving.cancelled()
    assert await connection.fetchval("select count(*) from audit where detail->>'number' = '2'") == 1


async def test_without_the_database_nobody_is_answered(platform: AuditPlatform) -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:9/none", application_name="audit-tests")
    await nowhere.open()
    readings = readings_of(platform, nowhere)
    told = await asyncio.gather(*(read(readings) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(one, DATABASE_LOSSES) for one in told)
    again = await asyncio.gather(read(readings), return_exceptions=True)
    assert isinstance(again[0], DATABASE_LOSSES)
    await nowhere.close()


async def test_when_the_process_ends_whoever_waits_is_told(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    readings = readings_of(platform)
    async with connection.transaction():
        await connection.execute("lock table audit in exclusive mode")
        waiting = [asyncio.create_task(read(readings, number=number)) for number in range(3)]
        await asyncio.sleep(0)
        await readings.close()
        with pytest.raises(asyncpg.InterfaceError, match="ends"):
            await asyncio.gather(*waiting)
