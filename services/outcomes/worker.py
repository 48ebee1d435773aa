"""The outcomes service's worker: wiring only."""

from collections.abc import Sequence
from datetime import timedelta

from services.outcomes.completeness.jobs import signal_periodic
from services.outcomes.completeness.webhooks import hears
from services.outcomes.facts import TOPICS
from services.outcomes.settings import Settings
from services.outcomes.submissions.deciding import FORGET_FILES, FORGET_KEYS
from services.outcomes.submissions.jobs import read_kind
from shared.deliveries.receivers import open_receivers
from shared.deliveries.sending import FORGET_DELIVERIES, send_periodic
from shared.deliveries.spreading import spread_periodic
from shared.idempotency.answers import forget_clear_keys
from shared.service.jobs import WorkKind
from shared.service.platform import Platform, open_platform
from shared.service.upkeep import day_periodic, fact_periodic, pruning, rebuild_kind, upkeep
from shared.service.worker import Periodic, run_worker

SERVICE = "outcomes"


def kinds() -> list[WorkKind]:
    """The work this service does from rows."""
    return [read_kind(TOPICS), rebuild_kind(TOPICS)]


def periodics(platform: Platform) -> Sequence[Periodic]:
    """What this service does every so often, or when rung."""
    return [
        fact_periodic(TOPICS, every=platform.settings.sweep_interval),
        day_periodic(TOPICS),
        signal_periodic(),
        spread_periodic(hears),
        pruning("prune-webhook-deliveries", FORGET_DELIVERIES),
        pruning("prune-submission-keys", FORGET_KEYS),
        pruning("prune-submission-files", FORGET_FILES),
        pruning(
            "prune-clear-submission-keys", forget_clear_keys("feed_submission_key"), every=timedelta(days=1)
        ),
        *upkeep(),
    ]


async def work(settings: Settings) -> None:
    """Run the worker until it is told to stop."""
    async with (
        open_platform(SERVICE, settings) as platform,
        open_receivers(settings.delivery_origins) as receivers,
    ):
        calling = [send_periodic(receivers)]
        await run_worker(
            platform, kinds=kinds(), periodics=[*calling, *periodics(platform)], sweep=settings.sweep_interval
        )
