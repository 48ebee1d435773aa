"""What every service's worker does beside its own work: sealing the audit, forgetting old answers and work that is done."""

from datetime import timedelta

from shared.audit.sealer import seal_pending
from shared.idempotency.pruning import prune_keys
from shared.service.worker import Periodic
from shared.work.pruning import prune_work


def upkeep() -> list[Periodic]:
    """The periodics of every worker."""
    return [
        Periodic("seal-audit", timedelta(seconds=1), seal_pending),
        Periodic("prune-keys", timedelta(hours=1), prune_keys),
        Periodic("prune-work", timedelta(hours=1), prune_work),
    ]
