"""How far each author's facts were read."""

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.engine import Database
from shared.db.tables import JsonObject

_CURSOR = text("select cursor from fact_subscription where author = :author")

_SUBSCRIPTIONS = text("""
    select author, serving as epoch, loading is not null as rebuilding, cursor, read_at,
           extract(epoch from now() - read_at)::float as lag_seconds
      from fact_subscription order by author
""")


async def cursor_of(database: Database, author: str) -> int:
    """The cursor behind which the author is to be read next; 0 for one never read."""
    async with database.engine.connect() as connection:
        return (await connection.execute(_CURSOR, {"author": author})).scalar_one_or_none() or 0


async def all_subscriptions(session: AsyncSession) -> list[JsonObject]:
    """For each author: which epoch is served, up to where it was read, and how long ago that was its end."""
    rows = await (await session.connection()).execute(_SUBSCRIPTIONS)
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 -- SQLAlchemy's documented accessor
