"""How the server reads HTTP: uvicorn's protocol with the limits it lacks.

The head of a request must arrive within ten seconds and 64 KiB, the body has one length, and what is not HTTP gets a
problem for an answer. Slow heads and ambiguous lengths are the two classic ways to hold or to fool a server.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from shared.http.answers import problem_bytes
from shared.http.headers import LONGEST_URI, read_correlation
from shared.problems import BadRequest, HeadersTooLarge, Problem, RequestTimeout, UriTooLong

HEAD_BYTES = 64 * 1024
MOST_CONNECTIONS = 2000
FRAMING_SHARE = 8
"""How often a body's bytes may be sent: chunks of one byte take six. Beyond, what is not body is trailer, which the parser keeps."""

_UPGRADE = re.compile(rb"(?i)\r\nupgrade:")
_NO_UPGRADE = b"\r\nx-wants:"
"""As long as what it replaces."""
MOST_HELD_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client is waited for.

    head_seconds: for the whole head of a request.   linger_seconds: how long the rest of a body is read and thrown away
    after its answer; a client that still sends would otherwise be reset, and lose the answer that tells it why.
    farewell_seconds: the same after an answer that ends the connection.
    """

    head_seconds: float = 10.0
    linger_seconds: float = 30.0
    farewell_seconds: float = 2.0


USUAL_PATIENCE = Patience()


class LimitedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, patience: Patience, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._patience = patience
        self._head_bytes = 0
        self._reading_head = True
        self._delivered = 0
        self._beside_body = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._linger: asyncio.TimerHandle | None = None
        self._refusal: Problem | None = None
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """A connection begins; one too many is closed at once, and its client tries another process."""
        super().connection_made(transport)
        self.transport = cast(asyncio.Transport, JoinedWrites(transport, self.loop))
        if len(self.connections) > MOST_CONNECTIONS:
            transport.close()
            return
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._head_arrived()
        self._end_linger()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes arrive: part of a head, of a body, or what is not HTTP."""
        if self._refused or self.transport.is_closing():
            return
        counted = self._reading_head
        if counted:
            self._head_bytes += len(data)
            if b"pgrade" in data:
                data = _without_upgrade(data)
        self._delivered = 0
        super().data_received(data)
        if counted and self._reading_head and self._head_bytes:
            self._head_is_incomplete()
        elif not counted and not self._reading_head:
            self._beside_body += max(0, len(data) - FRAMING_SHARE * self._delivered)
            if self._beside_body > HEAD_BYTES and not self._refused:
                self._refuse(HeadersTooLarge(f"What follows a body may have {HEAD_BYTES} bytes."))

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn closes, and owes the answer
        """The client sends no more, but may still listen. Returns whether the connection stays open to answer it."""
        cycle: Any = self.cycle
        if self._refused or self.transport.is_closing():
            return False
        if self._reading_head and self._head_bytes:
            self._refuse(BadRequest("The request ended within its head.", code="http.framing"))
        elif cycle is not None and cycle.more_body and not cycle.response_complete:
            self._refuse(BadRequest("The body ended before its declared length.", code="body.incomplete"))
        elif cycle is not None and not cycle.response_complete:
            cycle.keep_alive = False
        else:
            return False
        return True

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._reading_head = True

    def on_url(self, url: bytes) -> None:
        """Part of the address; its length is bounded before it is parsed."""
        super().on_url(url)
        if len(self.url) > HEAD_BYTES:
            self._stop(UriTooLong(f"The address may have {LONGEST_URI} bytes."))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of the head. What a chunked body brings behind it, a trailer, is read past and is none."""
        if self._reading_head:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Part of a body."""
        self._delivered += len(body)
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """The head is there: refuse two lengths of one body, then hand over."""
        self._head_arrived()
        lengths = [value for name, value in self.headers if name == b"content-length"]
        encodings = [value.strip().lower() for name, value in self.headers if name == b"transfer-encoding"]
        if len(lengths) > 1 or (lengths and encodings) or encodings not in ([], [b"chunked"]):
            self._stop(BadRequest("The length of the body is not said in one way.", code="http.framing"))
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """A request has arrived whole; the next head may follow."""
        super().on_message_complete()
        self._end_linger()
        self._reading_head = True
        self._head_bytes = self._beside_body = 0
        self.headers = []  # what is refused from here on belongs to the next request, and has its ids

    def on_response_complete(self) -> None:
        """An answer has left; when its request has not arrived whole, the rest gets a while to do so."""
        cycle: Any = self.cycle
        if cycle is not None and cycle.response_complete and cycle.more_body:
            self._linger = self.loop.call_later(self._patience.linger_seconds, self.transport.close)
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 -- uvicorn's text, replaced by a problem
        """What arrived is not HTTP, or was stopped by a callback above."""
        self._refuse(self._refusal or BadRequest("This is not well-formed HTTP.", code="http.framing"))

    def _stop(self, problem: Problem) -> None:
        """End parsing from within a callback; the parser's error leads to `send_400_response`."""
        self._refusal = problem
        raise httptools.HttpParserError(problem.code)

    def _refuse(self, problem: Problem) -> None:
        """Answer and close. An answer already under way is cut instead: two answers must not mix."""
        cycle: Any = self.cycle
        running = cycle is not None and not cycle.response_complete
        if running and cycle.response_started:
            self.transport.close()
            return
        if running:
            # The application must not answer as well: for it, the client is gone.
            cycle.disconnected = True
            cycle.message_event.set()
        ids = read_correlation(self.headers or ())
        content, media_type = problem_bytes(problem, ids.request_id)
        headers = {
            "content-type": media_type,
            "content-length": str(len(content)),
            "x-request-id": ids.request_id,
            "x-correlation-id": ids.correlation_id,
            "traceparent": ids.traceparent,
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
            "connection": "close",
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
        self.transport.write(STATUS_LINE[problem.status] + head + b"\r\n" + content)
        self._refused = True
        self._head_arrived()
        self.transport.write_eof()
        self._linger = self.loop.call_later(self._patience.farewell_seconds, self.transport.close)

    def _head_is_incomplete(self) -> None:
        """The rest of a head is to come: bound it in size, and in time if it is the first of a connection that was kept."""
        if self._head_bytes > HEAD_BYTES:
            self._refuse(HeadersTooLarge(f"The head of a request may have {HEAD_BYTES} bytes."))
        elif self._deadline is None:
            self._expect_head()

    def _end_linger(self) -> None:
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None

    def _expect_head(self) -> None:
        self._deadline = self.loop.call_later(self._patience.head_seconds, self._head_is_late)

    def _head_arrived(self) -> None:
        self._reading_head = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _head_is_late(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._head_bytes:
            self._refuse(
                RequestTimeout(
                    f"The headers did not arrive within {self._patience.head_seconds:.0f} seconds.",
                    code="http.framing",
                )
            )
        else:
            self.transport.close()


def _without_upgrade(data: bytes) -> bytes:
    """A head that asks for no other protocol. None is offered, and the parser takes the body of a request that asks
    (Java's client does, with every first call) for the other protocol's.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(_NO_UPGRADE, head) + end + rest


class JoinedWrites:
    """A transport that lets a small write wait for the next one, until the end of the event loop's turn at most.

    The server writes head and body one after the other, and each write is a system call here and a wake-up at the
    client: together they were a sixth of the CPU of a kept answer. At most one write waits, so that the transport's
    own flow control still sees what is sent.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""

    def write(self, data: bytes) -> None:
        """Send, together with what waits; or wait for more."""
        if self._held:
            data, self._held = self._held + data, b""
            self._transport.write(data)
        elif len(data) < MOST_HELD_BYTES:
            self._held = data
            self._loop.call_soon(self.flush)
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Send what waits."""
        if self._held:
            data, self._held = self._held, b""
            if not self._transport.is_closing():
                self._transport.write(data)

    def write_eof(self) -> None:
        """Send what waits and close the sending half."""
        self.flush()
        self._transport.write_eof()

    def close(self) -> None:
        """Send what waits and close."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
