"""How far each author's facts were read."""

from collections.abc import Sequence
from typing import NamedTuple, Self
from uuid import UUID

from sqlmodel import Float, cast, col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.ingest.tables import FactSubscription


class Position(NamedTuple):
    """Up to where an author's facts were read: in which epoch (None before the first), behind which cursor."""

    epoch: UUID | None
    cursor: int

    @classmethod
    def of(cls, subscription: FactSubscription) -> Self:
        """From where a subscription is to be read on: the epoch that is being loaded, else the served one."""
        return cls(subscription.loading or subscription.serving, subscription.cursor)


async def position_of(session: AsyncSession, author: str) -> Position:
    """Where the author is to be read on."""
    found = await session.get(FactSubscription, author)
    return Position(None, 0) if found is None else Position.of(found)


async def subscriptions(session: AsyncSession) -> Sequence[tuple[FactSubscription, float | None]]:
    """Each author's subscription, with the seconds since the author was last read to the end."""
    lag = cast(func.extract("epoch", func.now() - FactSubscription.read_at), Float)
    return (await session.exec(select(FactSubscription, lag).order_by(col(FactSubscription.author)))).all()
