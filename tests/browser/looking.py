"""What is found out about a page while it is open once: its requests, its faults, and how it looks in other ways."""

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ConsoleMessage, Page, Request, ViewportSize

WCAG: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
TELEPHONE: Final = ViewportSize(width=390, height=844)
"""A telephone held upright."""
TWICE: Final = ViewportSize(width=640, height=512)
"""What is left of a screen of 1280 pixels when everything is twice as large (WCAG 1.4.4)."""
FOUR_TIMES: Final = ViewportSize(width=320, height=256)
"""The same, four times (WCAG 1.4.10)."""
A4: Final = ViewportSize(width=718, height=1047)
"""The paper within margins of a centimetre, in CSS pixels."""


@dataclass
class Traffic:
    """What a page asked for, and what the browser complained of."""

    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def hosts(self) -> set[str]:
        """Where the page asked for anything."""
        return {urlsplit(one.url).netloc for one in self.requests if not one.url.startswith("data:")}

    async def carried(self) -> int:
        """The bytes that came over the wire for the page that is open, its heads included."""
        newest = max(at for at, one in enumerate(self.requests) if one.is_navigation_request())
        sizes = [await one.sizes() for one in self.requests[newest:] if not one.url.startswith("data:")]
        return sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sizes)


@dataclass(frozen=True)
class Sight:
    """One page. host: its own.   hosts: those it asked.   bytes: over the wire.   violations: of axe, wide and on a telephone.   lost: by way of looking, what cannot be read there."""

    host: str
    hosts: set[str]
    complaints: list[str]
    bytes: int
    violations: list[str]
    lost: dict[str, list[str]]
    wordless: list[str]


def listen(page: Page) -> Traffic:
    """The traffic of a page from now on."""
    traffic = Traffic()

    def said(message: ConsoleMessage) -> None:
        # A page of a problem is a page: its status alone is no fault of it.
        if message.type in {"error", "warning"} and "responded with a status of 4" not in message.text:
            traffic.complaints.append(message.text)

    page.on("request", lambda request: traffic.requests.append(request))  # noqa: PLW0108 -- no builtin is taken
    page.on("console", said)
    page.on("pageerror", lambda error: traffic.complaints.append(str(error)))
    return traffic


_LOST = """() => {
    const name = one => one.tagName.toLowerCase() + (one.className.baseVal === undefined && one.className ? "." + one.className.split(" ").join(".") : "");
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [`the page is ${document.documentElement.scrollWidth} wide`, ...[...document.querySelectorAll("body *")]
        .filter(one => one.getBoundingClientRect().right > width + 1 && !one.closest(".app-scroll, .app-chart"))
        .map(one => `${name(one)} ends at ${Math.round(one.getBoundingClientRect().right)} of ${width}`)];
}"""
"""What stands outside a page that is wider than the screen; a table scrolls within its own frame."""
_CUT = """() => {
    const width = document.documentElement.clientWidth;
    const asks = "form, .app-act, .app-take";
    return [...document.querySelectorAll("main :is(td, th, dd, dt, p, li, h1, h2, h3, svg, img)")]
        .filter(one => !one.closest(asks) && !one.closest("thead") && !one.closest(".nhsuk-u-visually-hidden"))
        .filter(one => one.innerText === undefined || one.tagName === "IMG" || one.innerText.trim() !== "")
        .map(one => [one, one.getBoundingClientRect()])
        .filter(([one, box]) => box.width === 0 || box.height === 0 || box.right > width + 1)
        .map(([one, box]) => `${one.tagName} ${(one.innerText || "").slice(0, 40)}: ${Math.round(box.left)} to ${Math.round(box.right)}`);
}"""
"""What of the words, tables and pictures of a page is not on the paper, or runs off it."""
_UNFOLD = """() => document.querySelectorAll("details").forEach(one => { one.open = true; })"""
_WORDS = """() => document.body.innerText.split(/\\s+/)"""
_WORDLESS = """() => [
    [".app-sign", ":is(li, .app-cell__mark, p)"], [".nhsuk-tag", ".nhsuk-tag"], [".app-total", ".app-total"],
    [".app-cell--concern", ".app-cell--concern .app-cell__mark"], [".app-bad", ".app-bad__why"],
    [".app-list tbody tr", ".nhsuk-tag"], [".app-spark", "tr"], [".app-chosen", "[aria-current]"],
].flatMap(([told, words]) => [...document.querySelectorAll(told)]
    .filter(one => ![...one.querySelectorAll(words), one.closest(words)].some(said => said && said.textContent.trim()))
    .map(one => one.outerHTML.slice(0, 120)))"""
"""What a colour or a shape says without a word beside it."""
_OPTIONS: Final[dict[str, Any]] = {
    "runOnly": list(WCAG),
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}


async def look_at(page: Page, traffic: Traffic) -> Sight:
    """A page that is open: as it is, on a telephone, enlarged, and on paper; whatever it folds away is unfolded."""
    await page.wait_for_load_state()
    carried = await traffic.carried()
    await page.evaluate(_UNFOLD)
    words = set(await page.evaluate(_WORDS))
    wordless = await page.evaluate(_WORDLESS)
    await page.evaluate(Axe().axe_script)
    violations = await _violations(page)
    lost = {}
    for name, size in (("telephone", TELEPHONE), ("four times", FOUR_TIMES), ("twice", TWICE)):
        await page.set_viewport_size(size)
        lost[name] = await page.evaluate(_LOST)
        if size is TELEPHONE:
            violations += await _violations(page)
    lost["twice"] += sorted(words - set(await page.evaluate(_WORDS)))
    await page.set_viewport_size(A4)
    await page.emulate_media(media="print")
    lost["print"] = await page.evaluate(_CUT)
    host = urlsplit(page.url).netloc
    return Sight(host, traffic.hosts, traffic.complaints, carried, violations, lost, wordless)


async def _violations(page: Page) -> list[str]:
    found = await page.evaluate("options => axe.run(options)", _OPTIONS)
    assert any(one["id"] == "color-contrast" for one in found["passes"]), "axe looked at nothing"
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
