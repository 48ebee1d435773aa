"""Reads of annual plans."""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlmodel import col, func, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.annual_plans.tables import AnnualPlan


async def newest_plan(session: AsyncSession, community: str, year: str) -> AnnualPlan | None:
    """The plan that stands."""
    asked = select(AnnualPlan).where(col(AnnualPlan.community) == community, col(AnnualPlan.year) == year)
    return (await session.exec(asked.order_by(col(AnnualPlan.version).desc()).limit(1))).first()


async def plans_listed(
    session: AsyncSession,
    *,
    communities: Sequence[str] | None,
    year: str | None,
    status: str | None,
    sees: Callable[[AnnualPlan], bool],
    before: UUID | None,
    limit: int,
) -> list[AnnualPlan]:
    """The standing plans that a caller may read, newest first."""
    key = (col(AnnualPlan.community), col(AnnualPlan.year))
    newest = select(*key, func.max(AnnualPlan.version)).group_by(*key)
    standing = select(AnnualPlan).where(tuple_(*key, col(AnnualPlan.version)).in_(newest))
    if communities is not None:
        standing = standing.where(col(AnnualPlan.community).in_(communities))
    if year is not None:
        standing = standing.where(col(AnnualPlan.year) == year)
    rows = sorted((await session.exec(standing)).all(), key=lambda row: row.id, reverse=True)
    return [
        row
        for row in rows
        if (status is None or row.status == status) and (before is None or row.id < before) and sees(row)
    ][:limit]
