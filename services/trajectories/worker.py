"""The trajectories service's worker: wiring only."""

from collections.abc import Sequence

from services.trajectories.annotations.jobs import annotate_periodic
from services.trajectories.annotations.queries import annotations_beside
from services.trajectories.ingest.clients import open_authors
from services.trajectories.ingest.jobs import pull_periodic, rebuild_kind
from services.trajectories.performance.beside import Beside
from services.trajectories.publications.jobs import publish_periodic
from services.trajectories.settings import Settings
from services.trajectories.shares.jobs import draft_periodic
from services.trajectories.shares.points import trajectory_points
from services.trajectories.signal_feed.jobs import signal_periodic
from services.trajectories.signal_feed.webhooks import hears
from services.trajectories.targets.queries import target_points
from shared.deliveries.receivers import open_receivers
from shared.deliveries.sending import FORGET_DELIVERIES, send_periodic
from shared.deliveries.spreading import spread_periodic
from shared.service.jobs import WorkKind
from shared.service.platform import Platform, open_platform
from shared.service.upkeep import pruning, upkeep
from shared.service.worker import Periodic, run_worker

SERVICE = "trajectories"


def kinds() -> list[WorkKind]:
    """The work this service does from rows."""
    return [rebuild_kind()]


def periodics(platform: Platform) -> Sequence[Periodic]:
    """What this service does every so often, beside pulling the facts of others."""
    beside = Beside(trajectory_points, target_points, annotations_beside)
    return [
        publish_periodic(platform),
        draft_periodic(),
        annotate_periodic(platform),
        signal_periodic(platform, beside),
        spread_periodic(hears),
        pruning("prune-webhook-deliveries", FORGET_DELIVERIES),
        *upkeep(),
    ]


async def work(settings: Settings) -> None:
    """Run the worker until it is told to stop."""
    async with (
        open_platform(SERVICE, settings) as platform,
        open_authors(settings) as authors,
        open_receivers(settings.delivery_origins) as receivers,
    ):
        calling = [pull_periodic(authors, sweep=settings.sweep_interval), send_periodic(receivers)]
        await run_worker(
            platform, kinds=kinds(), periodics=[*calling, *periodics(platform)], sweep=settings.sweep_interval
        )
