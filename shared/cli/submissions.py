"""Sending a file to a feed and following its submission until it is accepted or rejected."""

import hashlib
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from shared.cli.calls import body_of, call, refusal
from shared.local import LocalError
from shared.spreadsheets import XLSX

CONTENT_TYPES: Mapping[str, str] = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".xlsx": XLSX,
}
ON_ITS_WAY = frozenset({"received", "processing"})
POLL_SECONDS = 0.3
PATIENCE_SECONDS = 1800
WAIT = {"Prefer": "wait=30"}
NOT_FOUND, UNPROCESSABLE = 404, 422


@dataclass(frozen=True, slots=True)
class Push:
    """A file for a feed. period: as `2019-20-Q4`, where the file does not name its own. check: say what would happen."""

    feed: str
    file: Path
    period: str | None = None
    check: bool = False

    @property
    def content_type(self) -> str:
        """The media type the file's ending stands for. Raises LocalError for another ending."""
        ending = self.file.suffix.lower()
        if ending not in CONTENT_TYPES:
            raise LocalError(f"{self.file.name} should end in {', '.join(CONTENT_TYPES)}.", exit_code=2)
        return CONTENT_TYPES[ending]

    @property
    def query(self) -> dict[str, str]:
        """The query parameters."""
        period = {"period": self.period} if self.period else {}
        return period | ({"validate_only": "true"} if self.check else {})


def push_file(client: httpx.Client, push: Push, *, follow: Callable[[float], None]) -> dict[str, Any]:
    """Posts the file and gives the submission's final state, or the problem document of a rejected one.

    One key for all tries of one push, so that a broken connection never sends a file twice; a new key for a new push,
    because the same file sent later may mean something new (it restores what was superseded). follow: told 0..1.
    """
    key = f"{_digest(push.file)[:32]}-{uuid.uuid4().hex}"
    headers = {"Idempotency-Key": key, "Content-Type": push.content_type} | WAIT

    def post() -> httpx.Response:
        with push.file.open("rb") as content:
            return client.post(
                f"/v1/feeds/{push.feed}/submissions", params=push.query, headers=headers, content=content
            )

    answer = call(post)
    if answer.status_code == UNPROCESSABLE:
        return body_of(answer) | {"status": "rejected"}
    if answer.status_code == NOT_FOUND:
        raise _unknown_feed(client, push.feed) or refusal(answer)
    if answer.is_error:
        raise refusal(answer)
    return _final_state(client, answer, follow)


def _unknown_feed(client: httpx.Client, feed: str) -> LocalError | None:
    """The sentence that names the feeds there are; None when the one asked for is among them."""
    answer = call(lambda: client.get("/v1/feeds"))
    if answer.is_error:
        return None
    feeds = sorted(str(item["feed"]) for item in body_of(answer).get("items", []))
    if feed in feeds:
        return None
    return LocalError(f"there is no feed {feed!r}; the feeds are {', '.join(feeds)}.", exit_code=2)


def _final_state(
    client: httpx.Client, answer: httpx.Response, follow: Callable[[float], None]
) -> dict[str, Any]:
    """Asks for the submission until it is decided."""
    state = body_of(answer)
    place = answer.headers.get("Location", "")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while state.get("status") in ON_ITS_WAY:
        if time.monotonic() > deadline:
            raise LocalError(f"the submission is still on its way after half an hour; look at {place} later.")
        follow(float(state.get("progress") or 0))
        time.sleep(POLL_SECONDS)
        answer = call(lambda: client.get(place))
        if answer.is_error:
            raise refusal(answer)
        state = body_of(answer)
    follow(1.0)
    return state


def _digest(file: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
