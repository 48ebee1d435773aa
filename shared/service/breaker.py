"""A breaker: after some failures in a row nobody is asked for a while, then one request finds out."""

import time
from collections.abc import Callable

FAILURES = 5
OPEN_SECONDS = 10.0


class Breaker:
    """Counts failures in a row. Closed: everything passes. Open: nothing. Half open: one trial at a time."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._opened_at = 0.0

    def lets_pass(self) -> bool:
        """Whether a request may be tried now. While open, one is let through every ten seconds."""
        if self._failures < FAILURES:
            return True
        if self._clock() - self._opened_at < OPEN_SECONDS:
            return False
        self._opened_at = self._clock()
        return True

    def succeeded(self) -> None:
        """The other side answered."""
        self._failures = 0

    def failed(self) -> None:
        """The other side did not answer, or said that it cannot."""
        self._failures += 1
        if self._failures >= FAILURES:
            self._opened_at = self._clock()
