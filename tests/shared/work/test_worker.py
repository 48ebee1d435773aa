"""Promises of the worker process: a nudge is heard at once, and nothing depends on one."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from shared.local.temporary import temporary_valkey
from shared.service.platform import Platform
from shared.service.worker import Periodic, run_worker
from shared.work import Nudges

PATIENCE_SECONDS = 20
NEVER = timedelta(hours=1)


class Rounds:
    """Counts a loop's rounds and lets a test wait for the next one."""

    def __init__(self) -> None:
        self.count = 0
        self._changed = asyncio.Condition()

    async def run(self, _: Any) -> None:
        async with self._changed:
            self.count += 1
            self._changed.notify_all()

    async def reach(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(lambda: self.count >= count)


@pytest.fixture
def bell(tmp_path: Path) -> Iterator[str]:
    """The address of a Valkey that no other test rings."""
    with temporary_valkey(tmp_path) as valkey:
        yield valkey.url


@asynccontextmanager
async def _worker(
    redis_url: str | None, *, every: timedelta = NEVER, another: Rounds | None = None
) -> AsyncIterator[tuple[Rounds, Nudges]]:
    """A worker with a loop `facts`, one of another topic where that is wanted, and the bell that rings them."""
    rounds, stop = Rounds(), asyncio.Event()
    loops = [Periodic("facts", every, rounds.run)]
    if another is not None:
        loops.append(Periodic("elsewhere", NEVER, another.run))
    nudges = Nudges(redis_url, service="referrals")
    settings = SimpleNamespace(redis_address=redis_url)
    platform = cast(Platform, SimpleNamespace(service="referrals", nudges=nudges, settings=settings))
    task = asyncio.create_task(run_worker(platform, periodics=loops, stop=stop))
    try:
        await rounds.reach(1)
        yield rounds, nudges
    finally:
        stop.set()
        await task
        await nudges.close()


async def _ring_until(rounds: Rounds, nudges: Nudges, count: int, *, topic: str = "facts") -> None:
    """Ring until a round follows: the listener may still be connecting, and a nudge may be lost."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while rounds.count < count:
            nudges.ring([topic])
            await asyncio.wait({asyncio.create_task(rounds.reach(count))}, timeout=0.5)


async def test_a_nudge_starts_the_loop_long_before_its_interval(bell: str) -> None:
    async with _worker(bell) as (rounds, nudges):
        await _ring_until(rounds, nudges, 2)
        assert rounds.count >= 2


async def test_a_nudge_of_another_topic_starts_nothing(bell: str) -> None:
    another = Rounds()
    async with _worker(bell, another=another) as (rounds, nudges):
        await another.reach(1)
        nudges.ring(["outcomes/facts"])
        await _ring_until(another, nudges, 2, topic="elsewhere")
        assert rounds.count == 1


async def test_without_redis_the_interval_alone_drives_the_loop() -> None:
    async with _worker(None, every=timedelta(milliseconds=20)) as (rounds, nudges):
        nudges.ring(["facts"])
        assert not await nudges.ping()
        await rounds.reach(3)
        assert rounds.count >= 3


async def test_a_worker_outlives_its_redis(tmp_path: Path) -> None:
    with ExitStack() as stack:
        valkey = stack.enter_context(temporary_valkey(tmp_path))
        async with _worker(valkey.url, every=timedelta(milliseconds=50)) as (rounds, nudges):
            await _ring_until(rounds, nudges, 2)
            await asyncio.to_thread(stack.close)
            assert not await nudges.ping()
            await rounds.reach(rounds.count + 3)


async def test_a_bell_that_nobody_answers_never_disturbs_whoever_rings() -> None:
    nudges = Nudges("redis://127.0.0.1:1/0", service="referrals")
    nudges.ring(["facts"])
    assert not await nudges.ping()
    await nudges.close()
