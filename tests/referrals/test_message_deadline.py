"""The five seconds of the standard: who would wait longer is told so, nothing is half done, and a repeat gets the right answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.referrals.acting import read
from tests.referrals.builders import KENDAL_PRACTICE
from tests.referrals.messages import NHS_NUMBER, a_message, ids, request_of, send, told
from tests.support.databases import Databases
from tests.support.running import Running, running
from tests.support.system import until

TIMEOUT = (408, "REC_TIMEOUT", "timeout")
CLAIM = """
    insert into fhir_message (id, org, request_id, correlation_id, received_at, body_key, failure)
    values ($1, $2, $3, $4, now(), '', '')
"""


@dataclass(frozen=True)
class Doors:
    """Two processes of one service on one database: one gives its answers the standard's time, the other hardly any."""

    usual: Running
    hurried: Running


@pytest.fixture
async def doors(databases: Databases, data_dir: Path) -> AsyncIterator[Doors]:
    async with (
        databases.lend("referrals") as url,
        running("referrals", database_url=url, data_dir=data_dir) as usual,
        running("referrals", database_url=url, data_dir=data_dir, answer_seconds=0.2) as hurried,
    ):
        yield Doors(usual, hurried)


@asynccontextmanager
async def holding(service: Running, statement: str, *values: Any) -> AsyncIterator[None]:
    """Somebody else's transaction, which did something and does not end while the block runs."""
    connection = await asyncpg.connect(service.database_url)
    try:
        await connection.execute("begin")
        await connection.execute(statement, *values)
        yield
    finally:
        await connection.close()


async def nobody_waits(service: Running) -> bool:
    """Whether no statement of the database waits for a lock."""
    waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    return not await service.rows(waiting)


async def counts(service: Running) -> list[int]:
    return [
        (await service.rows(f"select count(*) from {table}"))[0]["count"]  # noqa: S608 -- names of this test
        for table in ("referral", "referral_event", "fact_event", "fhir_message")
    ]


async def test_a_new_request_that_waits_too_long_is_told_and_taken_when_it_is_repeated(doors: Doors) -> None:
    message, own = a_message(), ids()
    async with holding(doors.usual, CLAIM, uuid4(), KENDAL_PRACTICE, *own.values()):
        waited = await send(doors.hurried, message, headers=own)
        assert told(waited) == TIMEOUT
        assert waited.headers["Retry-After"]
        assert waited.headers["X-Request-Id"] == own["X-Request-Id"]
        # The server hears a moment later that nobody waits for its answer any more. Until then it might still take the request.
        await until(lambda: nobody_waits(doors.usual))
        assert await counts(doors.usual) == [0, 0, 0, 0]
    assert (await send(doors.usual, message, headers=own)).status_code == 200
    assert told(await send(doors.usual, message, headers=own)) == (409, "REC_CONFLICT", "duplicate")
    assert await counts(doors.usual) == [1, 1, 1, 1]


async def test_an_update_that_waits_too_long_changes_nothing_and_is_applied_when_it_is_repeated(
    doors: Doors,
) -> None:
    made = request_of((await send(doors.usual, a_message())).json())
    before = await counts(doors.usual)
    named = {"name": [{"family": "Later"}]}
    update, own = a_message(reason="update", request_id=made["id"], patient=named), ids()
    async with holding(doors.usual, "select 1 from referral for update"):
        assert told(await send(doors.hurried, update, headers=own)) == TIMEOUT
        await until(lambda: nobody_waits(doors.usual))
        assert await counts(doors.usual) == before
        assert (await read(doors.usual, made))["patient"]["family"] == "Archer"
    assert (await send(doors.usual, update, headers=own)).status_code == 200
    assert (await read(doors.usual, made))["patient"]["family"] == "Later"


async def test_a_search_that_waits_too_long_is_told(doors: Doors) -> None:
    by = doors.hurried.token("practice-system", org=KENDAL_PRACTICE)
    person = {"patient:identifier": f"{NHS_NUMBER}|9990000018"}
    async with holding(doors.usual, "lock table referral in access exclusive mode"):
        asked = await doors.hurried.client.get("/FHIR/R4/ServiceRequest", params=person, headers=by)
    assert told(asked) == TIMEOUT
