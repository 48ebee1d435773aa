"""Sends as the real clients do: each in its own name, over HTTP, under a key that a second run repeats."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self

import httpx
import orjson

from shared.cli.calls import TRY_LATER, body_of, call, client, refusal
from shared.cli.demo.wire import Wire
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
    _wires: dict[str, Wire] = field(default_factory=dict)
    _tokens: dict[Who, str] = field(default_factory=dict)
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
        content = body if isinstance(body, bytes) else orjson.dumps(body)
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
        return self._answered(who, service, "POST", path, content=content, headers=sent, params=params)

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
        sent = {"Content-Type": JSON, **_named(version)}
        return body_of(self._answered(who, service, "PUT", path, content=orjson.dumps(body), headers=sent))

    def get(
        self, who: Who, service: str, path: str, params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The answer to a GET. Raises LocalError as `post`."""
        return body_of(self._answered(who, service, "GET", path, params=params))

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

    def client(self, who: Who, service: str) -> httpx.Client:
        """A client for what a command of `icc` does by itself, closed with the door."""
        url = service_url(service, url=None, port=self.port)
        return self._open.enter_context(client(url, token=self._token(who)))

    def _answered(
        self,
        who: Who,
        service: str,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer to a request, which is sent again while the service is away. Raises LocalError as `post`."""
        wire, named = self._wire(service), {"Authorization": f"Bearer {self._token(who)}"}

        def request() -> httpx.Response:
            return wire.send(
                method, path, content=content, headers=named | dict(headers or {}), params=params
            )

        answer = _at_once(request)
        if answer is None:
            answer = call(request)
        if answer.is_error:
            raise refusal(answer)
        return answer

    def _wire(self, service: str) -> Wire:
        with self._opening:
            if service not in self._wires:
                url = service_url(service, url=None, port=self.port)
                self._wires[service] = Wire(url, seconds=UPLOAD_SECONDS)
                self._open.callback(self._wires[service].close)
            return self._wires[service]

    def _token(self, who: Who) -> str:
        with self._opening:
            if who not in self._tokens:
                self._tokens[who] = local_token(
                    who.role, org=who.org, communities=who.communities, ttl=LIFETIME, data=self.data
                )
            return self._tokens[who]


def _named(version: int | Literal["*"] | None) -> dict[str, str]:
    """The header that names the version of what is changed."""
    if version is None:
        return {}
    return {"If-Match": version if version == "*" else f'W/"{version}"'}


def _at_once(request: Callable[[], httpx.Response]) -> httpx.Response | None:
    """The answer of a first try; None where it is to be tried again. What tries with patience costs as much as a request."""
    try:
        answer = request()
    except httpx.TransportError:
        return None
    return None if answer.status_code in TRY_LATER else answer


def key_of(path: str, params: Mapping[str, str] | None, content: bytes) -> str:
    """The key of a request: the same for the same request, so that a second run is answered and changes nothing."""
    said = orjson.dumps([path, sorted((params or {}).items())]) + content
    return f"demo-{hashlib.sha256(said).hexdigest()[:40]}"
