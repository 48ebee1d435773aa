"""A POST that is sent twice happens once: the first answer is kept for seven days under client, route and key.

| question | file |
| --- | --- |
| which row keeps an answer? | tables.py |
| how does a session-based route claim a key, replay, keep? | replay.py |
| the same for a single statement over the bare driver? | hot.py |
| what is a legal key, what is compared? | keys.py |
| what is answered about a key? | errors.py |
| when are old answers forgotten? | pruning.py |

Decision: a key belongs to one client and one route, and the route is the method with the *concrete* path. The same key
at another address is therefore another key, and `idempotency.endpoint_mismatch` is never answered.
"""

from shared.idempotency.hot import (
    IDEMPOTENCY_COLUMNS,
    IDEMPOTENCY_TYPES,
    Kept,
    idempotency_values,
    read_kept,
)
from shared.idempotency.keys import route_of
from shared.idempotency.pruning import prune_keys
from shared.idempotency.replay import StoredAnswer, keep_answer, replay_or_claim

__all__ = [
    "IDEMPOTENCY_COLUMNS",
    "IDEMPOTENCY_TYPES",
    "Kept",
    "StoredAnswer",
    "idempotency_values",
    "keep_answer",
    "prune_keys",
    "read_kept",
    "replay_or_claim",
    "route_of",
]
