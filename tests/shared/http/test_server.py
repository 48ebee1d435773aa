"""The server spoken to in raw bytes: what is not HTTP, what is ambiguous, what is slow."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
import uvicorn

from shared.http.protocol import Patience
from shared.service.server import KEEP_ALIVE, server_config
from shared.settings import PlatformSettings, read_settings
from tests.shared.tiny import Tiny

# Fits into any socket's buffer, so that a thread may send it to itself.
AT_ONCE = 4096


class Served:
    """A server on a free port, and a way to send it bytes."""

    def __init__(self, server: uvicorn.Server, tiny: Tiny) -> None:
        self.port: int = server.servers[0].sockets[0].getsockname()[1]
        self.tiny = tiny

    async def send(self, content: bytes, *, then_close: bool = False) -> bytes:
        """Everything the server says to these bytes until it closes the connection."""
        reader, writer = await self.connect(content[:AT_ONCE])
        writer.write(content[AT_ONCE:])
        await writer.drain()
        if then_close:
            writer.write_eof()
        try:
            async with asyncio.timeout(20):
                return await reader.read()
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def connect(self, said: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection on which this has been said before the server takes it: it shares our loop, which has not turned.

        However long a busy machine lets us stand still, a server of little patience finds the words waiting.
        """
        client = socket.create_connection(("127.0.0.1", self.port))
        client.sendall(said)
        client.setblocking(False)  # noqa: FBT003 -- the socket's own spelling
        return await asyncio.open_connection(sock=client)

    def post(self, path: str, *headers: str) -> bytes:
        """The head of a POST with a token."""
        lines = [
            f"POST {path} HTTP/1.1",
            "Host: icc.test",
            f"Authorization: Bearer {self.tiny.token()}",
            *headers,
        ]
        return "\r\n".join([*lines, "", ""]).encode()


@asynccontextmanager
async def served_by(tiny: Tiny, patience: Patience) -> AsyncIterator[Served]:
    """The tiny application behind the true server. Its lifespan runs already."""
    config = server_config(tiny.app, host="127.0.0.1", port=0, patience=patience)
    config.lifespan = "off"
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn offers no event
        await asyncio.sleep(0.01)
    yield Served(server, tiny)
    server.should_exit = True
    await task


@pytest.fixture(scope="module")
async def served(tiny: Tiny) -> AsyncIterator[Served]:
    """The server as it runs."""
    async with served_by(tiny, Patience()) as server:
        yield server


@pytest.fixture(scope="module")
async def hurried(tiny: Tiny) -> AsyncIterator[Served]:
    """The server with little patience."""
    async with served_by(tiny, Patience(head_seconds=0.2, linger_seconds=0.2)) as server:
        yield server


async def one_answer(reader: asyncio.StreamReader) -> bytes:
    """The next answer on a connection, by its declared length."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return head + await reader.readexactly(int(length))


def problem_in(answer: bytes) -> tuple[int, dict[str, Any]]:
    """Status and problem document of a raw answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"x-request-id: " in head
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize(
    "content",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
        b"GET /health/live\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
    ],
)
async def test_what_is_not_http_or_says_its_length_ambiguously_is_refused(
    served: Served, content: bytes
) -> None:
    status, problem = problem_in(await served.send(content))
    assert (status, problem["code"]) == (400, "http.framing")


async def test_a_broken_chunk_is_refused_and_the_route_sees_a_cut_body(served: Served) -> None:
    head = served.post("/v1/uploads", "Transfer-Encoding: chunked")
    status, problem = problem_in(await served.send(head + b"5\r\nhello\r\nzz\r\n"))
    assert (status, problem["code"]) == (400, "http.framing")


async def test_what_follows_the_head_is_no_header(served: Served) -> None:
    token = f"Authorization: Bearer {served.tiny.token()}"
    head = "POST /v1/uploads HTTP/1.1\r\nHost: icc.test\r\n{}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    body = f"2\r\nab\r\n0\r\n{token}\r\nIdempotency-Key: k\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"
    status, problem = problem_in(await served.send((head.format("") + body).encode()))
    assert (status, problem["code"]) == (401, "auth.required")
    # A second Authorization in a trailer is no second one either.
    assert b'{"bytes":2}' in await served.send((head.format(f"{token}\r\n") + body).encode())


