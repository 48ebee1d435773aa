"""What holds for every page: who sees it, how people sign in and out, and what a browser is told."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.service.browsing.sessions import IDLE
from tests.support.databases import Databases
from tests.support.running import Running, running
from tests.trajectories.pages import Element, read_page

NOW = datetime(2021, 5, 20, 12, 0, tzinfo=UTC)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Clock:
    """A clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def a_site(databases: Databases, folder: Path, clock: Clock, **settings: Any) -> AsyncIterator[Running]:
    async with (
        databases.lend("trajectories") as url,
        running("trajectories", database_url=url, data_dir=folder, settings=settings, clock=clock) as service,
    ):
        yield service


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def site(databases: Databases, tmp_path: Path, clock: Clock) -> AsyncIterator[Running]:
    async with a_site(databases, tmp_path, clock) as service:
        yield service


def form_of(page: Element, action: str) -> dict[str, str]:
    """The hidden members of a form."""
    form = page.one("form", action=action)
    return {one.attributes["name"]: one.attributes["value"] for one in form.all("input", type="hidden")}


def token_of(service: Running, role: str = "analyst") -> str:
    return service.token(role, communities=("*",))["Authorization"].removeprefix("Bearer ")


async def sign_in(service: Running, role: str = "analyst", **members: str) -> httpx.Response:
    """The answer to the form, filled in with a token, at the page that asked for it."""
    asked = await service.client.get("/?order=change")
    assert asked.status_code == 401
    filled = form_of(read_page(asked.text), "/sign-in") | {"token": token_of(service, role)} | members
    return await service.client.post("/sign-in", data=filled)


async def test_who_is_not_signed_in_is_asked_to_at_the_address_that_was_asked_for(site: Running) -> None:
    answer = await site.client.get("/?order=change")
    assert answer.status_code == 401
    page = read_page(answer.text)
    assert page.one("h1").text == "Sign in"
    assert form_of(page, "/sign-in")["after"] == "/?order=change"
    assert list(page.all("div", class_="nhsuk-error-summary")) == []


async def test_a_token_signs_in_and_the_page_that_was_asked_for_follows(site: Running) -> None:
    answer = await sign_in(site)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?order=change")
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith("icc-trajectories=")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert token_of(site)[:40] not in cookie
    shown = await site.client.get("/?order=change")
    assert shown.status_code == 200
    assert "local:analyst" in read_page(shown.text).one("header").text


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "ü"])
async def test_a_token_that_is_not_good_is_told_beside_the_form(site: Running, token: str) -> None:
    answer = await sign_in(site, token=token)
    assert answer.status_code == 401
    page = read_page(answer.text)
    assert page.one("title").text.startswith("Error: Sign in")
    assert page.one("div", class_="nhsuk-error-summary").one("a").attributes["href"] == "#token"
    assert (await site.client.get("/")).status_code == 401
    refused = await site.rows(
        "select code from audit where event = 'request.refused' order by arrival desc limit 1"
    )
    assert refused[0]["code"].startswith("auth.")


async def test_a_form_that_is_not_ours_signs_nobody_in(site: Running) -> None:
    for members in ({"form": "x"}, {"form": ""}):
        assert (await sign_in(site, **members)).status_code == 403
    asked = await site.client.get("/")
    stolen = form_of(read_page(asked.text), "/sign-in") | {"token": token_of(site)}
    site.client.cookies.clear()
    assert (await site.client.post("/sign-in", data=stolen)).status_code == 403
    assert (await site.client.post("/sign-in", json=stolen)).status_code == 415
    assert (await site.client.get("/")).status_code == 401


@pytest.mark.parametrize(
    "after", ["//elsewhere.example/", "https://elsewhere.example/", "/\\elsewhere.example", "x"]
)
async def test_nobody_is_led_to_another_site(site: Running, after: str) -> None:
    answer = await sign_in(site, after=after)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_session_that_rests_is_over_and_one_that_is_used_goes_on(site: Running, clock: Clock) -> None:
    await sign_in(site)
    for _ in range(2):
        clock.now += IDLE - timedelta(minutes=1)
        assert (await site.client.get("/")).status_code == 200
    clock.now += IDLE + timedelta(seconds=1)
    answer = await site.client.get("/")
    assert answer.status_code == 401
    assert "You were signed out" in read_page(answer.text).one("main").text


