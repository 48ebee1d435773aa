"""The pull: read each author's feed until it is drained, on a nudge or by the sweep."""

from collections.abc import Mapping

import structlog

from services.trajectories.ingest.actions import store_page
from services.trajectories.ingest.clients import AuthorFeed, Feed
from services.trajectories.ingest.queries import cursor_of
from shared.addresses import AUTHORS
from shared.http.platform import Platform
from shared.http.sister import Sister
from shared.problems import Problem
from shared.work import Periodic

log = structlog.get_logger()

# A pull that finds nothing costs each author a request, so it sweeps more slowly than the rows of one's own database.
SWEEPS_SKIPPED = 3


async def pull(platform: Platform, feeds: Mapping[str, Feed]) -> None:
    """Read every author's feed to its end. One that cannot be read does not hold up the others."""
    for author, feed in feeds.items():
        try:
            await _drain(platform, author, feed)
        except Problem as problem:
            log.warning("pull.failed", author=author, error=problem.code)


async def _drain(platform: Platform, author: str, feed: Feed) -> None:
    after: int | None = await cursor_of(platform.database, author)
    while after is not None:
        page = await feed.read(after=after)
        async with platform.database.transaction() as session:
            after = await store_page(session, author=author, after=after, page=page)


def pull_periodic(platform: Platform) -> Periodic:
    """The worker's loop, nudged as `pull`."""
    feeds = {author: AuthorFeed(Sister(platform.settings, author)) for author in AUTHORS}

    async def run(platform: Platform) -> None:
        await pull(platform, feeds)

    return Periodic("pull", SWEEPS_SKIPPED * platform.settings.sweep_interval, run)
