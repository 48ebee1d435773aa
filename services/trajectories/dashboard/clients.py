"""The returns of councils as outcomes tells them to who looks at the dashboard."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Final, Literal, Protocol

from pydantic import BaseModel, ValidationError

from shared.problems import Unavailable
from shared.service.sister import Sister
from shared.settings import PlatformSettings

MOST_SECONDS: Final = 1.5
"""The page does not wait longer for another service."""


class ReturnTold(BaseModel):
    """Where one council's return of one period stands."""

    council: str
    period: str
    status: Literal["supplied", "late", "due", "overdue"]
    due_on: date


class FeedTold(BaseModel):
    """A feed that councils send."""

    feed: str
    title: str


class _Feeds(BaseModel):
    items: list[FeedTold]


class _Returns(BaseModel):
    items: list[ReturnTold]


Told = Sequence[tuple[FeedTold, Sequence[ReturnTold]]]
"""Each feed with its newest returns."""


class Returns(Protocol):
    """Who knows which returns came."""

    async def seen_by(self, bearer: str) -> Told | None:
        """What the bearer of a token may know; None where that is nothing. Raises Unavailable."""


class Outcomes:
    """The outcomes service as the one who knows."""

    def __init__(self, sister: Sister) -> None:
        self._sister = sister

    async def seen_by(self, bearer: str) -> Told | None:
        """What the bearer of a token may know; None where that is nothing. Raises Unavailable."""
        try:
            async with asyncio.timeout(MOST_SECONDS):
                answer = await self._sister.get_as("/v1/feeds", bearer)
                if answer is None:
                    return None
                feeds = _Feeds.model_validate_json(answer).items
                found = await asyncio.gather(*(self._returns(one, bearer) for one in feeds))
        except TimeoutError:
            raise Unavailable("The outcomes service does not answer in time.") from None
        except ValidationError:
            raise Unavailable("What outcomes says of returns cannot be understood.") from None
        return None if None in found else [one for one in found if one is not None]

    async def _returns(self, feed: FeedTold, bearer: str) -> tuple[FeedTold, Sequence[ReturnTold]] | None:
        answer = await self._sister.get_as(f"/v1/feeds/{feed.feed}/completeness", bearer)
        return None if answer is None else (feed, _Returns.model_validate_json(answer).items)


@asynccontextmanager
async def open_returns(settings: PlatformSettings) -> AsyncIterator[Outcomes]:
    """The outcomes service; its connections are let go of when the block ends."""
    sister = Sister(settings, "outcomes", of=None)
    try:
        yield Outcomes(sister)
    finally:
        await sister.close()
