"""How long an answer may take, where a standard says so: who would wait longer is told, and nothing is left half done.

What is under way is cancelled, so its transaction is rolled back; where it was being committed, a repeat tells.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.problems import AnswerTimeout


class Deadlines:
    """ASGI: ends what takes too long.   seconds: path prefix → how long an answer there may take, of our own time."""

    def __init__(self, app: ASGIApp, seconds: Mapping[str, float]) -> None:
        self._app = app
        self._seconds = seconds
        self._ending: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand over a request. Raises AnswerTimeout when the time is over before the answer has begun."""
        seconds = next((limit for prefix, limit in self._seconds.items() if _under(scope, prefix)), None)
        if seconds is None:
            await self._app(scope, receive, send)
            return
        timed = _Timed(receive, send, seconds)
        work = asyncio.ensure_future(self._app(scope, timed.receive, timed.send))
        try:
            while not work.done() and timed.left() > 0:
                await asyncio.wait({work}, timeout=timed.left())
        finally:
            if not work.done():
                self._end(work, timed)
        if timed.over:
            raise AnswerTimeout
        await work

    def _end(self, work: "asyncio.Task[Any]", timed: "_Timed") -> None:
        """Cancel, and do not wait: a database that does not answer holds up the rolling back too."""
        timed.over = True
        work.cancel()
        self._ending.add(work)
        work.add_done_callback(self._ended)

    def _ended(self, work: "asyncio.Task[Any]") -> None:
        self._ending.discard(work)
        if not work.cancelled():
            work.exception()  # what a cancelled request raised at its end is nobody's


def _under(scope: Scope, prefix: str) -> bool:
    path: str = scope.get("path", "")
    return scope["type"] == "http" and path.startswith(prefix)


class _Timed:
    """One exchange and what is left of its time, which stands still while more of the body is waited for."""

    def __init__(self, receive: Receive, send: Send, seconds: float) -> None:
        self._receive, self._send = receive, send
        self._now = asyncio.get_running_loop().time
        self._left = seconds
        self._since: float | None = self._now()
        self._began = False
        self.over = False

    def left(self) -> float:
        """Seconds, none or less when it is over; a body, and an answer that has begun, may take theirs."""
        if self._since is None or self._began:
            return max(self._left, 1.0)
        return self._left - (self._now() - self._since)

    async def receive(self) -> Message:
        self._left, self._since = self.left(), None
        try:
            return await self._receive()
        finally:
            self._since = self._now()

    async def send(self, message: Message) -> None:
        if not self.over:
            self._began = True
            await self._send(message)
