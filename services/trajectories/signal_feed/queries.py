"""Reads of signals."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, or_, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.signals.tables import PerformanceSignal
from shared.service.paging import Pager


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which signals a feed shows. None: whatever they say."""

    measures: Sequence[str] | None = None
    places: Sequence[str] | None = None


async def places_signalled(session: AsyncSession) -> list[tuple[str, date]]:
    """Every place and month whose figures any signal is about."""
    about = select(col(PerformanceSignal.place), col(PerformanceSignal.month))
    found = about.where(col(PerformanceSignal.basis).is_not(None))
    return [(place, month) for place, month in await session.exec(found.distinct())]


async def newest_signals(
    session: AsyncSession, wanted: Wanted, exact: Collection[tuple[str, date]], paging: Pager
) -> list[PerformanceSignal]:
    """The signals that a caller may read, the newest first.

    exact: the places and months whose true figures the caller sees. Of all others they read what published ones say.
    """
    basis = col(PerformanceSignal.basis)
    theirs = tuple_(col(PerformanceSignal.place), col(PerformanceSignal.month)).in_(sorted(exact))
    found = select(PerformanceSignal).where(
        or_(basis.is_(None), and_(basis == "exact", theirs), and_(basis == "published", ~theirs))
    )
    if wanted.measures is not None:
        found = found.where(col(PerformanceSignal.measure).in_(wanted.measures))
    if wanted.places is not None:
        found = found.where(col(PerformanceSignal.place).in_(wanted.places))
    if before := paging.after():
        found = found.where(col(PerformanceSignal.id) < UUID(before[0]))
    newest = found.order_by(col(PerformanceSignal.id).desc()).limit(paging.limit + 1)
    return list(await session.exec(newest))
