"""The pull: read each author's facts to their end, on a nudge or by the sweep."""

from collections.abc import Mapping
from datetime import timedelta

import structlog

from services.trajectories.ingest.actions import store_page
from services.trajectories.ingest.authoring import rebuild_own_facts
from services.trajectories.ingest.clients import FactAuthor
from services.trajectories.ingest.queries import Position, position_of
from services.trajectories.measures.catalogue import load_catalogue
from services.trajectories.settings import Settings
from shared.facts.cells import FactPage
from shared.problems import Problem
from shared.service.jobs import Job, WorkKind
from shared.service.platform import Platform
from shared.service.upkeep import REBUILD
from shared.service.worker import Periodic

log = structlog.get_logger()

# A pull that finds nothing costs each author a request, so it sweeps more slowly than the rows of one's own database.
SWEEPS_SKIPPED = 3


class PullFailedError(Exception):
    """Facts of an author could not be read, or not be stored; the others were read."""


async def pull(platform: Platform, authors: Mapping[str, FactAuthor]) -> None:
    """Read every author's facts to their end. One that cannot be read or stored does not hold up the others.

    Raises PullFailedError in the end when there was one, so that the round counts as failed.
    """
    failed = False
    for name, author in authors.items():
        try:
            await _drain(platform, name, author)
        except Exception as error:  # noqa: BLE001 -- facts that cannot be stored are their author's trouble alone
            failed = True
            reason = error.code if isinstance(error, Problem) else type(error).__name__
            log.warning("pull.failed", author=name, error=reason)
    if failed:
        raise PullFailedError


async def _drain(platform: Platform, name: str, author: FactAuthor) -> None:
    async with platform.database.transaction() as session:
        position: Position | None = await position_of(session, name)
    while position is not None:
        page = _without_impossible(platform, name, await author.read(after=position.cursor))
        async with platform.database.transaction() as session:
            position = await store_page(session, author=name, position=position, page=page)


def _without_impossible(platform: Platform, author: str, page: FactPage) -> FactPage:
    """The page with each impossible figure withdrawn: one wrong cell must not hold up all that follow it."""
    catalogue = load_catalogue(platform.settings_of(Settings).measures_file)
    wrong = [
        fact
        for fact in page.items
        if (measure := catalogue.get(fact.measure))
        and not measure.allows(fact.numerator, fact.denominator, fact.breakdowns)
    ]
    if not wrong:
        return page
    log.error("pull.impossible", author=author, measures=sorted({fact.measure for fact in wrong}))
    withdrawn = {fact.seq: fact.model_copy(update={"numerator": None, "denominator": None}) for fact in wrong}
    return page.model_copy(update={"items": [withdrawn.get(fact.seq, fact) for fact in page.items]})


def rebuild_kind() -> WorkKind:
    """The kind of work behind `POST /v1/operations/facts/rebuild`: facts of this service itself."""

    async def rebuild(job: Job) -> None:
        async with job.transaction() as session:
            await rebuild_own_facts(session)

    return WorkKind(REBUILD, rebuild)


def pull_periodic(authors: Mapping[str, FactAuthor], *, sweep: timedelta) -> Periodic:
    """The worker's loop, nudged as `pull`."""

    async def run(platform: Platform) -> None:
        await pull(platform, authors)

    return Periodic("pull", SWEEPS_SKIPPED * sweep, run)
