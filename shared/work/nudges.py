"""The bell: an arq job that carries a topic and nothing else. The one module that knows arq and Redis.

arq forgets jobs in ordinary situations (a time-out, an exception, an eviction), so nothing may depend on a nudge:
the rows are in PostgreSQL and each worker sweeps them. A nudge makes the sweep come now.
A bell before the commit wakes a worker that finds nothing. So an action notes topics in its session, to ring then.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, cast

import orjson
import structlog
from arq.connections import ArqRedis
from arq.typing import WorkerCoroutine
from arq.worker import Worker, func
from redis.asyncio.connection import ConnectionPool
from redis.exceptions import RedisError
from sqlmodel.ext.asyncio.session import AsyncSession

log = structlog.get_logger()

REDIS_SECONDS = 1.0
DEBOUNCE_SECONDS = 0.02
POLL_SECONDS = 0.1
LONGEST_BACKOFF_SECONDS = 10.0
JOB = "nudge"

_NOTED = "nudges"


def note_nudge(session: AsyncSession, topic: str) -> None:
    """Let a topic be rung when this session's transaction has been committed."""
    session.info.setdefault(_NOTED, set()).add(topic)


def noted_nudges(session: AsyncSession) -> set[str]:
    """The topics noted so far, for `Nudges.ring`; the session forgets them."""
    topics: set[str] = session.info.pop(_NOTED, set())
    return topics


def _queue(service: str) -> str:
    return f"icc:{service}"


def _connect(url: str, *, queue: str) -> ArqRedis:
    pool = ConnectionPool.from_url(
        url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS, max_connections=10
    )
    # JSON, not arq's default pickle: a stranger who reaches the queue must not be able to run code.
    return ArqRedis(
        pool, job_serializer=orjson.dumps, job_deserializer=orjson.loads, default_queue_name=queue
    )


async def _disconnect(redis: ArqRedis) -> None:
    with suppress(RedisError, OSError, TimeoutError):
        await redis.aclose(close_connection_pool=True)


class Nudges:
    """Rings workers after a commit: best effort, never awaited by a request, at most one a topic every 20 ms, then 100.

    A topic is rung at this service's own worker, or at a sister's as `trajectories/pull`. Without an address it is silent.
    """

    def __init__(self, url: str | None, *, service: str) -> None:
        self._service = service
        self._redis = None if url is None else _connect(url, queue=_queue(service))
        self._waiting: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def ring(self, topics: Iterable[str]) -> None:
        """Nudge the workers of these topics, soon. Never fails, never waits."""
        if self._redis is None:
            return
        self._waiting.update(topics)
        if self._waiting and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._send_waiting())

    async def _send_waiting(self) -> None:
        pause = DEBOUNCE_SECONDS
        while self._waiting:
            await asyncio.sleep(pause)
            pause = POLL_SECONDS  # a worker looks no oftener: under load each ring more is spent in vain
            topics, self._waiting = self._waiting, set()
            for topic in topics:
                await self._send(topic)

    async def _send(self, topic: str) -> None:
        service, _, name = topic.rpartition("/")
        assert self._redis is not None  # noqa: S101 -- ring() returns early without it
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                await self._redis.enqueue_job(JOB, name, _queue_name=_queue(service or self._service))
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("nudge.lost", topic=topic, error=type(error).__name__)

    async def ping(self) -> bool:
        """Whether Redis answers; False too when this process was given none."""
        if self._redis is None:
            return False
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                return bool(await self._redis.ping())
        except (RedisError, OSError, TimeoutError):
            return False

    async def close(self) -> None:
        """Send what waits and let go of the connections."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=REDIS_SECONDS)
        if self._redis is not None:
            await _disconnect(self._redis)


async def listen(url: str, *, service: str, heard: Callable[[str], None]) -> None:
    """Call `heard(topic)` for every nudge to this service, for ever; reconnects when Redis comes and goes."""
    backoff = POLL_SECONDS
    while True:
        started = asyncio.get_running_loop().time()
        try:
            await _listen_once(url, service=service, heard=heard)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("nudges.unreachable", error=type(error).__name__)
        if asyncio.get_running_loop().time() - started > LONGEST_BACKOFF_SECONDS:
            backoff = POLL_SECONDS
        await asyncio.sleep(backoff)
        backoff = min(backoff * 2, LONGEST_BACKOFF_SECONDS)


async def _listen_once(url: str, *, service: str, heard: Callable[[str], None]) -> None:
    async def nudge(_: dict[Any, Any], topic: str) -> None:
        heard(topic)

    redis = _connect(url, queue=_queue(service))
    worker = Worker(
        functions=[func(cast("WorkerCoroutine", nudge), name=JOB, keep_result=0, timeout=5, max_tries=1)],
        redis_pool=redis,
        queue_name=_queue(service),
        handle_signals=False,
        poll_delay=POLL_SECONDS,
        health_check_interval=30,
        job_serializer=orjson.dumps,
        job_deserializer=orjson.loads,
        log_results=False,
    )
    try:
        # A frozen server is noticed here: arq's own start waits without an end.
        async with asyncio.timeout(REDIS_SECONDS):
            await redis.ping()
        await worker.async_run()
    finally:
        # arq cancels its own running jobs here and lets that escape.
        with suppress(RedisError, OSError, TimeoutError, asyncio.CancelledError):
            await worker.close()
        await _disconnect(redis)
