"""How often one client may call: counted second by second in memory, per process. Off unless `ICC_RATE_LIMIT` is set."""

import math
import time

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from shared.problems import TooManyRequests


class Rates:
    """At most `per_second` requests a second for each client; 0 lets everything pass."""

    def __init__(self, per_second: int) -> None:
        self._limit = RateLimitItemPerSecond(per_second) if per_second else None
        self._limiter = FixedWindowRateLimiter(MemoryStorage()) if per_second else None

    async def check(self, client: str) -> None:
        """Count one request of a client; TooManyRequests when it was one too many."""
        if self._limit is None or self._limiter is None:
            return
        if not await self._limiter.hit(self._limit, client):
            window = await self._limiter.get_window_stats(self._limit, client)
            wait = max(1, math.ceil(window.reset_time - time.time()))
            raise TooManyRequests(
                "This client sends more requests a second than it may.", headers={"Retry-After": str(wait)}
            )
