"""The worker's part: once a London day, what is due soon and what has become late is signalled."""

from collections.abc import Mapping
from datetime import date, timedelta

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.completeness.queries import sendings_of
from services.outcomes.completeness.rules import awaited_returns, return_told
from services.outcomes.feeds.declarations import Feed, shipped_feeds
from services.outcomes.signals.actions import give_signals, watch_since
from services.outcomes.signals.rules import due_on, returns_between, signals_by_date
from shared.facts.days import day_begun
from shared.months import Month
from shared.registry import Registry
from shared.service.platform import Platform
from shared.service.worker import Periodic

LOOKED_AT_EVERY = timedelta(minutes=1)

log = structlog.get_logger()


def signal_periodic() -> Periodic:
    """The loop that looks once a London day whose return is due soon or late."""
    looked: date | None = None

    async def look(platform: Platform) -> None:
        nonlocal looked
        today = day_begun(platform.clock())
        if today is None or today == looked:
            return
        async with platform.transaction() as session:
            given = await signal_absent(session, shipped_feeds(), platform.registry, today=today)
        looked = today
        if given:
            log.info("feeds.signalled", signals=given)

    return Periodic("feed-signals", LOOKED_AT_EVERY, look)


async def signal_absent(
    session: AsyncSession, feeds: Mapping[str, Feed], registry: Registry, *, today: date
) -> int:
    """Signal every return that is absent and due soon or late, of the periods that ended after the first day of all.

    Returns how many signals were new.
    """
    begun = await watch_since(session, today)
    given = 0
    for feed in feeds.values():
        periods = [
            period
            for period in returns_between(feed, Month.of(begun), Month.of(today))
            if period.last.last_day > begun and list(signals_by_date(due_on(feed, period), today=today))
        ]
        sendings = await sendings_of(session, feed, {month for period in periods for month in period})
        told = [
            return_told(feed, registry, awaited, sendings, today=today)
            for awaited in awaited_returns(feed, registry, periods)
        ]
        signals = [
            (kind, one.council, one.period)
            for one in told
            if one.received_at is None
            for kind in signals_by_date(one.due_on, today=today)
        ]
        given += await give_signals(session, feed, signals)
    return given
