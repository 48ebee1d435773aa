"""The author's part of a worker: deriving facts as events come in, and the rebuild an operator asks for."""

from collections.abc import Sequence
from datetime import timedelta

from shared.facts.publishing import Topic, no_rebuild_runs, publish_pending, rebuild_facts
from shared.service.jobs import Job, WorkKind
from shared.service.platform import Platform
from shared.service.worker import Periodic
from shared.work.nudges import noted_nudges

REBUILD = "facts.rebuild"


def fact_periodic(topics: Sequence[Topic], *, every: timedelta = timedelta(seconds=5)) -> Periodic:
    """The loop that publishes what waiting events touch; nudged as `facts`.

    Another publisher is waited for, since it ends in a moment; a rebuild is not: what came in meanwhile is taken by a
    round after it.
    """

    async def publish(platform: Platform) -> bool:
        async with platform.database.transaction() as session:
            taken = await publish_pending(session, topics) if await no_rebuild_runs(session) else 0
            nudges = noted_nudges(session)
        platform.nudges.ring(nudges)
        return taken > 0

    return Periodic("facts", every, publish)


def rebuild_kind(topics: Sequence[Topic]) -> WorkKind:
    """The kind of work behind `POST /v1/operations/facts/rebuild`."""

    async def rebuild(job: Job) -> None:
        async with job.transaction() as session:
            await rebuild_facts(session, topics)

    return WorkKind(REBUILD, rebuild)
