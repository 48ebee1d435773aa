"""Forgetting: a kept answer is of use for as long as its client may still repeat the request, which is seven days."""

from typing import TYPE_CHECKING

from shared.db.pruning import prune_batch

if TYPE_CHECKING:
    from shared.service.platform import Platform

_PRUNE = """
    delete from idempotency where (client, route, key) in (
        select client, route, key from idempotency
        where created_at < now() - make_interval(days => $1) order by created_at limit $2
        for update skip locked)
"""


async def prune_keys(platform: "Platform") -> bool:
    """Delete a batch of answers older than seven days; True when there may be more. For a worker's Periodic, hourly."""
    return await prune_batch(platform.database, _PRUNE)
