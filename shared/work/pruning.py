"""Forgetting work: a row that is done tells only how busy a worker was; what was set aside stays for an operator."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.http.platform import Platform

KEPT_DAYS = 7
BATCH_ROWS = 5000

_PRUNE = """
    delete from work where id in (
        select id from work where state = 'done' and updated_at < now() - make_interval(days => $1) limit $2
        for update skip locked)
"""


async def prune_work(platform: "Platform") -> bool:
    """Delete a batch of rows done more than seven days ago; True when there may be more. For a worker's Periodic, hourly."""
    async with platform.database.connection() as connection:
        status: str = await connection.execute(_PRUNE, KEPT_DAYS, BATCH_ROWS)
    return int(status.rsplit(" ", 1)[-1]) == BATCH_ROWS
