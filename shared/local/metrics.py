"""The workers' figures on one loopback port: workers answer no HTTP themselves, they leave their figures in files."""

import asyncio
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

REQUEST_SECONDS = 5
REQUEST_LINES = 100


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
    """The figures in one folder (the library has no types here)."""
    collector: Any = MultiProcessCollector
    return list(collector(None, path=str(folder)).collect())


def render_worker_figures(folders: Mapping[str, Path]) -> bytes:
    """The exposition text."""
    registry = CollectorRegistry()
    registry.register(WorkerFigures(folders))
    return generate_latest(registry)


def forget_process(folder: Path, pid: int) -> None:
    """Drops the live gauges of a process that has ended; its counters stay, so that they never go back."""
    mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


async def serve_worker_figures(listener: socket.socket, folders: Mapping[str, Path]) -> asyncio.Server:
    """Answers `GET /metrics` on the socket until the server is closed."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                method, path = await _read_request(reader)
            writer.write(_respond(method, path, folders))
            await writer.drain()
        except (TimeoutError, ValueError, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return await asyncio.start_server(answer, sock=listener, limit=8_192)


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, str]:
    """Method and path of a request; its headers are read and dropped. Raises ValueError when it is none."""
    first = (await reader.readline()).decode("ascii").split()
    for _ in range(REQUEST_LINES):
        if (await reader.readline()).strip() == b"":
            method, path, _version = first
            return method, path.partition("?")[0]
    raise ValueError("too many headers")


def _respond(method: str, path: str, folders: Mapping[str, Path]) -> bytes:
    """The whole answer in bytes."""
    if path != "/metrics":
        status, body = "404 Not Found", b"only /metrics is here\n"
    elif method != "GET":
        status, body = "405 Method Not Allowed\r\nAllow: GET", b"only GET\n"
    else:
        status, body = "200 OK", render_worker_figures(folders)
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
    return f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
