"""What a handler of background work is given, and how one claimed row is run to its end."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.service.platform import Platform
from shared.telemetry.metrics import Ending
from shared.work import claims
from shared.work.claims import Claim, FencedError

log = structlog.get_logger()

FIRST_DELAY = timedelta(seconds=1)
LONGEST_DELAY = timedelta(minutes=5)
HEARTBEATS_PER_LEASE = 3


@dataclass(frozen=True, slots=True)
class WorkKind:
    """A kind of background work and how it is done.

    `handler` does it; `abandoned` is told, in the transaction that parks the row, that nobody will.
    """

    name: str
    handler: Callable[["Job"], Awaitable[None]]
    abandoned: Callable[[AsyncSession, UUID], Awaitable[None]] | None = None
    lease: timedelta = timedelta(seconds=30)
    max_attempts: int = 5


@dataclass(frozen=True, slots=True)
class Job:
    """One claimed row in a handler's hands."""

    platform: Platform
    claim: Claim

    @property
    def subject(self) -> UUID:
        """What the work is about."""
        return self.claim.subject

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """The one transaction of the job: its effect and "done" are committed together, or neither is.

        Raises FencedError before the block runs when another worker has taken the row.
        """
        async with self.platform.transaction() as session:
            await claims.finish(await session.connection(), self.claim)
            yield session

    async def progress(self, fraction: float) -> None:
        """Say how far the work is, 0..1, for whoever watches."""
        async with self.platform.database.engine.begin() as connection:
            await claims.report_progress(connection, self.claim, progress=fraction)


async def run_claimed(platform: Platform, kind: WorkKind, claim: Claim) -> Ending:
    """Run one claimed row: done, given back with a growing delay, or parked after too many attempts or crashes."""
    if claim.crashes >= claims.MAX_CRASHES:
        return await _abandon(platform, kind, claim, error="crashed")
    handling = asyncio.ensure_future(kind.handler(Job(platform, claim)))
    heartbeat = asyncio.create_task(_beat(platform, kind, claim, handling))
    try:
        await handling
    except FencedError:
        return _fenced(claim)
    except asyncio.CancelledError:
        current = asyncio.current_task()
        if current is not None and current.cancelling():
            handling.cancel()
            raise
        return _fenced(claim)
    except Exception as error:  # noqa: BLE001 -- whatever a handler raises decides the row's fate, never the worker's
        return await _failed(platform, kind, claim, error)
    finally:
        heartbeat.cancel()
    return "done"


def _fenced(claim: Claim) -> Ending:
    log.warning("work.fenced", kind=claim.kind, work=str(claim.id), attempt=claim.attempt)
    return "fenced"


async def _beat(platform: Platform, kind: WorkKind, claim: Claim, handling: "asyncio.Future[None]") -> None:
    """Keep the lease alive while the handler runs; stop the handler when the row is somebody else's by now."""
    while True:
        await asyncio.sleep(kind.lease.total_seconds() / HEARTBEATS_PER_LEASE)
        try:
            async with platform.database.engine.begin() as connection:
                held = await claims.extend(connection, claim, lease=kind.lease)
        except (DBAPIError, OSError, TimeoutError):
            # The job's own transaction may hold the row's lock, which keeps others out as well as a lease does.
            continue
        if not held:
            handling.cancel()
            return


async def _failed(platform: Platform, kind: WorkKind, claim: Claim, error: Exception) -> Ending:
    name = type(error).__name__
    log.warning("work.failed", kind=claim.kind, work=str(claim.id), attempt=claim.attempt, error=name)
    if claim.attempt >= kind.max_attempts:
        return await _abandon(platform, kind, claim, error=name)
    async with platform.database.engine.begin() as connection:
        await claims.give_back(connection, claim, delay=retry_delay(claim.attempt), error=name)
    return "retried"


async def _abandon(platform: Platform, kind: WorkKind, claim: Claim, *, error: str) -> Ending:
    async with platform.database.transaction() as session:
        parked = await claims.park(await session.connection(), claim, error=error)
        if parked and kind.abandoned is not None:
            await kind.abandoned(session, claim.subject)
    if not parked:
        return _fenced(claim)
    log.error("work.parked", kind=claim.kind, work=str(claim.id), crashes=claim.crashes, error=error)
    return "parked"


def retry_delay(attempt: int) -> timedelta:
    """How long to wait before the next attempt: doubling from a second to five minutes, with up to half of it as jitter."""
    delay = min(FIRST_DELAY * 2.0 ** (attempt - 1), LONGEST_DELAY)
    return delay * random.uniform(1.0, 1.5)  # noqa: S311 -- jitter, not a secret
