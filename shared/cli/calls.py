"""Calls to a service from the command line: one client, and failures as sentences."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from shared.local.failures import LocalError

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 45.0  # longer than the 30 s an answer may be held with `Prefer: wait`
TRIES = 5
LONGEST_PAUSE_SECONDS = 10.0
TRY_LATER = frozenset({429, 502, 503, 504})


class RefusedError(LocalError):
    """A service answered with a problem. status: the HTTP status."""

    def __init__(self, sentence: str, *, status: int) -> None:
        super().__init__(sentence)
        self.status = status


@contextmanager
def client(base_url: str, *, token: str | None) -> Iterator[httpx.Client]:
    """A client of one service with its bearer token."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    limits = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    with httpx.Client(base_url=base_url, headers=headers, timeout=limits) as connection:
        yield connection


def call(request: Callable[[], httpx.Response]) -> httpx.Response:
    """Sends, and sends again while the service is away or asks to wait; the request must be safe to repeat.

    Raises LocalError when it stays away.
    """
    pause = 0.5
    failure = ""
    for _ in range(TRIES):
        try:
            answer = request()
        except httpx.HTTPError as error:
            reason = f"{type(error).__name__}: {error}"
            failure = f"the service cannot be reached ({reason}): is it running? Start it with ./icc up."
        else:
            if answer.status_code not in TRY_LATER:
                return answer
            failure = (
                f"the service cannot answer now ({_said(answer)}): try again later; ./icc status shows more."
            )
            pause = _asked_pause(answer) or pause
        time.sleep(min(pause, LONGEST_PAUSE_SECONDS))
        pause *= 2
    raise LocalError(failure)


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
        f"refused with {answer.status_code} {code}: {_said(answer)}", status=answer.status_code
    )


def _said(answer: httpx.Response) -> str:
    """Title and detail of a problem document; the status code of anything else, as a proxy sends it."""
    try:
        body = body_of(answer)
    except LocalError:
        body = {}
    return ": ".join(str(body[part]) for part in ("title", "detail") if body.get(part)) or str(
        answer.status_code
    )


def _asked_pause(answer: httpx.Response) -> float | None:
    """Seconds from Retry-After, when it is a number."""
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else None
