"""The trajectories service's worker: wiring only."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from services.trajectories.ingest.clients import FactAuthor, open_authors
from services.trajectories.ingest.jobs import pull_periodic
from services.trajectories.settings import Settings
from shared.http.platform import Platform, open_platform
from shared.work import Periodic, WorkKind, run_worker
from shared.work.upkeep import upkeep

SERVICE = "trajectories"
NOBODY: Mapping[str, FactAuthor] = MappingProxyType({})


def kinds() -> list[WorkKind]:
    """The work this service does from rows: none yet."""
    return []


def periodics(platform: Platform, authors: Mapping[str, FactAuthor] = NOBODY) -> Sequence[Periodic]:
    """What this service does every so often, or when rung.   authors: whose facts are pulled."""
    return [pull_periodic(authors, sweep=platform.settings.sweep_interval), *upkeep()]


async def work(settings: Settings) -> None:
    """Run the worker until it is told to stop."""
    async with open_platform(SERVICE, settings) as platform, open_authors(settings) as authors:
        await run_worker(
            platform, kinds=kinds(), periodics=periodics(platform, authors), sweep=settings.sweep_interval
        )
