"""What every service's worker does beside its own work: publishing facts, sealing the audit, forgetting old rows."""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from shared.audit.sealing import Sealer
from shared.db.engine import Database
from shared.facts.days import record_days
from shared.facts.publishing import (
    FIRST_PLACE,
    Place,
    Topic,
    check_counts,
    no_rebuild_runs,
    publish_pending,
    rebuild_facts,
)
from shared.idempotency.answers import FORGET_KEYS, forget_clear_keys
from shared.service.jobs import Job, WorkKind
from shared.service.platform import Platform
from shared.service.worker import Periodic
from shared.work.claims import FORGET_DONE

REBUILD = "facts.rebuild"
PUBLISHING_PAUSE = timedelta(milliseconds=500)
"""From one round of publishing to the next while work keeps coming: a figure still shows within a second."""
CHECKED_EVERY = timedelta(hours=1)
KEPT_DAYS = 7
BATCH_ROWS = 5000
DAYS_LOOKED_AT_EVERY = timedelta(minutes=1)

log = structlog.get_logger()


def fact_periodic(topics: Sequence[Topic], *, every: timedelta = timedelta(seconds=5)) -> Periodic:
    """The loop that publishes what waiting events touch; nudged as `facts`.

    A round waits for another publisher, which ends soon. It does not wait for a rebuild; a later round takes those events.
    """

    async def publish(platform: Platform) -> bool:
        async with platform.transaction() as session:
            return await no_rebuild_runs(session) and await publish_pending(session, topics) > 0

    return Periodic("facts", every, publish, pause=PUBLISHING_PAUSE)


def check_periodic(topics: Sequence[Topic]) -> Periodic:
    """The loop that counts again, from its rows, every count that stands. A part at a time, and never while others publish."""

    async def check(platform: Platform) -> None:
        for topic in topics:
            after: Place | None = FIRST_PLACE
            while after is not None:
                async with platform.transaction() as session:
                    checked = await check_counts(session, topic, after=after)
                if checked.wrong:
                    log.error("facts.counted_wrongly", topic=topic.name, cells=checked.wrong)
                after = checked.next

    return Periodic("check-counts", CHECKED_EVERY, check)


def day_periodic(topics: Sequence[Topic]) -> Periodic:
    """The loop that records each London day for the topics that change with the date, from five past midnight on."""

    async def record(platform: Platform) -> None:
        async with platform.transaction() as session:
            await record_days(session, topics, now=platform.clock())

    return Periodic("days", DAYS_LOOKED_AT_EVERY, record)


def rebuild_kind(topics: Sequence[Topic]) -> WorkKind:
    """The kind of work behind `POST /v1/operations/facts/rebuild`."""

    async def rebuild(job: Job) -> None:
        async with job.transaction() as session:
            await rebuild_facts(session, topics)

    return WorkKind(REBUILD, rebuild)


def upkeep() -> list[Periodic]:
    """The periodics of every worker."""
    return [
        seal_periodic(),
        pruning("prune-keys", FORGET_KEYS),
        pruning("prune-clear-keys", forget_clear_keys("idempotency"), every=timedelta(days=1)),
        pruning("prune-work", FORGET_DONE),
    ]


def seal_periodic() -> Periodic:
    """The loop that seals the audit, with what one process remembers of it."""
    sealer: Sealer | None = None

    async def seal(platform: Platform) -> bool:
        nonlocal sealer
        if sealer is None:
            sealer = Sealer(await _sealers_database(platform), platform.signer, platform.settings.data_dir)
        return await sealer.seal_pending()

    return Periodic("seal-audit", timedelta(seconds=1), seal)


async def _sealers_database(platform: Platform) -> Database:
    """The database in the role that seals, where that is another than the service's; it lives as long as the process."""
    settings, service = platform.settings, platform.service
    url = settings.sealer_url_for(service)
    if url == settings.database_url_for(service):
        return platform.database
    database = Database(url, application_name=f"icc-{service}-sealer", pool_size=1)
    await database.open()
    return database


def pruning(name: str, statement: str, *, every: timedelta = timedelta(hours=1)) -> Periodic:
    """The periodic that forgets rows, a batch at a time. statement: as `prune_batch` runs it."""

    async def prune(platform: Platform) -> bool:
        return await prune_batch(platform.database, statement)

    return Periodic(name, every, prune)


async def prune_batch(database: Database, statement: str) -> bool:
    """Run a DELETE of at most $2 rows that are older than $1 days; True when there may be more of them."""
    async with database.connection() as connection:
        status: str = await connection.execute(statement, KEPT_DAYS, BATCH_ROWS)
    return int(status.rsplit(" ", 1)[-1]) == BATCH_ROWS
