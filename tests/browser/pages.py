"""Every page of the three services by name: whose eyes see it, where it is, and what is done there first."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

from playwright.async_api import FilePayload, Page

from tests.browser.filling import a_discussed_case, a_partners_link, an_asking_record
from tests.browser.reading import ANALYST, DASHBOARD, MANAGER, MEASURING, OFFICER, PRACTICE, RETURNS, Who
from tests.browser.serving import Served
from tests.referrals.moments import at, later
from tests.support.quarter import as_csv, routes_table
from tests.support.running import Running

Way = Callable[[Page], Awaitable[Any]]
WIDE: Final = as_csv([routes_table()[0], *([*row[:-1], -4] for row in routes_table()[1:])])
"""A return with faults in its last column, which a telephone shows only once the table is moved."""
MEASURE: Final = "/measures/non-elective-admissions?community=kendal"


class Seen(NamedTuple):
    """A page. address: of it, or who finds it out.   way: what is done there before it is looked at.   late: the same, half an hour later."""

    who: Who
    address: str | Callable[[Running], Awaitable[str]]
    way: Way | None = None
    late: Way | None = None

    async def open(self, page: Page, site: Served) -> None:
        """Open it in a window of its reader."""
        address = self.address
        if not isinstance(address, str):
            address = await address(site[self.who.service])
        await page.goto(site.at(self.who.service, address))
        service = site[self.who.service]
        if self.way is not None:
            await self.way(page)
        if self.late is not None:
            with at(service, later(service, minutes=30)):
                await self.late(page)


def opening(words: str) -> Way:
    """The record of the first row of the worklist that says so."""

    async def follow(page: Page) -> None:
        async with page.expect_navigation():
            await page.locator("#items tbody tr", has_text=words).first.locator("th a").click()

    return follow


def pressing(name: str) -> Way:
    """A button pressed, and the page that follows."""

    async def press(page: Page) -> None:
        async with page.expect_navigation():
            await page.get_by_role("button", name=name).click()

    return press


def dropping(content: bytes, *, then: Way | None = None) -> Way:
    """A return that is checked."""

    async def drop(page: Page) -> None:
        file = FilePayload(name="return.csv", mimeType="text/csv", buffer=content)
        await page.locator("#file").set_input_files(file)
        await pressing("Check it")(page)
        if then is not None:
            await then(page)

    return drop


def following(words: str, *, then: Way | None = None) -> Way:
    """A link pressed, and the page that follows."""

    async def follow(page: Page) -> None:
        async with page.expect_navigation():
            await page.get_by_role("link", name=words).first.click()
        if then is not None:
            await then(page)

    return follow


def in_turn(*ways: Way) -> Way:
    """One thing done after the other."""

    async def go(page: Page) -> None:
        for way in ways:
            await way(page)

    return go


async def _answer(page: Page) -> None:
    await page.get_by_label("Yes, we will see to it").check()
    await pressing("Send your answer")(page)


async def _write_a_note(page: Page) -> None:
    """A note that is sent with a form whose session is over by then."""
    await page.evaluate("""() => document.querySelectorAll("details").forEach(one => { one.open = true; })""")
    await page.locator("#contact-note").fill("She walks to the shop again")
    await pressing("Record the contact")(page)


async def _a_bad_token(page: Page) -> None:
    await page.get_by_label("Your token").fill("nonsense")
    await pressing("Sign in")(page)


async def _triage_nothing(page: Page) -> None:
    await opening("Triage")(page)
    await pressing("Record the decision")(page)


async def _refer(page: Page) -> None:
    for label, said in (
        ("Given name", "Kathy"),
        ("Family name", "Archer"),
        ("NHS number", "9990000018"),
        ("Date of birth", "1938-02-11"),
        ("Why, and what would help", "She fell twice"),
    ):
        await page.get_by_label(label, exact=True).fill(said)
    await page.get_by_label("Pathway", exact=True).select_option("case-management")
    await page.get_by_label("Registered practice: its ODS code").fill("A82026")
    await pressing("Send the referral")(page)


def nobody(service: str) -> Who:
    """Somebody who is not signed in."""
    return Who(service)


PAGES: Final = {
    "dashboard, signed out": Seen(nobody("trajectories"), "/"),
    "the Bay": Seen(ANALYST, "/"),
    "the Bay, as published": Seen(DASHBOARD, "/"),
    "the Bay, a month without figures": Seen(ANALYST, "/?reference=2012-12"),
    "a community": Seen(ANALYST, "/communities/kendal"),
    "a community, as published": Seen(DASHBOARD, "/communities/kendal"),
    "definitions": Seen(ANALYST, "/measures"),
    "a measure": Seen(ANALYST, MEASURE),
    "a measure, as published": Seen(DASHBOARD, MEASURE),
    "a measure by its parts": Seen(ANALYST, "/measures/reablement-assessments?breakdown=route"),
    "a part of a measure": Seen(ANALYST, "/measures/reablement-assessments?breakdown=route&part=hospital"),
    "revisions": Seen(ANALYST, "/revisions"),
    "revisions of a figure": Seen(
        ANALYST, "/revisions?measure=reablement-assessments&community=kendal&month=2020-03"
    ),
    "feeds": Seen(ANALYST, "/feeds"),
    "no page": Seen(ANALYST, "/measures/nothing"),
    "a page that is not yours": Seen(DASHBOARD, "/feeds"),
    "the Bay, for everybody": Seen(nobody("public"), "/"),
    "a community, for everybody": Seen(nobody("public"), "/communities/kendal"),
    "nothing published": Seen(DASHBOARD, "/measures/carers-supported"),
    "signed out of here alone": Seen(nobody("public"), "/signed-out"),
    "sign in with your organisation": Seen(nobody("public"), "/sign-in"),
    "all pages": Seen(nobody("referrals"), "/start"),
    "referrals, signed out": Seen(nobody("referrals"), "/worklist"),
    "worklist": Seen(MANAGER, "/worklist"),
    "a referral to triage": Seen(MANAGER, "/worklist", opening("Triage")),
    "a decision refused": Seen(MANAGER, "/worklist", _triage_nothing),
    "a case": Seen(MANAGER, "/worklist", opening("Field")),
    "a case that was discussed": Seen(MANAGER, a_discussed_case),
    "an assessment": Seen(MANAGER, "/worklist", in_turn(opening("Field"), following("Write an assessment"))),
    "a care plan": Seen(MANAGER, "/worklist", in_turn(opening("Field"), following("Change the care plan"))),
    "who was told what": Seen(
        MANAGER, "/worklist", in_turn(opening("Field"), following("Who was told what"))
    ),
    "one person, two records": Seen(
        MANAGER,
        "/worklist",
        in_turn(opening("Field"), following("Join it with another record of the person")),
    ),
    "hand work over": Seen(MANAGER, "/worklist/hands"),
    "what a partner was asked": Seen(MANAGER, an_asking_record, following("Adult social care")),
    "a page that rested too long": Seen(MANAGER, "/worklist", opening("Field"), late=_write_a_note),
    "what was sent": Seen(PRACTICE, "/sent"),
    "a referral, for its sender": Seen(PRACTICE, "/sent", following("Kathy Archer")),
    "refer": Seen(PRACTICE, "/refer"),
    "a referral refused": Seen(PRACTICE, "/refer", pressing("Send the referral")),
    "a referral sent": Seen(PRACTICE, "/refer", _refer),
    "a partner's question": Seen(nobody("referrals"), a_partners_link),
    "a partner's answer": Seen(nobody("referrals"), a_partners_link, _answer),
    "no question": Seen(nobody("referrals"), "/answer/nothing"),
    "returns, signed out": Seen(nobody("outcomes"), "/check"),
    "a token refused": Seen(nobody("outcomes"), "/check", _a_bad_token),
    "a measurement": Seen(MEASURING, "/measure?instrument=eq5d5l"),
    "a measurement refused": Seen(
        MEASURING, "/measure?instrument=swemwbs", pressing("Record the measurement")
    ),
    "returns": Seen(RETURNS, "/returns"),
    "check": Seen(OFFICER, "/check?feed=reablement"),
    "a return to be corrected": Seen(OFFICER, "/check?feed=reablement", dropping(WIDE)),
    "a return that is clean": Seen(OFFICER, "/check?feed=reablement", dropping(as_csv(routes_table()))),
    "a return that is sent": Seen(
        OFFICER, "/check?feed=reablement", dropping(as_csv(routes_table()), then=pressing("Send it"))
    ),
}
