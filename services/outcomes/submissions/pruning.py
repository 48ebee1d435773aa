"""Forgetting: which submission a key led to is of use for as long as the key's answer is kept, which is seven days."""

from typing import Any

from shared.db.pruning import prune_batch

_PRUNE = """
    delete from feed_submission_key where (client, route, key) in (
        select client, route, key from feed_submission_key
        where created_at < now() - make_interval(days => $1) order by created_at limit $2
        for update skip locked)
"""


async def prune_submission_keys(platform: Any) -> bool:
    """Delete a batch of keys older than seven days; True when there may be more. For a worker's Periodic, hourly."""
    return await prune_batch(platform.database, _PRUNE)
