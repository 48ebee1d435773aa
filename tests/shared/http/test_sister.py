"""Calls to a sister service: the true application on the other side, and one that misbehaves."""

from collections.abc import Callable

import httpx
import pytest
import stamina

from shared.problems import Unavailable
from shared.service.sister import FAILURES, OPEN_SECONDS, Breaker, Sister
from shared.settings import PlatformSettings
from shared.telemetry.correlation import new_correlation, set_correlation
from tests.shared.tiny import Tiny
from tests.support.running import Running

Handler = Callable[[httpx.Request], httpx.Response]


def a_sister(tiny: Tiny, handler: Handler) -> Sister:
    """A sister that answers as the handler does."""
    settings: PlatformSettings = tiny.app.state.platform.settings
    return Sister(settings, "outcomes", of="trajectories", transport=httpx.MockTransport(handler))


async def test_a_sister_is_called_with_the_services_own_credential_and_the_ids_in_hand(
    referrals: Running,
) -> None:
    settings: PlatformSettings = referrals.platform.settings
    there = httpx.ASGITransport(referrals.app)
    sister = Sister(settings, "referrals", of="trajectories", transport=there)
    set_correlation(new_correlation())
    assert b'"items"' in await sister.get("/v1/facts", params={"limit": 2})
    await sister.close()


async def test_ids_are_carried_on(tiny: Tiny) -> None:
    seen: list[httpx.Headers] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, content=b"{}")

    correlation = new_correlation()
    set_correlation(correlation)
    await a_sister(tiny, note).get("/x")
    assert seen[0]["x-correlation-id"] == correlation.correlation_id
    assert seen[0]["x-request-id"] != correlation.request_id
    assert seen[0]["traceparent"] == correlation.traceparent


@pytest.mark.parametrize("transient", [503, 429, None])
async def test_a_passing_failure_is_tried_again(tiny: Tiny, transient: int | None) -> None:
    calls = 0

    def recover(request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        if calls < 3:
            if transient is None:
                raise httpx.ConnectError("refused", request=request)
            return httpx.Response(transient)
        return httpx.Response(200, content=b"good")

    with stamina.set_testing(testing=True, attempts=3):
        assert await a_sister(tiny, recover).get("/x") == b"good"
    assert calls == 3


async def test_a_question_goes_in_the_body_and_is_tried_again(tiny: Tiny) -> None:
    asked: list[httpx.Request] = []

    def recover(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(503) if len(asked) == 1 else httpx.Response(200, content=b"good")

    with stamina.set_testing(testing=True, attempts=2):
        assert await a_sister(tiny, recover).ask("/x", {"instruments": ["pam13"]}) == b"good"
    assert [(one.method, one.url.query, one.content) for one in asked] == [
        ("POST", b"", b'{"instruments":["pam13"]}')
    ] * 2
    assert asked[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(404),
        httpx.Response(302, headers={"Location": "/elsewhere"}),
        httpx.Response(200, content=b"a" * (17 * 1024 * 1024)),
    ],
)
async def test_an_answer_that_cannot_be_used_is_not_used_and_not_asked_for_again(
    tiny: Tiny, answer: httpx.Response
) -> None:
    calls = 0

    def respond(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        return answer

    with pytest.raises(Unavailable):
        await a_sister(tiny, respond).get("/x")
    assert calls == 1


async def test_after_five_failures_the_sister_is_left_alone(tiny: Tiny) -> None:
    calls = 0

    def fail(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        return httpx.Response(500)

    sister = a_sister(tiny, fail)
    for _ in range(FAILURES + 3):
        with pytest.raises(Unavailable) as caught:
            await sister.get("/x")
    assert calls == FAILURES
    assert caught.value.headers["Retry-After"]


def test_an_open_breaker_lets_one_trial_through_and_closes_on_success() -> None:
    now = 0.0
    breaker = Breaker(clock=lambda: now)
    for _ in range(FAILURES):
        assert breaker.lets_pass()
        breaker.failed()
    assert not breaker.lets_pass()
    now += OPEN_SECONDS
    assert [breaker.lets_pass(), breaker.lets_pass()] == [True, False]
    breaker.succeeded()
    assert [breaker.lets_pass(), breaker.lets_pass()] == [True, True]
