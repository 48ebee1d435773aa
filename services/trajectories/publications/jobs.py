"""The worker's part: each day's cut, once its time has come."""

from datetime import datetime, timedelta

import structlog

from services.trajectories.measures.catalogue import load_catalogue
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.publications.actions import make_cut
from services.trajectories.publications.queries import knew_anything
from services.trajectories.publications.rules.making import Cutting
from services.trajectories.settings import Settings
from shared.months import LONDON, london_day
from shared.problems import Unavailable
from shared.service.platform import Platform
from shared.service.worker import Periodic

LOOKED_AT_EVERY = timedelta(minutes=1)

log = structlog.get_logger()


def publish_periodic(platform: Platform) -> Periodic:
    """The loop that makes the cut of each London day, from the time on that the settings name."""
    settings = platform.settings_of(Settings)
    policy = Policy(threshold=settings.protection_threshold, base=settings.protection_base)
    places = Geography(platform.registry)
    cutting = Cutting(load_catalogue(settings.measures_file), places, policy)

    async def publish(platform: Platform) -> None:
        due = due_of(platform.clock(), settings)
        if due is None:
            return
        try:
            async with platform.transaction() as session:
                # What came after the day's hour waits for the next: a system that has just begun publishes nothing yet.
                if not await knew_anything(session, due):
                    return
                made = await make_cut(session, cutting, clock=platform.clock, day=london_day(due))
        except Unavailable:
            return  # somebody is publishing at this moment; the next round looks again
        if made is not None:
            log.info("publication.made", cells=made.cells)

    return Periodic("publish", LOOKED_AT_EVERY, publish)


def due_of(now: datetime, settings: Settings) -> datetime | None:
    """The instant at which the cut of the present London day is due; None when that is still to come."""
    due = datetime.combine(london_day(now), settings.publication_time, tzinfo=LONDON)
    return due if due <= now else None
