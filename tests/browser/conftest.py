"""Pages in a real browser, opened once for all tests of a process."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browser.opening import installed_chromium, open_chromium, open_site
from tests.browser.reading import Readers
from tests.browser.serving import Served
from tests.support.databases import Databases


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser; where none is installed, the tests that need one are left out."""
    program = installed_chromium()
    if program is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    async with open_chromium(program) as browser:
        yield browser


@pytest.fixture(scope="session")
async def site(
    chromium: Browser,  # noqa: ARG001 -- without a browser nothing is filled
    databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Served]:
    """The services with their figures and referrals. A test may add to them, and leaves what is there."""
    async with open_site(databases, tmp_path_factory.mktemp("browser")) as served:
        yield served


@pytest.fixture(scope="session")
async def readers(chromium: Browser, site: Served) -> Readers:
    """Who opens pages: signed in once by the form, then known."""
    return Readers(chromium, site)
