"""Who opens a page in the browser, and what it then shows."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

from playwright.async_api import Browser, BrowserContext, Page, StorageState

from tests.browser.serving import Served

WIDE: Final = {"width": 1280, "height": 1024}
LONGEST_MS: Final = 60_000
"""So long may a step of the browser take before it counts as hung; a busy machine is no defect."""


class Who(NamedTuple):
    """A reader of a service, and whose token signs them in; nobody's without a role."""

    service: str
    role: str | None = None
    org: str | None = None
    communities: tuple[str, ...] = ()


ANALYST: Final = Who("trajectories", "analyst", communities=("*",))
DASHBOARD: Final = Who("trajectories", "dashboard", communities=("*",))
MANAGER: Final = Who("referrals", "case-manager", communities=("kendal",))
PRACTICE: Final = Who("referrals", "practice-system", org="A82026")
MEASURING: Final = Who("outcomes", "case-manager", communities=("kendal",))
RETURNS: Final = Who("outcomes", "analyst", communities=("*",))
OFFICER: Final = Who("outcomes", "council-feed", org="cumbria")


class Readers:
    """Opens pages; each reader signs in once, by the form."""

    def __init__(self, browser: Browser, site: Served) -> None:
        self._browser = browser
        self.site = site
        self._known: dict[Who, StorageState] = {}

    @asynccontextmanager
    async def page(self, who: Who, address: str, **options: Any) -> AsyncIterator[Page]:
        """The page at an address, as this reader sees it. options: of the browser's context."""
        async with self.blank(who, **options) as page:
            await page.goto(self.site.at(who.service, address))
            yield page

    @asynccontextmanager
    async def blank(self, who: Who, **options: Any) -> AsyncIterator[Page]:
        """A window in which this reader is known and nothing is open yet."""
        state = None if who.role is None else await self._state(who)
        async with self._context(storage_state=state, **options) as context:
            yield await context.new_page()

    @asynccontextmanager
    async def elsewhere(self, origin: str, *, known_as: Who | None = None) -> AsyncIterator[Page]:
        """A page of another origin, in a browser that may be signed in here."""
        state = None if known_as is None else await self._state(known_as)
        async with self._context(storage_state=state) as context:
            page = await context.new_page()
            await page.goto(origin)
            yield page

    @asynccontextmanager
    async def _context(self, **options: Any) -> AsyncIterator[BrowserContext]:
        context = await self._browser.new_context(
            **{"viewport": WIDE, "locale": "en-GB", "timezone_id": "Europe/London", **options}
        )
        context.set_default_timeout(LONGEST_MS)
        try:
            yield context
        finally:
            await context.close()

    async def _state(self, who: Who) -> StorageState:
        if who not in self._known:
            async with self._context() as context:
                page = await context.new_page()
                await page.goto(self.site.at(who.service, "/sign-in"))
                await page.get_by_label("Your token").fill(self.token(who))
                await page.get_by_role("button", name="Sign in").click()
                await page.get_by_role("button", name="Sign out").wait_for()
                self._known[who] = await context.storage_state()
        return self._known[who]

    def token(self, who: Who) -> str:
        """The token of a reader."""
        assert who.role is not None
        headers = self.site[who.service].token(who.role, org=who.org, communities=who.communities)
        return headers["Authorization"].removeprefix("Bearer ")


async def rows_of(page: Page, selector: str) -> list[dict[str, str]]:
    """The rows of a table as they are read on the screen, by the words at the head of its columns."""
    rows: list[dict[str, str]] = await page.locator(selector).evaluate(
        """table => {
            const words = cell => cell.innerText.split(/\\s+/).join(" ").trim();
            const head = [...table.tHead.rows[0].cells].map(words);
            return [...table.tBodies[0].rows].map(row =>
                Object.fromEntries([...row.cells].map((cell, at) => [head[at], words(cell)])));
        }"""
    )
    return rows


def by(rows: list[dict[str, str]], column: str) -> Mapping[str, dict[str, str]]:
    """Rows by what stands in a column."""
    return {row[column]: row for row in rows}
