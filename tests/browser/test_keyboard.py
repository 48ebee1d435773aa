"""The pages worked by the keyboard alone, in a browser that runs no scripts."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.filling import a_referral_to_triage
from tests.browser.pages import PAGES
from tests.browser.reading import ANALYST, MANAGER, OFFICER, Readers
from tests.browser.serving import Served
from tests.referrals.acting import manager, read

NO_SCRIPTS: dict[str, Any] = {"java_script_enabled": False}
MOST_STEPS = 400
WALKED = (
    "the Bay",
    "a measure",
    "worklist",
    "a referral to triage",
    "refer",
    "check",
    "dashboard, signed out",
)

_FOCUSED = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const look = getComputedStyle(one);
    const marked = (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0) || look.boxShadow !== "none";
    window.walked = window.walked || new Map();
    if (!window.walked.has(one)) window.walked.set(one, window.walked.size);
    return {at: window.walked.get(one), name: one.outerHTML.slice(0, 100), marked};
}"""
_REACHABLE = """() => {
    const radios = new Set();
    return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
        .filter(one => one.checkVisibility({contentVisibilityAuto: true}) && !one.closest("details:not([open]) > :not(summary)"))
        .filter(one => one.type !== "radio" || (!radios.has(one.name) && radios.add(one.name))).length;
}"""


async def press(page: Page, *keys: str) -> None:
    """Keys one after the other."""
    for key in keys:
        await page.keyboard.press(key)


async def reach(page: Page, selector: str) -> None:
    """Go on with Tab until this has the focus."""
    for _ in range(MOST_STEPS):
        if await page.locator(f"{selector}:focus").count():
            return
        await press(page, "Tab")
    raise AssertionError(f"{selector} is not reached by the keyboard")


@pytest.mark.parametrize("name", WALKED)
async def test_everything_is_reached_in_turn_and_shows_it(name: str, readers: Readers, site: Served) -> None:
    async with readers.blank(PAGES[name].who) as page:
        await PAGES[name].open(page, site)
        wanted = await page.evaluate(_REACHABLE)
        found: list[dict[str, Any]] = []
        for _ in range(MOST_STEPS):
            await press(page, "Tab")
            focused = await page.evaluate(_FOCUSED)
            if focused is None or focused["at"] < len(found) - 1:
                break
            # A date has a step for the day, the month and the year.
            if focused["at"] == len(found):
                found.append(focused)
    assert [one["name"] for one in found if not one["marked"]] == []
    assert len(found) == wanted


async def test_the_first_key_leads_past_the_head_of_the_page(readers: Readers) -> None:
    async with readers.page(ANALYST, "/") as page:
        await press(page, "Tab")
        skip = page.locator(".nhsuk-skip-link")
        assert await skip.evaluate(
            "one => one === document.activeElement && one.getBoundingClientRect().height > 20"
        )
        await press(page, "Enter", "Tab")
        assert await page.evaluate("() => document.activeElement.closest('main') !== null")


async def test_figures_are_chosen_by_keys(readers: Readers) -> None:
    async with readers.page(ANALYST, "/", **NO_SCRIPTS) as page:
        await reach(page, "#reference")
        await press(page, "ArrowDown")
        await reach(page, ".app-filter__go")
        async with page.expect_navigation():
            await press(page, "Enter")
        assert "reference=2020-02" in page.url
        assert "February 2020" in await page.locator("h1").inner_text()
        assert await page.locator(".app-matrix tbody tr").count() == 8


async def test_a_referral_is_triaged_by_keys(readers: Readers, site: Served) -> None:
    service = site["referrals"]
    sent = await a_referral_to_triage(service)
    async with readers.page(MANAGER, f"/worklist/referrals/{sent['id']}", **NO_SCRIPTS) as page:
        await reach(page, "#triage-decision")
        await press(page, "Space")
        await reach(page, "#triage-comment")
        await page.keyboard.type("Thank you")
        await reach(page, "section.app-act button")
        async with page.expect_navigation():
            await press(page, "Enter")
        assert await page.locator(".app-notice[role=status]").inner_text() == "The decision is recorded."
    assert (await read(service, sent, by=manager(service)))["status"] == "accepted"


async def test_somebody_signs_in_and_out_by_keys(readers: Readers, site: Served) -> None:
    async with readers.blank(OFFICER._replace(role=None), **NO_SCRIPTS) as page:
        await page.goto(site.at("outcomes", "/check"))
        await reach(page, "#token")
        await page.keyboard.insert_text(readers.token(OFFICER))
        await reach(page, "main button")
        async with page.expect_navigation():
            await press(page, "Enter")
        assert (await page.locator("h1").inner_text()).startswith("Check a return")
        await reach(page, ".nhsuk-header__account-button")
        async with page.expect_navigation():
            await press(page, "Enter")
        assert await page.locator("h1").inner_text() == "Sign in"
