"""Pages in a real browser: a Chromium of this machine, and the three services on ports of their own, filled once."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.filling import fill_outcomes, fill_referrals, fill_trajectories
from tests.browser.reading import Readers
from tests.browser.serving import Served, served
from tests.support.databases import Databases

CHROMIUM = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
QUIET = (
    *("--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
"""A browser that asks nobody for anything but the pages."""
FILLING = {"referrals": fill_referrals, "outcomes": fill_outcomes, "trajectories": fill_trajectories}


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser of this test process; where none is installed, the tests that need one are left out."""
    program = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """The three services with their figures and referrals. A test may add to them, and leaves what is there."""
    async with AsyncExitStack() as stack:
        folder = tmp_path_factory.mktemp("browser")
        services = {}
        for name, fill in FILLING.items():
            service, origin = await stack.enter_async_context(served(name, databases, folder))
            services[name] = (service, origin)
            await fill(service)
        yield Served(services)


@pytest.fixture(scope="session")
async def readers(chromium: Browser, site: Served) -> Readers:
    """Who opens pages: signed in once by the form, then known."""
    return Readers(chromium, site)
