"""Sessions: a connection that the server closed is not lent again, and reads write no more than they must."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from services.referrals.clocks.tables import Pause
from services.referrals.records.tables import WorklistItem
from shared.db.bare import Bare
from shared.db.engine import Database
from shared.db.reading import unwritten
from shared.ids import new_id
from shared.local.temporary import TemporaryServers
from tests.support.databases import run_sql
from tests.support.running import Running
from tests.support.system import until

PROCESS = text("select pg_backend_pid()")


async def test_a_session_gets_another_connection_in_place_of_one_that_the_server_ended(
    servers: TemporaryServers,
) -> None:
    database = Database(servers.database_url, application_name="test", pool_size=1)
    async with database.transaction() as session:
        connection = await session.connection()
        driver = (await connection.get_raw_connection()).driver_connection
        ended = (await connection.execute(PROCESS)).scalar_one()
    assert driver is not None
    await run_sql(servers.database_url, f"select pg_terminate_backend({ended})")

    async def heard() -> bool:
        return bool(driver.is_closed())

    await until(heard)
    async with database.transaction() as session:
        assert (await (await session.connection()).execute(PROCESS)).scalar_one() != ended
    await database.close()


async def test_a_read_of_one_table_leaves_what_waits_for_another_unwritten(referrals: Running) -> None:
    async with referrals.platform.database.session() as session:
        pause = Pause(
            id=new_id(), referral_id=new_id(), reason="information-requested", paused_at=datetime.now(UTC)
        )
        session.add(pause)
        with unwritten(session, WorklistItem):
            assert (await session.exec(select(WorklistItem))).all() == []
        assert pause in session.new
        # Of its own table it is written first; here the database refuses it, for there is no such referral.
        with pytest.raises(IntegrityError), unwritten(session, Pause):
            await session.exec(select(Pause))


async def test_a_statement_on_the_bare_driver_is_part_of_the_session_s_transaction(
    servers: TemporaryServers,
) -> None:
    database = Database(servers.database_url, application_name="test", pool_size=2)
    transaction = Bare("select txid_current() as own, :given::text || :given as twice")
    async with database.session() as session:
        async with session.begin():
            (first,) = await transaction.rows(session, {"given": "a"})  # before anything else: it begins here
            (second,) = await transaction.rows(session, {"given": "a"})
            by_library = (await (await session.connection()).execute(text("select txid_current()"))).scalar()
        assert first["twice"] == "aa"
        assert first["own"] == second["own"] == by_library
        async with database.session() as other, other.begin():
            await other.connection()  # takes the connection that the first one gave back
            async with session.begin():
                (later,) = await transaction.rows(session, {"given": "a"})
        assert later["own"] != first["own"]
    await database.close()
