"""Reads of an author's feed."""

from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.tables import JsonObject

_ONE_SNAPSHOT = text("set transaction isolation level repeatable read, read only")
_EPOCH = text("select epoch from fact_epoch where id = 1")
_VERSIONS = text("""
    select seq, measure, to_char(month, 'YYYY-MM') as month, place, breakdowns, source, numerator, denominator, known_at,
           provenance
      from fact_cell where seq > :after order by seq limit :limit
""")


async def hold_snapshot(session: AsyncSession) -> None:
    """Let all that follows in this transaction be read as of one moment; nothing may have been read before."""
    await (await session.connection()).execute(_ONE_SNAPSHOT)


async def feed_epoch(session: AsyncSession) -> UUID:
    """Which life of the feed this is."""
    epoch: UUID = (await (await session.connection()).execute(_EPOCH)).scalar_one()
    return epoch


async def versions_after(session: AsyncSession, *, after: int, limit: int) -> list[JsonObject]:
    """The next cell versions behind a cursor, in commit order."""
    rows = await (await session.connection()).execute(_VERSIONS, {"after": after, "limit": limit})
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 -- SQLAlchemy's documented accessor