async def test_a_trailer_without_end_is_refused(served: Served) -> None:
    head = served.post("/v1/uploads", "Transfer-Encoding: chunked") + b"2\r\nab\r\n0\r\nX-Rest: "
    status, problem = problem_in(await served.send(head + b"a" * 600_000))
    assert (status, problem["code"]) == (431, "header.too_large")


async def test_a_body_of_small_chunks_is_no_trailer(served: Served) -> None:
    head = served.post("/v1/uploads", "Transfer-Encoding: chunked", "Connection: close")
    assert b'{"bytes":40000}' in await served.send(head + b"1\r\na\r\n" * 40_000 + b"0\r\n\r\n")


async def test_a_head_that_never_ends_is_refused(served: Served) -> None:
    filler = b"".join(b"X-%d: %s\r\n" % (n, b"a" * 1000) for n in range(80))
    status, problem = problem_in(await served.send(b"GET / HTTP/1.1\r\nHost: a\r\n" + filler))
    assert (status, problem["code"]) == (431, "header.too_large")


async def test_an_address_without_end_is_refused(served: Served) -> None:
    status, problem = problem_in(
        await served.send(b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    )
    assert (status, problem["code"]) in {(414, "uri.too_long"), (431, "header.too_large")}


async def test_a_request_without_host_is_refused(served: Served) -> None:
    answer = await served.send(b"GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n")
    status, problem = problem_in(answer)
    assert (status, problem["code"]) == (400, "header.host")


async def test_slow_headers_end_the_connection_with_a_problem(hurried: Served) -> None:
    status, problem = problem_in(await hurried.send(b"GET /health/live HTTP/1.1\r\nHost: a\r\n"))
    assert (status, problem["code"]) == (408, "http.framing")


async def test_slow_headers_of_a_later_request_end_the_connection_too(hurried: Served) -> None:
    reader, writer = await hurried.connect(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
    first = await reader.readuntil(b'{"status":"alive"}')
    assert first.startswith(b"HTTP/1.1 200 OK")
    writer.write(b"GET /health/live HTTP/1.1\r\nHost: a\r\n")
    async with asyncio.timeout(20):
        status, problem = problem_in(await reader.read())
    assert (status, problem["code"]) == (408, "http.framing")
    writer.close()
    await writer.wait_closed()


async def test_a_silent_connection_is_closed(hurried: Served) -> None:
    assert await hurried.send(b"") == b""


async def test_a_silent_body_answers_408(hurried: Served) -> None:
    answer = await hurried.send(hurried.post("/v1/uploads/hurried", "Content-Length: 10") + b"abc")
    status, problem = problem_in(answer)
    assert (status, problem["code"]) == (408, "body.timeout")


async def test_a_body_that_trickles_answers_408(hurried: Served) -> None:
    reader, writer = await hurried.connect(hurried.post("/v1/uploads/hurried", "Content-Length: 10000"))

    async def trickle() -> None:
        while True:
            writer.write(b"a")
            await asyncio.sleep(0.05)

    trickling = asyncio.create_task(trickle())
    async with asyncio.timeout(20):
        answer = await one_answer(reader)  # what trickles on may reset the connection after it
    trickling.cancel()
    await asyncio.wait({trickling})
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    assert problem_in(answer)[1]["code"] == "body.timeout"


async def test_a_client_that_goes_away_mid_body_leaves_the_service_well(served: Served) -> None:
    await served.send(served.post("/v1/uploads", "Content-Length: 10") + b"abc", then_close=True)
    answer = await served.send(b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("headers", "content"),
    [(("Content-Length: 10",), b"abc"), (("Transfer-Encoding: chunked",), b"a\r\nabc")],
)
async def test_a_client_that_listens_after_half_a_body_learns_what_is_wrong(
    served: Served, headers: tuple[str, ...], content: bytes
) -> None:
    answer = await served.send(served.post("/v1/uploads", *headers) + content, then_close=True)
    status, problem = problem_in(answer)
    assert (status, problem["code"]) == (400, "body.incomplete")


async def test_a_client_that_ends_its_half_within_the_head_learns_what_is_wrong(served: Served) -> None:
    status, problem = problem_in(await served.send(b"GET /health/live HTTP/1.1\r\nHo", then_close=True))
    assert (status, problem["code"]) == (400, "http.framing")


async def test_a_client_that_has_said_all_is_still_answered(served: Served) -> None:
    one = served.post("/v1/uploads", "Content-Length: 3") + b"abc"
    answer = await served.send(one + one, then_close=True)
    assert answer.count(b'{"bytes":3}') == 2


IDS = ("0a8f0232-f24e-46c0-9c69-09fa44ae7901", "0a8f0232-f24e-46c0-9c69-09fa44ae7902")


@pytest.mark.parametrize(
    "rest",
    [
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "Content-Length: 3\r\nContent-Length: 3\r\n\r\n",
        "X-A: " + "a" * 70_000,
        "X-Last: seen\r\nX A: b\r\n\r\n",
    ],
)
async def test_a_refusal_of_the_server_carries_the_ids_of_its_request(served: Served, rest: str) -> None:
    head = f"POST /v1/uploads HTTP/1.1\r\nHost: a\r\nX-Request-Id: {IDS[0]}\r\nX-Correlation-Id: {IDS[1]}\r\n"
    answer = (await served.send((head + rest).encode())).decode()
    assert f"x-request-id: {IDS[0]}\r\nx-correlation-id: {IDS[1]}\r\n" in answer
    assert f'"request_id":"{IDS[0]}"' in answer


async def test_what_follows_a_request_does_not_get_its_ids(served: Served) -> None:
    good = f"GET /health/live HTTP/1.1\r\nHost: a\r\nX-Request-Id: {IDS[0]}\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(good.encode())
    first = await reader.readuntil(b'{"status":"alive"}')
    writer.write(b"no http\r\n\r\n")
    async with asyncio.timeout(20):
        second = await reader.read()
    writer.close()
    assert IDS[0].encode() in first
    assert b"400" in second
    assert IDS[0].encode() not in second


async def test_a_body_is_read_although_its_client_would_rather_speak_another_protocol(served: Served) -> None:
    wish = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")
    once = served.post("/v1/uploads", "Content-Length: 18", *wish) + b"a\r\nUpgrade: b\r\n\r\ne"
    answer = await served.send(once + b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert b'{"bytes":18}' in answer
    assert answer.endswith(b'{"status":"alive"}')


async def test_requests_on_one_connection_are_answered_in_turn(served: Served) -> None:
    one = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
    last = b"HEAD /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    answer = await served.send(one + one + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.count(b'{"status":"alive"}') == 2


async def test_a_body_after_100_continue_is_read(served: Served) -> None:
    head = served.post("/v1/uploads", "Content-Length: 3", "Expect: 100-continue", "Connection: close")
    answer = await served.send(head + b"abc")
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert answer.endswith(b'{"bytes":3}')


async def test_a_body_that_is_too_large_is_refused_before_it_is_sent(hurried: Served) -> None:
    status, problem = problem_in(await hurried.send(hurried.post("/v1/uploads", "Content-Length: 200000")))
    assert (status, problem["code"]) == (413, "body.too_large")


async def test_a_client_that_sends_on_after_its_refusal_still_gets_it_and_may_go_on(served: Served) -> None:
    large = served.post("/v1/uploads", "Content-Length: 3000000") + b"a" * 3_000_000
    answer = await served.send(large + b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    assert answer.endswith(b'{"status":"alive"}')


def test_an_idle_connection_stays_open_longer_than_a_proxy_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings(PlatformSettings).keep_alive == timedelta(seconds=65) == KEEP_ALIVE
    monkeypatch.setenv("ICC_KEEP_ALIVE", "2m")
    asked = read_settings(PlatformSettings).keep_alive
    config = server_config(None, host="127.0.0.1", port=0, keep_alive=asked)
    assert config.timeout_keep_alive == 120
