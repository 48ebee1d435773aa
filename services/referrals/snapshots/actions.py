"""The only writer of snapshots: one for each day event, whatever happens to the referrals afterwards."""

from dataclasses import astuple
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.snapshots.queries import (
    items_standing,
    places_before,
    rates_of,
    rates_standing,
    snapshot_of,
)
from services.referrals.snapshots.rules import Line, Rate, lines_of
from services.referrals.snapshots.tables import CaseworkDay, WorklistDay


async def take_snapshot(session: AsyncSession, *, known_at: datetime) -> list[Line]:
    """The lines of the worklists at a day event: counted with the first call, and the same for every rebuild."""
    taken = await snapshot_of(session, known_at)
    if taken is not None:
        return taken
    found = await items_standing(session, at=known_at)
    lines = lines_of(found, known_places=await places_before(session))
    session.add(WorklistDay(known_at=known_at, lines=[list(astuple(line)) for line in lines]))
    await session.flush()
    return lines


async def take_rates(session: AsyncSession, *, known_at: datetime, day: date) -> list[Rate]:
    """The rates of casework at a day event: counted with the first call, and the same for every rebuild."""
    taken = await rates_of(session, known_at)
    if taken is not None:
        return taken
    rates = await rates_standing(session, at=known_at, day=day)
    session.add(CaseworkDay(known_at=known_at, rates=[list(astuple(rate)) for rate in rates]))
    await session.flush()
    return rates
