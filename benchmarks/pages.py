"""`python -m benchmarks.pages [--rounds 5]`: how soon a browser paints each page, beside an empty page of the same server.

The services run in this process on test databases, filled as `tests/browser` fills them; each page is opened with an empty
cache. 0.5 s are to be reached.
"""

import argparse
import asyncio
import statistics
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import Page

from shared.local.temporary import temporary_servers
from tests.browser.opening import installed_chromium, open_chromium, open_site
from tests.browser.pages import PAGES
from tests.browser.reading import Readers
from tests.browser.serving import Served
from tests.support.databases import Databases

PAINTED: Final = """() => new Promise(done => new PerformanceObserver(list => {
    const [first] = list.getEntriesByName("first-contentful-paint");
    if (first) done(first.startTime);
}).observe({type: "paint", buffered: true}))"""
"""Milliseconds from the request to the first words, once they are there."""
LIMIT_SECONDS: Final = 0.5
SHOWN: Final = (
    *("the Bay", "the Bay, for everybody", "a community", "a measure", "definitions", "feeds", "revisions"),
    *("worklist", "a case", "hand work over", "refer", "what was sent", "a partner's question"),
    *("check", "returns", "a measurement", "returns, signed out"),
)
EMPTY: Final = "an empty page"


async def measure(program: str, rounds: int) -> dict[str, list[float]]:
    """Seconds until the first words are painted, by page, a round after the other."""
    found: dict[str, list[float]] = {name: [] for name in (EMPTY, *SHOWN)}
    with temporary_servers() as servers, tempfile.TemporaryDirectory() as folder:
        databases = Databases(servers.database_url)
        async with open_chromium(program) as browser, open_site(databases, Path(folder)) as site:
            readers = Readers(browser, site)
            for _ in range(rounds + 1):
                for name, seconds in found.items():
                    seconds.append(await _painted(name, readers, site))
        await databases.close()
    return {name: seconds[1:] for name, seconds in found.items()}


async def _painted(name: str, readers: Readers, site: Served) -> float:
    if name == EMPTY:
        async with readers.elsewhere(site.front) as page:
            return await _seconds(page)
    seen = PAGES[name]
    async with readers.blank(seen.who) as page:
        await seen.open(page, site)
        return await _seconds(page)


async def _seconds(page: Page) -> float:
    return float(await page.evaluate(PAINTED)) / 1000


def main() -> int:
    """Measure, and print a line a page; 1 where a page misses the limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    program = installed_chromium()
    if program is None:
        print("no Chromium is installed")
        return 2
    found = asyncio.run(measure(program, parser.parse_args().rounds))
    medians = {name: statistics.median(seconds) for name, seconds in found.items()}
    for name, seconds in found.items():
        print(f"{name}: {medians[name]:.2f} s, {min(seconds):.2f} at best")
    return int(max(medians.values()) > LIMIT_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main())
