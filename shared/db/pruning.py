"""Forgetting rows that have served their time, a part at a time, so that no statement runs into its time-out."""

from shared.db.engine import Database

KEPT_DAYS = 7
BATCH_ROWS = 5000


async def prune_batch(database: Database, statement: str) -> bool:
    """Run a DELETE of at most $2 rows that are older than $1 days; True when there may be more of them."""
    async with database.connection() as connection:
        status: str = await connection.execute(statement, KEPT_DAYS, BATCH_ROWS)
    return int(status.rsplit(" ", 1)[-1]) == BATCH_ROWS
