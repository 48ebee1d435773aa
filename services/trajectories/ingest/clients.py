"""An author's facts feed over HTTP."""

from typing import Protocol

from pydantic import ValidationError

from shared.facts.schemas import FactPage
from shared.http.sister import Sister
from shared.problems import Unavailable

PAGE = 2000


class Feed(Protocol):
    """Where facts are pulled from."""

    async def read(self, *, after: int) -> FactPage:
        """The page of the feed behind `after`."""


class AuthorFeed:
    """The feed of one sister service."""

    def __init__(self, sister: Sister) -> None:
        self._sister = sister

    async def read(self, *, after: int) -> FactPage:
        """The page of the feed behind `after`; raises the platform's Unavailable when the author cannot be read."""
        answer = await self._sister.get("/v1/facts", params={"after": after, "limit": PAGE})
        try:
            return FactPage.model_validate_json(answer)
        except ValidationError:
            raise Unavailable("The author's feed cannot be understood.") from None
