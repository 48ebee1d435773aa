"""The facts of their authors over HTTP."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

from pydantic import ValidationError

from shared.addresses import AUTHORS
from shared.facts.cells import FactPage
from shared.problems import Unavailable
from shared.service.sister import Sister
from shared.settings import PlatformSettings

PAGE = 500  # as long as a list may be; LONGEST_LIST of shared.http.parameters would load the web framework into the worker


class FactAuthor(Protocol):
    """Whose facts are pulled."""

    async def read(self, *, after: int) -> FactPage:
        """The page of the author's facts behind `after`."""


class SisterAuthor:
    """A sister service as an author of facts."""

    def __init__(self, sister: Sister) -> None:
        self._sister = sister

    async def read(self, *, after: int) -> FactPage:
        """The page of her facts behind `after`; raises the platform's Unavailable when she cannot be read."""
        answer = await self._sister.get("/v1/facts", params={"after": after, "limit": PAGE})
        try:
            page = FactPage.model_validate_json(answer)
        except ValidationError:
            raise Unavailable("The author's facts cannot be understood.") from None
        if page.next is not None and not page.items:
            # The reader would ask for the same page for ever.
            raise Unavailable("The author says that there is more, and gives nothing.")
        return page


@asynccontextmanager
async def open_authors(settings: PlatformSettings) -> AsyncIterator[Mapping[str, FactAuthor]]:
    """Every author of facts by name. Their connections are let go of when the block ends."""
    async with AsyncExitStack() as stack:
        authors = {}
        for name in AUTHORS:
            sister = Sister(settings, name, of="trajectories")
            stack.push_async_callback(sister.close)
            authors[name] = SisterAuthor(sister)
        yield authors
