"""A browser, and the three services filled for it, until the block ends."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.browser.filling import fill_outcomes, fill_referrals, fill_trajectories
from tests.browser.serving import Served, a_front_end, everybodys, served
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


def installed_chromium() -> str | None:
    """The program of this machine, None without one."""
    return next((found for name in CHROMIUM if (found := shutil.which(name))), None)


@asynccontextmanager
async def open_chromium(program: str) -> AsyncIterator[Browser]:
    """A browser without a past, which leaves nothing behind."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=program,
                args=list(QUIET),
                env={**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home},
            )
            yield browser
            await browser.close()


@asynccontextmanager
async def open_site(databases: Databases, folder: Path) -> AsyncIterator[Served]:
    """The three services with their figures and referrals, and the front end whose origin they list."""
    async with AsyncExitStack() as stack:
        front = await stack.enter_async_context(a_front_end())
        services = {}
        for name, fill in FILLING.items():
            running = served(name, databases, folder, cors_origins=(front,))
            services[name] = await stack.enter_async_context(running)
            await fill(services[name][0])
        public = everybodys(services["trajectories"][0], folder)
        services["public"] = await stack.enter_async_context(public)
        yield Served(services, front)
