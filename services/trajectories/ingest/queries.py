"""Where each author's feed was read to."""

from sqlalchemy import text

from shared.db.engine import Database

_CURSOR = text("select cursor from fact_subscription where author = :author")


async def cursor_of(database: Database, author: str) -> int:
    """The cursor behind which the feed is to be read next; 0 for one never read."""
    async with database.engine.connect() as connection:
        return (await connection.execute(_CURSOR, {"author": author})).scalar_one_or_none() or 0
