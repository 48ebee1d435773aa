"""What every service's worker does beside its own work: sealing the audit, forgetting what has served its time."""

from datetime import timedelta

from shared.audit.sealing import seal_pending
from shared.db.engine import Database
from shared.idempotency.answers import FORGET_KEYS
from shared.service.platform import Platform
from shared.service.worker import Periodic
from shared.work.claims import FORGET_DONE

KEPT_DAYS = 7
BATCH_ROWS = 5000


def upkeep() -> list[Periodic]:
    """The periodics of every worker."""
    return [
        Periodic("seal-audit", timedelta(seconds=1), _seal),
        pruning("prune-keys", FORGET_KEYS),
        pruning("prune-work", FORGET_DONE),
    ]


def pruning(name: str, statement: str) -> Periodic:
    """The hourly periodic that forgets rows, a batch at a time. statement: as `prune_batch` runs it."""

    async def prune(platform: Platform) -> bool:
        return await prune_batch(platform.database, statement)

    return Periodic(name, timedelta(hours=1), prune)


async def prune_batch(database: Database, statement: str) -> bool:
    """Run a DELETE of at most $2 rows that are older than $1 days; True when there may be more of them."""
    async with database.connection() as connection:
        status: str = await connection.execute(statement, KEPT_DAYS, BATCH_ROWS)
    return int(status.rsplit(" ", 1)[-1]) == BATCH_ROWS


async def _seal(platform: Platform) -> bool:
    return await seal_pending(platform.database, signer=platform.signer, data_dir=platform.settings.data_dir)
