"""Answers that must come in time: who waits too long is told, what was under way is ended, and others are left alone."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from shared.problems import AnswerTimeout
from shared.service.deadlines import Deadlines

SHORT = 0.05


class Slow:
    """An application that reads the body and waits before it answers, and that may be slow to let go."""

    def __init__(self, *, clings: bool = False) -> None:
        self.waiting, self.may_answer = asyncio.Event(), asyncio.Event()
        self.cancelled, self.may_end = asyncio.Event(), asyncio.Event()
        self.clings = clings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        while (await receive()).get("more_body"):
            pass
        self.waiting.set()
        try:
            await self.may_answer.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            if self.clings:
                await self.may_end.wait()
                await send({"type": "http.response.start", "status": 500, "headers": []})
            raise
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})


async def ask(app: Deadlines, path: str = "/FHIR/R4/Task") -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://icc.test") as client:
        return await client.get(path)


async def test_what_takes_too_long_is_cancelled_and_told() -> None:
    slow = Slow()
    with pytest.raises(AnswerTimeout):
        await ask(Deadlines(slow, {"/FHIR/": SHORT}))
    await slow.cancelled.wait()


async def test_who_waits_is_told_though_what_was_cancelled_does_not_end_and_it_says_no_more() -> None:
    slow = Slow(clings=True)
    app = Deadlines(slow, {"/FHIR/": SHORT})
    with pytest.raises(AnswerTimeout):
        await ask(app)
    await slow.cancelled.wait()
    slow.may_end.set()
    slow.may_answer.set()
    assert (await ask(app)).text == "done"


async def test_other_addresses_may_take_their_time() -> None:
    slow = Slow()
    asked = asyncio.create_task(ask(Deadlines(slow, {"/FHIR/": SHORT}), "/v1/referrals"))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(asked), timeout=3 * SHORT)
    slow.may_answer.set()
    assert (await asked).text == "done"


async def test_a_body_that_comes_slowly_takes_its_senders_time() -> None:
    slow = Slow()
    slow.may_answer.set()
    loop = asyncio.get_running_loop()
    sent: list[Message] = []

    async def body() -> AsyncIterator[Message]:
        for more in (True, False):
            come = loop.create_future()
            loop.call_later(2 * SHORT, come.set_result, None)
            await come
            yield {"type": "http.request", "body": b"x", "more_body": more}

    coming = body()

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/FHIR/R4/$process-message"}
    await Deadlines(slow, {"/FHIR/": SHORT})(scope, coming.__anext__, send)
    assert [one.get("status") for one in sent] == [200, None]


async def test_what_is_cancelled_from_outside_ends_with_its_request() -> None:
    slow = Slow()
    asked = asyncio.create_task(ask(Deadlines(slow, {"/FHIR/": 60.0})))
    await slow.waiting.wait()
    asked.cancel()
    await slow.cancelled.wait()
    with pytest.raises(asyncio.CancelledError):
        await asked
