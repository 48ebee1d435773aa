"""How far each author's facts were read."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.engine import Database
from shared.db.tables import JsonObject

_POSITION = text("select coalesce(loading, serving), cursor from fact_subscription where author = :author")
_SUBSCRIPTIONS = text("""
    select author, serving as epoch, loading is not null as rebuilding, cursor, read_at,
           extract(epoch from now() - read_at)::float as lag_seconds
      from fact_subscription order by author
""")


class Position(NamedTuple):
    """Up to where an author's facts were read: in which epoch (None before the first), behind which cursor."""

    epoch: UUID | None
    cursor: int


async def position_of(database: Database, author: str) -> Position:
    """Where the author is to be read on."""
    async with database.engine.connect() as connection:
        found = (await connection.execute(_POSITION, {"author": author})).one_or_none()
    return Position(None, 0) if found is None else Position(*found)


async def all_subscriptions(session: AsyncSession) -> list[JsonObject]:
    """For each author: which epoch is served, up to where it was read, and how long ago that was its end."""
    rows = await (await session.connection()).execute(_SUBSCRIPTIONS)
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 -- SQLAlchemy's documented accessor
