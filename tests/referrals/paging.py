"""Pages of a record as tests fill them in."""

from typing import Any

import httpx

from tests.referrals.acting import manager
from tests.support.pages import Element, form_of, sign_in
from tests.support.running import Running


async def the_page(service: Running, referral_id: str, behind: str = "") -> Element:
    """The record of a referral, or a page behind it, for Kendal's case manager, who signs in there."""
    return await sign_in(service.client, manager(service), f"/worklist/referrals/{referral_id}{behind}")


async def send(service: Running, page: Element, action: str, /, **members: str) -> httpx.Response:
    """The answer to a form of a page, filled in."""
    return await service.client.post(action, data=form_of(page, action) | members)


def behind(case: dict[str, Any], act: str) -> str:
    """Where a form of a case stands, behind its referral."""
    return f"/cases/{case['id']}/{act}"


def form_at(case: dict[str, Any], act: str) -> str:
    """The address that a form of a case is sent to."""
    return f"/worklist/referrals/{case['referral_id']}{behind(case, act)}"


def summary(page: Element) -> list[tuple[str, str]]:
    """What the page says is wrong: (words, where its link leads)."""
    box = page.one("div", class_="nhsuk-error-summary")
    return [(one.text, one.attributes["href"]) for one in box.all("a")]
