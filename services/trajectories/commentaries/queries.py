"""Reads of commentaries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.trajectories.commentaries.tables import Commentary
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.places import Geography
from shared.db.seen import newest_seen
from shared.months import parse_period


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which commentaries a list shows. None: whatever they are about."""

    measures: Sequence[str] | None = None
    communities: Sequence[str] | None = None
    period: str | None = None


def sees_commentary(row: Commentary, sight: Sight, places: Geography) -> bool:
    """Whether a caller may read a commentary: of a place below a community only those do whose own it is."""
    place = places.registry.find(row.community)
    return place is not None and sight.may_ask(place, parse_period(row.period).months)


async def commentaries_listed(
    session: AsyncSession,
    wanted: Wanted,
    *,
    sees: Callable[[Commentary], bool],
    before: UUID | None,
    limit: int,
) -> list[Commentary]:
    """Commentaries that a caller may read, newest first."""

    async def read(before: UUID | None) -> Sequence[Commentary]:
        return (await session.exec(_asked(wanted, before).limit(limit))).all()

    return await newest_seen(read, sees=sees, before=before, limit=limit)


def _asked(wanted: Wanted, before: UUID | None) -> SelectOfScalar[Commentary]:
    asked = select(Commentary)
    if wanted.measures is not None:
        asked = asked.where(col(Commentary.measure).in_(wanted.measures))
    if wanted.communities is not None:
        asked = asked.where(col(Commentary.community).in_(wanted.communities))
    if wanted.period is not None:
        asked = asked.where(col(Commentary.period) == wanted.period)
    if before is not None:
        asked = asked.where(col(Commentary.id) < before)
    return asked.order_by(col(Commentary.id).desc())
