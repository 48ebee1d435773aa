"""The worker's part: once a London day, and after each publication, the newest figures are looked through."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import structlog

from services.trajectories.matrix.queries import measures_with_figures
from services.trajectories.measures.catalogue import load_catalogue
from services.trajectories.performance.beside import Beside
from services.trajectories.performance.keeping import KeptAnswers, ServedVersion
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.audience import PROTECTED, Audience, Sight
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.performance.rules.question import Question
from services.trajectories.publications.queries import newest_publication
from services.trajectories.settings import Settings
from services.trajectories.signal_feed.rules import MONTHS, noticed_in
from services.trajectories.signals.actions import give_signals
from services.trajectories.signals.rules import Basis, Noticed
from shared.facts.days import day_begun
from shared.months import Month, month_range
from shared.service.makers import Maker
from shared.service.platform import Platform
from shared.service.worker import Periodic

LOOKED_AT_EVERY = timedelta(minutes=1)

log = structlog.get_logger()


def signal_periodic(platform: Platform, beside: Beside) -> Periodic:
    """The loop that looks through the newest figures.

    beside: where trajectories and rebases come from.
    """
    reporting = _reporting(platform, beside)
    looked: tuple[date, int | None] | None = None

    async def look(platform: Platform) -> None:
        nonlocal looked
        now = platform.clock()
        today = day_begun(now)
        if today is None:
            return
        async with platform.database.transaction() as session:
            newest = await newest_publication(session)
        seen = (today, None if newest is None else newest.number)
        if seen == looked:
            return
        given = await signal_figures(platform, reporting, now)
        looked = seen
        if given:
            log.info("performance.signalled", signals=given)

    return Periodic("performance-signals", LOOKED_AT_EVERY, look)


async def signal_figures(platform: Platform, reporting: Reporting, now: datetime) -> int:
    """Signal what the newest figures say, to those who see them exactly and, from what is published, to all others.

    Returns how many signals were new.
    """
    given = 0
    bases: tuple[tuple[Basis, Audience], ...] = (
        ("exact", Audience(everywhere=True)),
        ("published", PROTECTED),
    )
    for basis, audience in bases:
        sight = Sight(audience, reporting.places)
        noticed = [one async for one in _noticed(reporting, sight, now)]
        async with platform.transaction() as session:
            given += await give_signals(session, noticed, basis=basis, now=now)
    return given


async def _noticed(reporting: Reporting, sight: Sight, now: datetime) -> AsyncIterator[Noticed]:
    """What is noticed in the communities and the whole over the months before this one, which is not over."""
    last = Month.of(now) - 1
    first = last - (MONTHS - 1)
    months, places = month_range(first, last), reporting.places
    communities = places.of_level("icc", months)
    shown = sight.audience == PROTECTED
    codes = {code for place in communities for month in months for code in places.codes(place, month)}
    measures = await measures_with_figures(
        reporting.database,
        list(reporting.catalogue),
        () if shown else codes,
        months=(first, last),
        published=shown,
        as_at=None,
    )
    for measure in measures:
        question = Question(
            measures=(measure.key,),
            places=communities,
            first=first,
            last=last,
            with_whole=True,
            with_chart=True,
            with_trajectory=True,
        )
        answer = await reporting.view(question, sight, now)
        for series in answer.series:
            for one in noticed_in(series):
                yield one


def _reporting(platform: Platform, beside: Beside) -> Reporting:
    """The report as the worker asks it: of the database itself, and nothing is kept."""
    settings = platform.settings_of(Settings)
    return Reporting(
        database=platform.database,
        catalogue=load_catalogue(settings.measures_file),
        places=Geography(platform.registry),
        policy=Policy(threshold=settings.protection_threshold, base=settings.protection_base),
        kept=KeptAnswers(0),
        version=ServedVersion(platform.database, lambda: None),
        clock=platform.clock,
        beside=beside,
        maker=Maker(asyncio.Semaphore(settings.file_makers)),
    )
