"""Receivers of webhooks as we call them: an address that a stranger gave leads to the internet, never into a network of ours."""

import asyncio
import socket
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

import httpx

from shared.deliveries.rules import is_listed, is_public
from shared.deliveries.senders import ANSWER_SECONDS, Senders
from shared.http.outgoing import outgoing


class _PublicOnly(httpx.AsyncHTTPTransport):
    """Connects to the very address that was looked at: a name that is looked up twice may lead elsewhere the second time."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises ConnectError for a name with any address that is not public."""
        host = request.url.host
        addresses = await _addresses_of(host, request.url.port or 443)
        if not addresses or not all(map(is_public, addresses)):
            raise httpx.ConnectError("not a public address", request=request)
        asked = httpx.Request(
            request.method,
            request.url.copy_with(host=addresses[0]),
            headers=request.headers,  # with the name as Host
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        return await super().handle_async_request(asked)


async def _addresses_of(host: str, port: int) -> list[str]:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(one[4][0]) for one in found]


class Receivers:
    """Those whose webhooks are told of events."""

    def __init__(self, public: Senders, listed: Senders, origins: Collection[str]) -> None:
        self._public, self._listed, self._origins = public, listed, origins

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> int | None:
        """The status that an event was taken with; None where nobody answered in time, or the address may not be called."""
        called = self._listed if is_listed(url, self._origins) else self._public
        return await called.post(url, content, headers)


@asynccontextmanager
async def open_receivers(origins: Collection[str]) -> AsyncIterator[Receivers]:
    """The way to receivers. origins: those that are called whatever their address is."""
    # A connection is used once: two names at one address are two receivers, each with a certificate of its own.
    once = httpx.Limits(max_connections=20, max_keepalive_connections=0)
    guarded = _PublicOnly(verify=outgoing()["verify"], trust_env=False, limits=once)
    async with (
        httpx.AsyncClient(
            **outgoing(), transport=guarded, timeout=ANSWER_SECONDS, follow_redirects=False
        ) as public,
        httpx.AsyncClient(
            **outgoing(), timeout=ANSWER_SECONDS, follow_redirects=False, limits=once
        ) as listed,
    ):
        yield Receivers(Senders(public), Senders(listed), origins)
