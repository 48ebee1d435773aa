"""A service's worker process: loops that sweep PostgreSQL, woken early by nudges.

Each loop runs until it finds nothing to do, then waits for a nudge or for its interval. Without Redis the interval
alone drives it, so everything still happens, later.
"""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from shared.service.jobs import WorkKind, run_claimed
from shared.service.platform import Platform
from shared.service.readiness import announce_ready
from shared.telemetry.metrics import work_metrics
from shared.work import claims
from shared.work.nudges import listen

log = structlog.get_logger()

SWEEP = timedelta(seconds=5)
CONCURRENT_JOBS = 2
ERROR_PAUSE_SECONDS = 1.0
STOP_SECONDS = 20.0
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
CANCEL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Periodic:
    """Something to do every so often, and at once when its topic (its name) is nudged.

    `run` returns a truthy value when there is more to do now, and is then called again.
    pause: the least time from the start of one round to that of the next, however often it is nudged.
    """

    name: str
    every: timedelta
    run: Callable[[Platform], Awaitable[object]]
    pause: timedelta = timedelta()


async def run_worker(
    platform: Platform,
    *,
    kinds: Sequence[WorkKind] = (),
    periodics: Sequence[Periodic] = (),
    sweep: timedelta = SWEEP,
    stop: asyncio.Event | None = None,
) -> None:
    """Work until SIGTERM, SIGINT or `stop`; then let the running jobs end, for at most twenty seconds."""
    stop = stop or asyncio.Event()
    with _stopped_by_signals(stop):
        await _run_until(stop, platform, [*_work_loops(kinds, sweep), *periodics])


@contextmanager
def _stopped_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set the event for the length of the block, where the loop can be told of signals."""
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError, ValueError, RuntimeError):
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        with suppress(NotImplementedError, ValueError, RuntimeError):
            for number in STOP_SIGNALS:
                loop.remove_signal_handler(number)


async def _run_until(stop: asyncio.Event, platform: Platform, periodics: Sequence[Periodic]) -> None:
    """Run every loop, and the listener that wakes them, until the event is set and the running rounds have ended."""
    bells: dict[str, list[asyncio.Event]] = {}
    loops = [
        asyncio.create_task(_loop(platform, periodic, _bell(bells, periodic.name), stop), name=periodic.name)
        for periodic in periodics
    ]
    url = platform.settings.redis_address
    listener = asyncio.create_task(
        listen(url, service=platform.service, heard=lambda topic: _ring(bells, topic))
        if url is not None
        else stop.wait()
    )
    log.info("worker.started", service=platform.service, loops=len(loops))
    announce_ready()
    await stop.wait()
    for bell in (bell for rung in bells.values() for bell in rung):
        bell.set()
    _, unfinished = await asyncio.wait(loops, timeout=STOP_SECONDS) if loops else (set(), set())
    await _cancel({*unfinished, listener})


async def _cancel(tasks: "set[asyncio.Task[Any]]") -> None:
    """Cancel until it has come through: on Python 3.11 `wait_for`, under redis-py, can swallow a cancellation."""
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=CANCEL_SECONDS)


def _bell(bells: dict[str, list[asyncio.Event]], topic: str) -> asyncio.Event:
    event = asyncio.Event()
    bells.setdefault(topic, []).append(event)
    return event


def _ring(bells: dict[str, list[asyncio.Event]], topic: str) -> None:
    for event in bells.get(topic, []):
        event.set()


def _work_loops(kinds: Sequence[WorkKind], sweep: timedelta) -> list[Periodic]:
    """The loops that claim work rows: a few side by side, so that one slow job does not hold up the rest."""
    if not kinds:
        return []
    by_name = {kind.name: kind for kind in kinds}

    async def work_once(platform: Platform) -> bool:
        return await claim_and_run(platform, by_name)

    return [Periodic("work", sweep, work_once) for _ in range(CONCURRENT_JOBS)]


async def claim_and_run(platform: Platform, kinds: dict[str, WorkKind]) -> bool:
    """Claim one row of these kinds and run it; False when there was none."""
    lease = max(kind.lease for kind in kinds.values())
    worker = f"{socket.gethostname()}:{os.getpid()}"
    async with platform.database.engine.begin() as connection:
        claim = await claims.claim(connection, kinds=list(kinds), worker=worker, lease=lease)
    if claim is None:
        return False
    started = time.monotonic()
    ending = await run_claimed(platform, kinds[claim.kind], claim)
    work_metrics().ended(kind=claim.kind, ending=ending, seconds=time.monotonic() - started)
    return True


async def _loop(platform: Platform, periodic: Periodic, bell: asyncio.Event, stop: asyncio.Event) -> None:
    while not stop.is_set():
        bell.clear()
        started = time.monotonic()
        try:
            more = await periodic.run(platform)
            work_metrics().went_round(loop=periodic.name, failed=False)
        except Exception as error:  # noqa: BLE001 -- a loop outlives whatever goes wrong in one round
            log.warning("worker.round_failed", loop=periodic.name, error=type(error).__name__)
            work_metrics().went_round(loop=periodic.name, failed=True)
            more = False
            await asyncio.sleep(ERROR_PAUSE_SECONDS)
        if not more:
            with suppress(TimeoutError):
                async with asyncio.timeout(periodic.every.total_seconds()):
                    await bell.wait()
        rest = started + periodic.pause.total_seconds() - time.monotonic()
        if rest > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await stop.wait()
