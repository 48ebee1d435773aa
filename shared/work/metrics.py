"""What a worker counts: pieces of work by kind and how they ended, rounds of its loops, and their time in seconds."""

from functools import cache
from typing import Literal

from prometheus_client import Counter, Histogram

Ending = Literal["done", "retried", "parked", "fenced"]
"""Of a piece of work: done, given back for another attempt, given up, or found in another worker's hands."""

SECONDS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class WorkMetrics:
    """The worker's counters and timings."""

    def __init__(self) -> None:
        self._work = Counter("icc_work", "Pieces of work that ended", ("kind", "ending"))
        self._work_seconds = Histogram(
            "icc_work_seconds", "Time of an attempt at a piece of work", ("kind",), buckets=SECONDS_BUCKETS
        )
        self._rounds = Counter("icc_worker_rounds", "Rounds of the worker's loops", ("loop", "result"))

    def ended(self, *, kind: str, ending: Ending, seconds: float) -> None:
        """Add one attempt at a piece of work."""
        self._work.labels(kind, ending).inc()
        self._work_seconds.labels(kind).observe(seconds)

    def went_round(self, *, loop: str, failed: bool) -> None:
        """Add one round of a loop."""
        self._rounds.labels(loop, "failed" if failed else "ok").inc()


@cache
def work_metrics() -> WorkMetrics:
    """The process's metrics of its work, made on first use."""
    return WorkMetrics()
