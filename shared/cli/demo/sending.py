"""Sends as the real clients do: each in its own name, over HTTP, under a key that a second run repeats."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self

import httpx

from shared.cli.calls import body_of, call, client, refusal
from shared.cli.options import service_url
from shared.cli.tokens import local_token

UPLOAD_SECONDS = 300.0  # a file is counted and stored before it is answered
LIFETIME = timedelta(hours=6)
"""Of a token: longer than the largest demonstration takes on a busy machine."""
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Who:
    """A client: its role, and the organisation or communities it acts for."""

    role: str
    org: str | None = None
    communities: tuple[str, ...] = ()


HOSPITAL = Who("hospital-system", "RTX")
ANALYST = Who("analyst")
PUBLISHER = Who("publisher")
CARE_TEAMS = Who("case-manager", communities=("*",))
LEADS = Who("development-lead", communities=("*",))


@dataclass(slots=True)
class Door:
    """The way into the services of one system. data: its data directory, whose key makes the tokens."""

    port: int
    data: Path | None = None
    _clients: dict[tuple[str, Who], httpx.Client] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)
    _opening: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        """Connections are opened as they are needed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Every connection is closed."""
        self._open.close()

    def post(
        self,
        who: Who,
        service: str,
        path: str,
        body: Mapping[str, Any] | bytes,
        *,
        content_type: str = JSON,
        params: Mapping[str, str] | None = None,
        version: int | None = None,
    ) -> dict[str, Any]:
        """The answer to a POST. version: the one it names, where it changes something. Raises LocalError when it is refused, or nobody answers."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.posted(
            who, service, path, content, content_type=content_type, params=params, version=version
        )
        return body_of(answer)

    def posted(
        self,
        who: Who,
        service: str,
        path: str,
        content: bytes,
        *,
        content_type: str,
        params: Mapping[str, str] | None = None,
        version: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer to a POST as it came. headers: beside the usual ones. Raises LocalError as `post`."""
        sent = {"Content-Type": content_type, "Idempotency-Key": key_of(path, params, content)}
        sent |= _named(version) | dict(headers or {})
        connection = self.connection(who, service)
        return _answered(
            lambda: connection.post(
                path, content=content, headers=sent, params=params, timeout=UPLOAD_SECONDS
            )
        )

    def put(
        self,
        who: Who,
        service: str,
        path: str,
        body: Mapping[str, Any],
        *,
        version: Literal["*"] | None = None,
    ) -> dict[str, Any]:
        """The answer to a PUT. version: `*` for the first of something. Raises LocalError as `post`."""
        connection = self.connection(who, service)
        return body_of(_answered(lambda: connection.put(path, json=body, headers=_named(version))))

    def get(
        self, who: Who, service: str, path: str, params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The answer to a GET. Raises LocalError as `post`."""
        connection = self.connection(who, service)
        return body_of(_answered(lambda: connection.get(path, params=params)))

    def every(
        self, who: Who, service: str, path: str, params: Mapping[str, str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """The items of a list, page after page. Raises LocalError as `post`."""
        asked = {"limit": "500", **(params or {})}
        while True:
            page = self.get(who, service, path, asked)
            yield from page["items"]
            if page["next"] is None:
                return
            asked["cursor"] = page["next"]

    def connection(self, who: Who, service: str) -> httpx.Client:
        """The connections of a client to a service: made once, and used by several at a time."""
        with self._opening:
            if (service, who) not in self._clients:
                token = local_token(
                    who.role, org=who.org, communities=who.communities, ttl=LIFETIME, data=self.data
                )
                url = service_url(service, url=None, port=self.port)
                self._clients[service, who] = self._open.enter_context(client(url, token=token))
            return self._clients[service, who]


def _named(version: int | Literal["*"] | None) -> dict[str, str]:
    """The header that names the version of what is changed."""
    if version is None:
        return {}
    return {"If-Match": version if version == "*" else f'W/"{version}"'}


def _answered(request: Callable[[], httpx.Response]) -> httpx.Response:
    answer = call(request)
    if answer.is_error:
        raise refusal(answer)
    return answer


def key_of(path: str, params: Mapping[str, str] | None, content: bytes) -> str:
    """The key of a request: the same for the same request, so that a second run is answered and changes nothing."""
    said = json.dumps([path, sorted((params or {}).items())]).encode() + content
    return f"demo-{hashlib.sha256(said).hexdigest()[:40]}"
