"""Calls to a service from the command line: one client, and failures as sentences."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

import httpx
import stamina

from shared.http.outgoing import outgoing
from shared.local import LocalError

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 45.0  # longer than the 30 s an answer may be held with `Prefer: wait`
TRIES = 5
USUAL_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 10.0
PATIENCE_SECONDS = 1800  # with what is being done already
CONFLICT = 409
TRY_LATER = frozenset({429, 502, 503, 504})
STILL_RUNNING = "idempotency.in_progress"


class RefusedError(LocalError):
    """A service answered with a problem. status: the HTTP status."""

    def __init__(self, sentence: str, *, status: int) -> None:
        super().__init__(sentence)
        self.status = status


@contextmanager
def client(base_url: str, *, token: str | None) -> Iterator[httpx.Client]:
    """A client of one service with its bearer token.

    A service on this machine is asked directly. The way to another may lead through the proxy of the environment.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    limits = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    way = outgoing() if _is_here(base_url) else {}
    try:
        made = httpx.Client(**way, base_url=base_url, headers=headers, timeout=limits)
    except (ImportError, ValueError) as error:
        raise LocalError(
            f"the proxy that the environment names (HTTPS_PROXY, ALL_PROXY) is of a kind that is not spoken here: {error}.",
            exit_code=2,
        ) from error
    with made as connection:
        yield connection


def _is_here(url: str) -> bool:
    """Whether an address is of this machine."""
    host = httpx.URL(url).host
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def call(request: Callable[[], httpx.Response]) -> httpx.Response:
    """Sends, and sends again while the service is away, asks to wait, or still does what it was sent before.

    The request must be safe to repeat. Raises LocalError when it stays away.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    answer = _decided(request)
    while _still_runs(answer) and time.monotonic() < deadline:
        pause = _asked_to_wait(answer)
        time.sleep(USUAL_PAUSE_SECONDS if pause is None else pause)
        answer = _decided(request)
    return answer


def _decided(request: Callable[[], httpx.Response]) -> httpx.Response:
    # The default hooks write to stdout, which belongs to the command's result.
    stamina.instrumentation.set_on_retry_hooks([])
    patiently = stamina.RetryingCaller(
        attempts=TRIES, timeout=None, wait_initial=0.5, wait_max=LONGEST_PAUSE_SECONDS
    )
    try:
        return patiently(_pause, _answered, request)
    except httpx.HTTPStatusError as error:
        raise LocalError(
            f"the service cannot answer now ({_reason(error.response)}): try again later; ./icc status shows more."
        ) from error
    except httpx.HTTPError as error:
        reason = f"{type(error).__name__}: {error}"
        raise LocalError(
            f"the service cannot be reached ({reason}): is it running? Start it with ./icc up."
        ) from error


def _answered(request: Callable[[], httpx.Response]) -> httpx.Response:
    """An answer that decides something. Raises HTTPStatusError for one that asks to try later."""
    answer = request()
    if answer.status_code in TRY_LATER:
        answer.raise_for_status()
    return answer


def _pause(error: Exception) -> bool | float:
    """Whether to try again; the seconds that Retry-After names, when it names any."""
    if not isinstance(error, httpx.HTTPStatusError):
        return isinstance(error, httpx.HTTPError)
    return _asked_to_wait(error.response) or True


def _asked_to_wait(answer: httpx.Response) -> float | None:
    """The seconds that Retry-After names, when it names any."""
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked), LONGEST_PAUSE_SECONDS) if asked.isdigit() else None


def _still_runs(answer: httpx.Response) -> bool:
    """Whether an earlier try of the same request is being worked on, as its key shows."""
    return answer.status_code == CONFLICT and body_of(answer).get("code") == STILL_RUNNING


def body_of(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer. Raises LocalError when it is none."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise LocalError(
            f"{answer.url.copy_with(query=None)} answered {answer.status_code} without a JSON object."
        )
    return body


def refusal(answer: httpx.Response) -> RefusedError:
    """A problem document as a sentence."""
    code = body_of(answer).get("code", "")
    return RefusedError(
        f"refused with {answer.status_code} {code}: {_reason(answer)}", status=answer.status_code
    )


def _reason(answer: httpx.Response) -> str:
    """Title and detail of a problem document; the status code of anything else, as a proxy sends it."""
    try:
        body = body_of(answer)
    except LocalError:
        body = {}
    return ": ".join(str(body[part]) for part in ("title", "detail") if body.get(part)) or str(
        answer.status_code
    )


def unknown_feed(client: httpx.Client, feed: str) -> LocalError | None:
    """The sentence that names the feeds there are; None when the one asked for is among them."""
    answer = call(lambda: client.get("/v1/feeds"))
    if answer.is_error:
        return None
    feeds = sorted(str(item["feed"]) for item in body_of(answer).get("items", []))
    if feed in feeds:
        return None
    return LocalError(f"there is no feed {feed!r}; the feeds are {', '.join(feeds)}.", exit_code=2)
