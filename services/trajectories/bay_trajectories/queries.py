"""Reads of Bay-wide trajectories."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.bay_trajectories.rules import YEAR
from services.trajectories.bay_trajectories.tables import BayTrajectory
from shared.months import Month


async def newest_version(session: AsyncSession, measure: str, year: str) -> int:
    """The number of the newest version of a year's plan; 0 before the first."""
    asked = select(func.max(BayTrajectory.version)).where(
        col(BayTrajectory.measure) == measure, col(BayTrajectory.year) == year
    )
    return (await session.exec(asked)).one() or 0


async def agreed_plan(
    session: AsyncSession, measure: str, month: Month, *, as_at: datetime | None = None
) -> BayTrajectory | None:
    """The newest agreed plan that has a month; as_at: of those known at that instant."""
    asked = select(BayTrajectory).where(
        col(BayTrajectory.measure) == measure,
        col(BayTrajectory.status) == "agreed",
        col(BayTrajectory.first_month).between((month - (YEAR - 1)).first_day, month.first_day),
    )
    if as_at is not None:
        asked = asked.where(col(BayTrajectory.made_at) <= as_at)
    newest = asked.order_by(col(BayTrajectory.made_at).desc(), col(BayTrajectory.id).desc()).limit(1)
    return (await session.exec(newest)).first()


async def planned_measures(session: AsyncSession) -> Sequence[tuple[str, Month, Month]]:
    """Every measure with an agreed plan, with the first and the last month that its plans have."""
    asked = (
        select(
            BayTrajectory.measure,
            func.min(BayTrajectory.first_month),
            func.max(BayTrajectory.first_month),
        )
        .where(col(BayTrajectory.status) == "agreed")
        .group_by(col(BayTrajectory.measure))
        .order_by(col(BayTrajectory.measure))
    )
    rows = (await session.exec(asked)).all()
    return [(measure, Month.of(first), Month.of(last) + (YEAR - 1)) for measure, first, last in rows]


async def plans(
    session: AsyncSession, *, measure: str | None, year: str | None, before: UUID | None, limit: int
) -> Sequence[BayTrajectory]:
    """Plans, newest first. before: only those older than this one."""
    asked = select(BayTrajectory)
    if measure is not None:
        asked = asked.where(col(BayTrajectory.measure) == measure)
    if year is not None:
        asked = asked.where(col(BayTrajectory.year) == year)
    if before is not None:
        asked = asked.where(col(BayTrajectory.id) < before)
    return (await session.exec(asked.order_by(col(BayTrajectory.id).desc()).limit(limit))).all()
