"""The workers' figures on one loopback port: workers answer no HTTP themselves, they leave their figures in files."""

import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from shared.local.ports import LOOPBACK, port_failure


class WorkerFigures(Collector):
    """The figures of every service's workers, each with the service's name as a label."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = folders

    def collect(self) -> Iterator[Metric]:
        """One family for each name, over all services."""
        families: dict[str, Metric] = {}
        for service, folder in self._folders.items():
            for metric in _collected(folder):
                family = families.setdefault(
                    metric.name, Metric(metric.name, metric.documentation, metric.type)
                )
                family.samples += [
                    sample._replace(labels={"service": service} | sample.labels) for sample in metric.samples
                ]
        yield from families.values()


def _collected(folder: Path) -> list[Metric]:
    """The figures in one folder (the library has no types here); none before the folder is made."""
    if not folder.is_dir():
        return []
    collector: Any = MultiProcessCollector
    return list(collector(None, path=str(folder)).collect())


def forget_process(folder: Path, pid: int) -> None:
    """Drops the live gauges of a process that has ended; its counters stay, so that they never go back."""
    mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


def _for_the_bearer(figures: Any, token: str) -> Any:
    """The WSGI application for those who show the token; everybody else on this machine gets 401."""
    expected = f"Bearer {token}".encode()

    def answer(environ: Any, start_response: Any) -> Any:
        if hmac.compare_digest(environ.get("HTTP_AUTHORIZATION", "").encode("latin-1"), expected):
            return figures(environ, start_response)
        start_response(
            "401 Unauthorized", [("WWW-Authenticate", 'Bearer realm="icc"'), ("Content-Type", "text/plain")]
        )
        return [b"Send the bearer token of keys/metrics.token.\n"]

    return answer


@contextmanager
def serve_worker_figures(port: int, folders: Mapping[str, Path], *, token: str) -> Iterator[int]:
    """Answers `GET /metrics` on a port of the loopback address until the block ends; gives the port.

    token: what whoever asks must bear.
    Raises LocalError when the port is taken or may not be used.
    """
    registry = CollectorRegistry()
    registry.register(WorkerFigures(folders))
    try:
        server, thread = start_http_server(port, addr=LOOPBACK, registry=registry)
    except OSError as error:
        raise port_failure(port, "the workers' metrics", error) from error
    server.set_app(_for_the_bearer(server.get_app(), token))
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
