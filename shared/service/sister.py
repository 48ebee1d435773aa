"""Calls to a sister service: bounded in time and size, tried again with care, carrying the ids of the request in hand."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import orjson
import stamina
import structlog

from shared.auth.sisters import SISTER_LIFETIME, own_key, sister_token
from shared.http.outgoing import outgoing
from shared.problems import Unavailable
from shared.settings import PlatformSettings
from shared.telemetry.correlation import current_correlation

FAILURES = 5
OPEN_SECONDS = 10.0


class Breaker:
    """Counts failures in a row. Closed: everything passes. Open: nothing. Half open: one trial at a time."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._opened_at = 0.0

    def lets_pass(self) -> bool:
        """Whether a request may be tried now. While open, one is let through every ten seconds."""
        if self._failures < FAILURES:
            return True
        if self._clock() - self._opened_at < OPEN_SECONDS:
            return False
        self._opened_at = self._clock()
        return True

    def succeeded(self) -> None:
        """The other side answered."""
        self._failures = 0

    def failed(self) -> None:
        """The other side did not answer, or said that it cannot."""
        self._failures += 1
        if self._failures >= FAILURES:
            self._opened_at = self._clock()


log = structlog.get_logger()

TIMEOUT = httpx.Timeout(2.0, connect=1.0)
TOTAL_SECONDS = 5.0
ATTEMPTS = 3
ANSWER_BYTES = 16 * 1024 * 1024
_TOKEN_MARGIN_SECONDS = 60

_TRANSIENT = frozenset({429, 502, 503, 504})
_OK = range(200, 300)
_REFUSED = frozenset({401, 403})


class _TryAgain(Exception):  # noqa: N818 -- a signal within this module
    """The sister could not be reached, or says that she cannot answer now."""


class Sister:
    """One sister service as this process sees her. Opens no connection before the first call."""

    def __init__(
        self,
        settings: PlatformSettings,
        service: str,
        *,
        of: str | None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """of: the service that asks her; None where she is only asked in the name of others, for which no key of ours is needed."""
        self._service = service
        self._of = of
        self._key = None if of is None else own_key(settings, of)
        self._breaker = Breaker()
        self._token = ""
        self._token_until = 0.0
        self._client = httpx.AsyncClient(
            **outgoing(),
            base_url=settings.sister_url(service),
            timeout=TIMEOUT,
            follow_redirects=False,
            transport=transport,
            limits=httpx.Limits(max_connections=10, max_keepalive_connections=4),
        )

    async def get(self, path: str, *, params: Mapping[str, Any] | None = None) -> bytes:
        """The body of a good answer to a GET. Raises Unavailable."""
        return await self._call(path, params=params)

    async def ask(self, path: str, question: object) -> bytes:
        """The body of a good answer to a POST that only asks: it is tried again like a GET. Raises Unavailable.

        question: the members of its JSON body, which must not stand in an address.
        """
        return await self._call(path, question=orjson.dumps(question))

    async def get_as(
        self, path: str, bearer: str, *, params: Mapping[str, Any] | None = None
    ) -> bytes | None:
        """The body of a good answer to a GET of somebody who reads here; None where she refuses them. Raises Unavailable.

        bearer: their token, whose rights are theirs there too. Somebody waits, so it is tried once.
        """
        headers = {**current_correlation().as_headers(), "Authorization": f"Bearer {bearer}"}
        try:
            async with self._client.stream("GET", path, headers=headers, params=params) as answer:
                if answer.status_code in _REFUSED:
                    return None
                return await self._content(answer)
        except (_TryAgain, httpx.HTTPError):
            raise self._unavailable() from None

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _call(
        self, path: str, *, params: Mapping[str, Any] | None = None, question: bytes | None = None
    ) -> bytes:
        if not self._breaker.lets_pass():
            raise self._unavailable()
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                content = await self._retry(path, params, question)
        except (_TryAgain, httpx.HTTPError, TimeoutError) as error:
            self._breaker.failed()
            log.warning(
                "sister.unavailable", sister=self._service, error=type(error.__cause__ or error).__name__
            )
            raise self._unavailable() from None
        except Unavailable:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return content

    async def _retry(self, path: str, params: Mapping[str, Any] | None, question: bytes | None) -> bytes:
        attempts = stamina.retry_context(
            on=_TryAgain,
            attempts=ATTEMPTS,
            timeout=TOTAL_SECONDS,
            wait_initial=0.1,
            wait_max=1.0,
            wait_jitter=0.2,
        )
        async for attempt in attempts:
            with attempt:
                return await self._once(path, params, question)
        raise _TryAgain

    async def _once(self, path: str, params: Mapping[str, Any] | None, question: bytes | None) -> bytes:
        headers = {
            **current_correlation().as_headers(),
            "Authorization": f"Bearer {self._current_token()}",
        }
        if question is not None:
            headers["Content-Type"] = "application/json"
        method = "GET" if question is None else "POST"
        try:
            async with self._client.stream(
                method, path, headers=headers, params=params, content=question
            ) as answer:
                return await self._content(answer)
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.RemoteProtocolError,
            httpx.ReadError,
        ) as error:
            raise _TryAgain from error

    async def _content(self, answer: httpx.Response) -> bytes:
        if answer.status_code in _TRANSIENT:
            raise _TryAgain
        if answer.status_code not in _OK:
            log.warning("sister.refused", sister=self._service, status=answer.status_code)
            raise self._unavailable()
        content = bytearray()
        async for chunk in answer.aiter_bytes():
            content += chunk
            if len(content) > ANSWER_BYTES:
                raise self._unavailable()
        return bytes(content)

    def _current_token(self) -> str:
        """The credential of this service with this sister, made anew before it ends."""
        if self._of is None or self._key is None:
            raise RuntimeError("This sister is only asked in the name of others.")
        if time.monotonic() > self._token_until:
            self._token = sister_token(self._key, sender=self._of, receivers=[self._service])
            self._token_until = time.monotonic() + SISTER_LIFETIME.total_seconds() - _TOKEN_MARGIN_SECONDS
        return self._token

    def _unavailable(self) -> Unavailable:
        return Unavailable(f"The {self._service} service does not answer.", retry_after=5)
