"""Forgetting work: a row that is done tells only how busy a worker was; what was set aside stays for an operator."""

from typing import TYPE_CHECKING

from shared.db.pruning import prune_batch

if TYPE_CHECKING:
    from shared.service.platform import Platform

_PRUNE = """
    delete from work where id in (
        select id from work where state = 'done' and updated_at < now() - make_interval(days => $1) limit $2
        for update skip locked)
"""


async def prune_work(platform: "Platform") -> bool:
    """Delete a batch of rows done more than seven days ago; True when there may be more. For a worker's Periodic, hourly."""
    return await prune_batch(platform.database, _PRUNE)
