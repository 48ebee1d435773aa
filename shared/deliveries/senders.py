"""Those outside as we call them: one POST, short time-outs, no redirect followed, nothing read of what they say."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from shared.http.outgoing import outgoing

ANSWER_SECONDS = 5.0
"""The standard's own limit of an answer."""
TOTAL_SECONDS = 15.0
"""For a whole call, however slowly each part of it comes."""


class Senders:
    """Those who sent us messages."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> int | None:
        """The status that an answer was taken with; None where nobody answered in time."""
        try:
            async with (
                asyncio.timeout(TOTAL_SECONDS),
                self._client.stream("POST", url, content=content, headers=dict(headers)) as answer,
            ):
                return answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            return None


@asynccontextmanager
async def open_senders() -> AsyncIterator[Senders]:
    """The way to senders; its connections are let go of when the block ends."""
    async with httpx.AsyncClient(**outgoing(), timeout=ANSWER_SECONDS, follow_redirects=False) as client:
        yield Senders(client)
