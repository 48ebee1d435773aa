"""Promises of background work: done once in effect, whatever happens to the worker."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.engine import Database
from shared.ids import new_id
from shared.service.jobs import Job, WorkKind, retry_delay, run_claimed
from shared.service.platform import Platform
from shared.service.worker import claim_and_run
from shared.work import Nudges, add_work
from shared.work.claims import MAX_CRASHES, claim, revive
from tests.support.databases import Databases, run_sql

LEASE = timedelta(seconds=30)


@pytest.fixture
async def platform(databases: Databases) -> AsyncIterator[Any]:
    """A database with the platform's tables, one of the test's own for effects, and no Redis."""
    async with databases.lend("trajectories", "create table effect (subject uuid, attempt int)") as url:
        database = Database(url, application_name="test")
        bare: Any = SimpleNamespace(database=database, nudges=Nudges(None, service="trajectories"), url=url)
        bare.transaction = partial(Platform.transaction, bare)
        yield bare
        await database.close()


async def _add(platform: Any, kind: str = "greet") -> UUID:
    subject = new_id()
    async with platform.database.transaction() as session:
        await add_work(session, kind=kind, subject=subject)
    return subject


async def _claim(platform: Any, kind: str = "greet", *, lease: timedelta = LEASE) -> Any:
    async with platform.database.engine.begin() as connection:
        return await claim(connection, kinds=[kind], worker="test", lease=lease)


async def _expire(platform: Any) -> None:
    await run_sql(platform.url, "update work set lease_until = now() - interval '1 second'")


async def _due(platform: Any) -> None:
    await run_sql(platform.url, "update work set due_at = now()")


async def _state(platform: Any) -> Any:
    (row,) = await run_sql(platform.url, "select * from work")
    return row


async def _greet(job: Job) -> None:
    async with job.transaction() as session:
        await (await session.connection()).execute(
            text("insert into effect values (:subject, :attempt)"),
            {"subject": job.subject, "attempt": job.claim.attempt},
        )


async def _raise(_: Job) -> None:
    raise ValueError


GREET = WorkKind("greet", _greet)
RAISE = WorkKind("greet", _raise)


async def test_work_is_done_and_its_effect_committed_with_it(platform: Any) -> None:
    subject = await _add(platform)
    assert await claim_and_run(platform, {"greet": GREET})
    assert [row["subject"] for row in await run_sql(platform.url, "select * from effect")] == [subject]
    assert (await _state(platform))["state"] == "done"
    assert not await claim_and_run(platform, {"greet": GREET})


async def test_the_same_work_asked_for_twice_is_one_row(platform: Any) -> None:
    subject = new_id()
    for _ in range(2):
        async with platform.database.transaction() as session:
            await add_work(session, kind="greet", subject=subject)
    assert len(await run_sql(platform.url, "select * from work")) == 1


async def test_two_workers_never_hold_the_same_row(platform: Any) -> None:
    for _ in range(20):
        await _add(platform)
    claims = await asyncio.gather(*(_claim(platform) for _ in range(40)))
    held = [found.id for found in claims if found is not None]
    assert len(held) == len(set(held)) == 20


async def test_a_killed_workers_row_is_claimed_again_when_its_lease_ran_out(platform: Any) -> None:
    await _add(platform)
    first = await _claim(platform)
    assert await _claim(platform) is None
    await _expire(platform)
    second = await _claim(platform)
    assert (second.id, second.attempt, second.crashes) == (first.id, first.attempt + 1, 1)


async def test_a_worker_woken_after_its_lease_changes_nothing(platform: Any) -> None:
    await _add(platform)
    sleeper = await _claim(platform)
    await _expire(platform)
    successor = await _claim(platform)
    await run_claimed(platform, GREET, sleeper)
    assert await run_sql(platform.url, "select * from effect") == []
    await run_claimed(platform, GREET, successor)
    assert [row["attempt"] for row in await run_sql(platform.url, "select * from effect")] == [
        successor.attempt
    ]


async def test_a_running_handler_is_stopped_when_its_row_was_taken(platform: Any) -> None:
    stopped = asyncio.Event()

    async def endless(_: Job) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    await _add(platform)
    kind = WorkKind("greet", endless, lease=timedelta(milliseconds=60))
    held = await _claim(platform)
    await _expire(platform)
    await _claim(platform)
    await run_claimed(platform, kind, held)
    assert stopped.is_set()


async def test_a_failure_is_tried_again_later_and_parked_in_the_end(platform: Any) -> None:
    told: list[UUID] = []

    async def abandoned(_: AsyncSession, subject: UUID) -> None:
        told.append(subject)

    subject = await _add(platform)
    kind = WorkKind("greet", _raise, abandoned=abandoned, max_attempts=3)
    for attempt in (1, 2):
        assert await claim_and_run(platform, {"greet": kind})
        row = await _state(platform)
        assert (row["state"], row["attempt"], row["error"]) == ("received", attempt, "ValueError")
        assert row["due_at"] > row["updated_at"]
        await _due(platform)
    await claim_and_run(platform, {"greet": kind})
    assert (await _state(platform))["state"] == "failed"
    assert told == [subject]


async def test_a_row_that_kills_its_workers_is_parked_after_three_and_can_be_revived(platform: Any) -> None:
    await _add(platform)
    for _ in range(MAX_CRASHES):
        await _claim(platform)
        await _expire(platform)
    assert await claim_and_run(platform, {"greet": GREET})
    row = await _state(platform)
    assert (row["state"], row["error"]) == ("failed", "crashed")
    assert await run_sql(platform.url, "select * from effect") == []
    async with platform.database.transaction() as session:
        assert await revive(session, row["id"])
    await claim_and_run(platform, {"greet": GREET})
    assert (await _state(platform))["state"] == "done"


async def test_progress_is_visible_before_the_work_is_done(platform: Any) -> None:
    seen: list[float] = []

    async def report(job: Job) -> None:
        await job.progress(0.5)
        seen.append((await _state(platform))["progress"])
        async with job.transaction():
            pass

    await _add(platform)
    await claim_and_run(platform, {"greet": WorkKind("greet", report)})
    assert seen == [0.5]
    assert (await _state(platform))["progress"] == 1


@pytest.mark.parametrize(("attempt", "least", "most"), [(1, 1, 1.5), (3, 4, 6), (40, 300, 450)])
def test_the_wait_before_a_retry_doubles_up_to_five_minutes(attempt: int, least: float, most: float) -> None:
    assert least <= retry_delay(attempt).total_seconds() <= most
