"""Connections for a great many small requests: each thread keeps one of its own to a service.

A request by the standard library costs a third of one by httpx, and a demonstration sends tens of thousands.
"""

import threading
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlencode, urlsplit

import httpx


class Wire:
    """The way to one service. url: its base address.   seconds: how long an answer is waited for."""

    def __init__(self, url: str, *, seconds: float) -> None:
        address = urlsplit(url)
        self._kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
        self._host, self._before = address.netloc, address.path
        self._url, self._seconds = url, seconds
        self._own = threading.local()
        self._opening = threading.Lock()
        self._opened: list[HTTPConnection] = []

    def send(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer to one request, sent once. Raises httpx.TransportError where there is none."""
        connection = self._connection()
        target = f"{path}?{urlencode(params)}" if params else path
        try:
            connection.request(method, self._before + target, body=content, headers=dict(headers))
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException) as error:
            connection.close()  # the next request opens it again
            raise httpx.TransportError(f"{type(error).__name__}: {error}") from error
        asked = httpx.Request(method, self._url + path)
        return httpx.Response(answer.status, headers=answer.getheaders(), content=body, request=asked)

    def close(self) -> None:
        """End every thread's connection."""
        for connection in self._opened:
            with suppress(OSError):
                connection.close()

    def _connection(self) -> HTTPConnection:
        found: HTTPConnection | None = getattr(self._own, "connection", None)
        if found is None:
            found = self._own.connection = self._kind(self._host, timeout=self._seconds)
            with self._opening:
                self._opened.append(found)
        return found
