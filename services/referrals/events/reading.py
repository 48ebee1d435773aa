"""Reading the diary: page by page, one event, and as a calendar for everybody."""

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from services.referrals.directory.finding import communities_around
from services.referrals.events.answers import event_shown, occurrence_of
from services.referrals.events.calendars import written_calendar
from services.referrals.events.queries import Wanted, event_called, events_found, public_events, result_of
from services.referrals.events.schemas import CommunityEventAnswer
from shared.months import LONDON
from shared.problems import FieldError, Invalid, NotFound
from shared.service.acting import Act
from shared.service.paging import Page, Pager
from shared.service.platform import Platform

SHOWN_FOR: Final = timedelta(days=92)
"""So long an event that is over stands in the calendar for everybody."""
MOST_SHOWN: Final = 5_000


async def find_events(
    act: Act,
    *,
    community: str | None,
    first: date | None,
    last: date | None,
    cancelled: bool,
    paging: Pager,
) -> Page[CommunityEventAnswer]:
    """A page of the diary, the soonest first. Raises Invalid."""
    if first is not None and last is not None and last < first:
        raise Invalid(errors=[FieldError("date.order", "/to", "The last day lies before the first.")])
    wanted = Wanted(
        places=None if community is None else communities_around(act, community),
        first=None if first is None else _begins(first),
        until=None if last is None else _begins(last + timedelta(days=1)),
        cancelled=cancelled,
    )
    found = await events_found(act, wanted, paging=paging)
    return paging.page(
        found,
        shown=lambda one: event_shown(*one),
        at=lambda one: [one[0].starts_at.isoformat(), str(one[0].id)],
    )


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON)


async def read_event(act: Act, event_id: UUID) -> CommunityEventAnswer:
    """One event. Raises NotFound."""
    row = await event_called(act, event_id)
    if row is None:
        raise NotFound
    return event_shown(row, await result_of(act, row.id))


async def public_calendar(platform: Platform) -> bytes:
    """The public events of the last three months and of the time to come, as a calendar."""
    async with platform.transaction() as session:
        since = platform.clock() - SHOWN_FOR
        rows = [
            (occurrence_of(row), row.changed_at)
            for row in await public_events(session, since=since, most=MOST_SHOWN)
        ]
    return await asyncio.to_thread(written_calendar, rows)
