"""Counters and timings of requests and of work, in Prometheus' format.

Several processes share their figures when `ICC_METRICS_DIR` names a directory. A label is a method, a route template,
a status, a kind of work: never a path, an id or a client.
"""

import os
from functools import cache
from pathlib import Path
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
    values,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
WORK_SECONDS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

Ending = Literal["done", "retried", "parked", "fenced"]
"""Of a piece of work: done, given back for another attempt, given up, or found in another worker's hands."""


def share_metrics(directory: Path | None) -> None:
    """Keep this process's figures in a directory that all processes share. Call it before any metric is made."""
    if directory is None:
        return
    directory.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]  # not typed upstream


def render_metrics(directory: Path | None) -> bytes:
    """The figures of this process, or of every process that shares the directory."""
    if directory is None:
        return generate_latest()
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, path=str(directory))  # type: ignore[no-untyped-call]  # as above
    return generate_latest(registry)


class RequestMetrics:
    """Count and time of requests by method, route and status; children are kept, for making one costs more than counting."""

    def __init__(self) -> None:
        labels = ("method", "route", "status")
        self._count = Counter("icc_http_requests", "Requests answered", labels)
        self._seconds = Histogram(
            "icc_http_request_seconds", "Time to the end of the answer", labels[:2], buckets=SECONDS_BUCKETS
        )
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Add one answered request."""
        key = (method, route, status)
        children = self._children.get(key)
        if children is None:
            children = self._count.labels(method, route, status), self._seconds.labels(method, route)
            self._children[key] = children
        children[0].inc()
        children[1].observe(seconds)


@cache
def request_metrics() -> RequestMetrics:
    """The process's request metrics, made on first use."""
    return RequestMetrics()


class WorkMetrics:
    """Pieces of work by kind and how they ended, rounds of a worker's loops, and their time in seconds."""

    def __init__(self) -> None:
        self._work = Counter("icc_work", "Pieces of work that ended", ("kind", "ending"))
        self._work_seconds = Histogram(
            "icc_work_seconds",
            "Time of an attempt at a piece of work",
            ("kind",),
            buckets=WORK_SECONDS_BUCKETS,
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


class AuditMetrics:
    """Whether the audit is being sealed, and for how long its oldest unsealed row has waited."""

    def __init__(self) -> None:
        self._waited = Gauge(
            "icc_audit_unsealed_seconds",
            "Age of the oldest audit row without a seal, 0 where none waits",
            multiprocess_mode="livemostrecent",
        )
        self._stopped = Gauge(
            "icc_audit_sealing_stopped",
            "1 while nothing is sealed because the table is not the one its newest anchor was taken of",
            multiprocess_mode="livemostrecent",
        )

    def waited(self, *, oldest_seconds: float) -> None:
        """Say how long the oldest row has waited."""
        self._waited.set(oldest_seconds)

    def sealed(self, *, oldest_seconds: float) -> None:
        """A round of sealing has ended well."""
        self._stopped.set(0)
        self.waited(oldest_seconds=oldest_seconds)

    def stopped(self) -> None:
        """The sealer refuses to go on."""
        self._stopped.set(1)


@cache
def audit_metrics() -> AuditMetrics:
    """The process's metrics of its audit, made on first use."""
    return AuditMetrics()
