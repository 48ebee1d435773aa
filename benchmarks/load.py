"""A bounded load: prepared requests sent over kept-alive connections as fast as they are answered, on loopback only."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

HEADER_END = b"\r\n\r\n"
LENGTH = b"content-length:"


@dataclass
class Burst:
    """What one burst gave: a latency in seconds for each answered request, and how often each status came."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, part: float) -> float:
        """The latency below which this part (0..1) of the answers came, in milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(int(part * len(ordered)), len(ordered) - 1)]


class _Connection(asyncio.Protocol):
    """One connection: sends the next request when the answer before it is complete."""

    def __init__(
        self, requests: Iterator[bytes], burst: Burst, until: float, done: "asyncio.Future[None]"
    ) -> None:
        self._requests, self._burst, self._until, self._done = requests, burst, until, done
        self._received = bytearray()
        self._needed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 -- asyncio's own promise for TCP
        self._transport = transport
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server closed a connection"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._needed and not self._measure():
            return
        if len(self._received) < self._needed:
            return
        now = time.perf_counter()
        self._burst.latencies.append(now - self._sent)
        status = int(self._received[9:12])
        self._burst.statuses[status] = self._burst.statuses.get(status, 0) + 1
        self._received.clear()
        self._needed = 0
        if now < self._until:
            self._next()
        elif not self._done.done():
            self._done.set_result(None)
            self._transport.close()

    def _next(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(next(self._requests))

    def _measure(self) -> bool:
        """Find how long the answer is; False while its headers are incomplete."""
        end = self._received.find(HEADER_END)
        if end < 0:
            return False
        head = bytes(self._received[:end]).lower()
        at = head.find(LENGTH)
        length = int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        self._needed = end + len(HEADER_END) + length
        return True


async def burst(port: int, requests: Iterator[bytes], *, seconds: float, connections: int = 16) -> Burst:
    """Send for so many seconds over so many connections; every request has been answered when this returns."""
    loop = asyncio.get_running_loop()
    result = Burst()
    started = time.perf_counter()
    waiting = []
    for _ in range(connections):
        done: asyncio.Future[None] = loop.create_future()
        await loop.create_connection(
            partial(_Connection, requests, result, started + seconds, done), "127.0.0.1", port
        )
        waiting.append(done)
    await asyncio.gather(*waiting)
    result.seconds = time.perf_counter() - started
    return result


def request(method: str, path: str, headers: Sequence[tuple[str, str]], body: bytes = b"") -> bytes:
    """One HTTP/1.1 request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + HEADER_END + body