async def test_who_signs_out_is_out(site: Running) -> None:
    await sign_in(site)
    page = read_page((await site.client.get("/")).text)
    assert (await site.client.post("/sign-out", data={"form": "x"})).status_code == 403
    assert (await site.client.get("/")).status_code == 200
    answer = await site.client.post("/sign-out", data=form_of(page, "/sign-out"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert (await site.client.get("/")).status_code == 401


async def test_a_cookie_that_was_changed_or_is_anothers_signs_nobody_in(site: Running) -> None:
    await sign_in(site)
    (name, value) = next(one for one in site.client.cookies.items() if one[0] == "icc-trajectories")
    for broken in (value[:-8], value[:40] + ("A" if value[40] != "A" else "B") + value[41:], "x", "%00"):
        site.client.cookies.clear()
        answer = await site.client.get("/", headers={"Cookie": f"{name}={broken}"})
        assert answer.status_code == 401


async def test_a_revoked_token_ends_its_session(site: Running) -> None:
    await sign_in(site)
    operator = site.token("operator", communities=("*",)) | {"Idempotency-Key": "k"}
    body = {"client": "local:analyst", "reason": "A laptop was lost."}
    answer = await site.client.post("/v1/operations/revocations", json=body, headers=operator)
    assert answer.status_code == 201, answer.text
    await site.platform.tokens.revocations.refresh(site.platform.database)
    shown = await site.client.get("/")
    assert shown.status_code == 401
    assert "revoked" in read_page(shown.text).one("main").text


async def test_the_cookie_is_no_credential_of_the_interface(site: Running) -> None:
    await sign_in(site)
    assert (await site.client.get("/v1/performance/matrix")).status_code == 401


async def test_everybody_sees_pages_where_the_operator_says_so(
    databases: Databases, tmp_path: Path, clock: Clock
) -> None:
    async with a_site(databases, tmp_path, clock, public_dashboard="protected") as site:
        answer = await site.client.get("/")
        assert answer.status_code == 200
        assert "published" in read_page(answer.text).one("main").text
        assert (await site.client.get("/v1/performance/matrix")).status_code == 401


async def test_a_page_brings_a_strict_policy_and_asks_nothing_of_another_host(site: Running) -> None:
    answer = await site.client.get("/", headers=site.token("analyst", communities=("*",)))
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r'(?:src|action)="(?:https?:)?//', answer.text)
    assert not re.search(r'<link[^>]*href="(?:https?:)?//', answer.text)
    # Only what a reader follows leads elsewhere, and that to the pages of the other services.
    elsewhere = set(re.findall(r'href="((?:https?:)?//[^"]*)"', answer.text))
    assert elsewhere == {f"{site.platform.settings.pages_url_of('outcomes')}/returns"}
    assert "style=" not in answer.text
    assert "<script" not in answer.text


async def test_style_sheets_come_from_here_and_hold_no_licensed_font(site: Running) -> None:
    page = read_page((await site.client.get("/")).text)
    sheets = [one.attributes["href"] for one in page.all("link", rel="stylesheet")]
    assert [one.partition("?")[0] for one in sheets] == ["/assets/nhsuk.css", "/assets/pages.css"]
    for sheet in sheets:
        answer = await site.client.get(sheet)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
        assert answer.headers["content-encoding"] == "gzip"
        assert "Frutiger" not in answer.text
        assert "url(http" not in answer.text
        assert "@font-face" not in answer.text
        again = await site.client.get(sheet, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
        plain = await site.client.get(sheet, headers={"Accept-Encoding": "identity"})
        assert plain.text == answer.text
    assert (await site.client.get("/assets/README.md")).status_code == 404


async def test_what_cannot_be_asked_is_told_on_a_page(site: Running) -> None:
    who = site.token("analyst", communities=("*",))
    for address, status in (("/?reference=soon", 422), ("/?colour=red", 400), ("/?order=beauty", 422)):
        answer = await site.client.get(address, headers=who)
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")
        assert read_page(answer.text).one("h1").text
