"""Reading events."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.events.tables import CommunityEvent, EventResult
from shared.service.acting import Act
from shared.service.paging import Pager

Found = tuple[CommunityEvent, EventResult | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are asked for; None asks for nothing. places: communities of which one is named."""

    places: Collection[str] | None
    first: datetime | None
    until: datetime | None
    cancelled: bool


async def events_found(act: Act, wanted: Wanted, *, paging: Pager) -> Sequence[Found]:
    """Events with their results, the soonest first, one more than the page shows."""
    found = (
        select(CommunityEvent, EventResult)
        .outerjoin(EventResult, col(EventResult.id) == col(CommunityEvent.id))
        .order_by(col(CommunityEvent.starts_at), col(CommunityEvent.id))
        .limit(paging.limit + 1)
    )
    if wanted.places is not None:
        serving = text("community_event.communities ?| cast(:places as text[])")
        found = found.where(serving.bindparams(places=sorted(wanted.places)))
    if wanted.first is not None:
        found = found.where(col(CommunityEvent.starts_at) >= wanted.first)
    if wanted.until is not None:
        found = found.where(col(CommunityEvent.starts_at) < wanted.until)
    if not wanted.cancelled:
        found = found.where(col(CommunityEvent.status) == "planned")
    if after := paging.after():
        at, last = datetime.fromisoformat(after[0]), UUID(after[1])
        found = found.where(
            (col(CommunityEvent.starts_at) > at)
            | ((col(CommunityEvent.starts_at) == at) & (col(CommunityEvent.id) > last))
        )
    return (await act.session.exec(found)).all()


async def event_called(act: Act, event_id: UUID, *, held: bool = False) -> CommunityEvent | None:
    """One event, held till the act ends where it is to be changed."""
    found = select(CommunityEvent).where(col(CommunityEvent.id) == event_id)
    if held:
        found = found.with_for_update().execution_options(populate_existing=True)
    return (await act.session.exec(found)).first()


async def result_of(act: Act, event_id: UUID) -> EventResult | None:
    """What came of an event."""
    return await act.session.get(EventResult, event_id)


async def events_of_calendars(act: Act, uids: Collection[str]) -> Mapping[tuple[str, int], CommunityEvent]:
    """Every occurrence of the events that calendars call so, held till the act ends."""
    found = (
        select(CommunityEvent)
        .where(col(CommunityEvent.uid).in_(uids))
        .order_by(col(CommunityEvent.uid), col(CommunityEvent.number))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {(one.uid, one.number): one for one in (await act.session.exec(found)).all()}


async def public_events(session: AsyncSession, *, since: datetime, most: int) -> Sequence[CommunityEvent]:
    """The events for everybody that begin at a moment or later, the soonest first."""
    found = (
        select(CommunityEvent)
        .where(col(CommunityEvent.public), col(CommunityEvent.starts_at) >= since)
        .order_by(col(CommunityEvent.starts_at), col(CommunityEvent.id))
        .limit(most)
    )
    return (await session.exec(found)).all()
