"""Sign-in by the identity provider at each service: the code flow with PKCE, against one that holds its clients to it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from shared.addresses import FIRST_PAGES
from shared.service.browsing.sessions import IDLE, LOGIN_LASTS
from tests.support.a_provider import CLIENT, Identity, a_provider
from tests.support.databases import Databases
from tests.support.pages import form_of, open_page, read_page
from tests.support.running import Running, running


@dataclass(frozen=True)
class Pages:
    """The pages of a service. first: the address of the first.   asked: one with a query.   role, communities, org: who reads them."""

    service: str
    first: str
    asked: str
    role: str
    communities: tuple[str, ...]
    org: str | None = None


SERVICES = (
    Pages("referrals", "/worklist", "/worklist?stage=triage", "case-manager", ("kendal",)),
    Pages("outcomes", "/check", "/check", "council-feed", (), "westmorland-and-furness"),
    Pages("trajectories", "/", "/?order=change", "analyst", ("*",)),
)


class Clock:
    """A clock that a test can move on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def provider(pages: Pages) -> Iterator[Identity]:
    with a_provider() as identity:
        identity.role, identity.communities, identity.org = pages.role, pages.communities, pages.org
        yield identity


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=SERVICES, ids=lambda pages: pages.service)
def pages(request: pytest.FixtureRequest) -> Pages:
    found: Pages = request.param
    return found


@pytest.fixture
async def site(
    databases: Databases, tmp_path: Path, pages: Pages, provider: Identity, clock: Clock
) -> AsyncIterator[Running]:
    settings = {
        "jwks": str(provider.keys_in(tmp_path)),
        "oidc": {"issuer": provider.url},
        "login": {"client": CLIENT},
    }
    async with (
        databases.lend(pages.service) as url,
        running(
            pages.service, database_url=url, data_dir=tmp_path, settings=settings, clock=clock
        ) as service,
    ):
        yield service


async def begin(site: Running, pages: Pages) -> str:
    """Where the browser is sent when somebody signs in on the page that asks for it."""
    asked = await site.client.get(pages.asked)
    assert asked.status_code == 401
    (button,) = [one for one in read_page(asked.text).one("main").all("a") if "your organisation" in one.text]
    sent = await site.client.get(button.attributes["href"])
    assert sent.status_code == 303
    return sent.headers["location"]


async def is_signed_in(site: Running, pages: Pages) -> bool:
    return (await site.client.get(pages.first)).status_code == 200


async def sign_in(site: Running, pages: Pages, provider: Identity) -> None:
    answer = await site.client.get(provider.sign_in(await begin(site, pages)))
    assert answer.status_code == 303, answer.text


async def test_the_provider_signs_in_and_the_page_that_was_asked_for_follows(
    site: Running, pages: Pages, provider: Identity
) -> None:
    answer = await site.client.get(provider.sign_in(await begin(site, pages)))
    assert (answer.status_code, answer.headers["location"]) == (303, pages.asked)
    (cookie,) = [
        one for one in answer.headers.get_list("set-cookie") if one.startswith(f"icc-{pages.service}=")
    ]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert await is_signed_in(site, pages)
    assert f"icc-{pages.service}-login" not in site.client.cookies
    assert provider.codes == {}


async def test_who_rests_is_signed_out_and_signs_in_again_at_the_page_that_was_asked_for(
    site: Running, pages: Pages, provider: Identity, clock: Clock
) -> None:
    await sign_in(site, pages, provider)
    clock.ahead = IDLE - timedelta(minutes=1)
    assert await is_signed_in(site, pages)
    clock.ahead *= 2
    assert await is_signed_in(site, pages)
    clock.ahead += IDLE + timedelta(seconds=1)
    answer = await site.client.get(pages.asked)
    assert answer.status_code == 401
    assert "You were signed out" in read_page(answer.text).one("main").text


async def test_who_signs_out_is_told_that_the_provider_goes_on_and_can_end_that_too(
    site: Running, pages: Pages, provider: Identity
) -> None:
    await sign_in(site, pages, provider)
    form = form_of(await open_page(site.client, pages.first), "/sign-out")
    answer = await site.client.post("/sign-out", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/signed-out")
    assert not await is_signed_in(site, pages)
    told = await open_page(site.client, "/signed-out")
    (button,) = [one for one in told.one("main").all("a") if "Sign out" in one.text]
    ended = await site.client.get(button.attributes["href"])
    assert ended.status_code == 303
    assert ended.headers["location"].startswith(f"{provider.url}/logout?")
    assert dict(parse_qsl(urlsplit(ended.headers["location"]).query)) == {
        "client_id": CLIENT,
        "post_logout_redirect_uri": "http://icc.test/sign-in",
    }


async def test_a_provider_without_a_place_to_sign_out_is_told(site: Running, provider: Identity) -> None:
    provider.ends = False
    answer = await site.client.get("/sign-out/provider")
    assert answer.status_code == 404
    assert "close the browser" in read_page(answer.text).one("main").text


async def test_what_the_browser_keeps_meanwhile_tells_nothing(site: Running, pages: Pages) -> None:
    address = await begin(site, pages)
    kept = site.client.cookies[f"icc-{pages.service}-login"]
    asked = dict(parse_qsl(urlsplit(address).query))
    assert asked["redirect_uri"] == "http://icc.test/sign-in/callback"
    assert asked["state"] not in kept
    assert asked["code_challenge"] not in kept


async def test_a_code_of_another_browser_signs_nobody_in(
    site: Running, pages: Pages, provider: Identity
) -> None:
    stolen = provider.sign_in(await begin(site, pages))
    site.client.cookies.clear()
    assert (await site.client.get(stolen)).status_code == 401
    await begin(site, pages)
    answer = await site.client.get(stolen)
    assert answer.status_code == 401
    assert "was not begun here" in read_page(answer.text).one("main").text
    assert not await is_signed_in(site, pages)


async def test_a_code_is_good_once(site: Running, pages: Pages, provider: Identity) -> None:
    back = provider.sign_in(await begin(site, pages))
    kept = site.client.cookies[f"icc-{pages.service}-login"]
    assert (await site.client.get(back)).status_code == 303
    site.client.cookies.clear()
    site.client.cookies.set(f"icc-{pages.service}-login", kept)
    answer = await site.client.get(back)
    assert answer.status_code == 401
    assert "did not confirm" in read_page(answer.text).one("main").text


async def test_a_sign_in_that_took_too_long_is_over(
    site: Running, pages: Pages, provider: Identity, clock: Clock
) -> None:
    back = provider.sign_in(await begin(site, pages))
    clock.ahead = LOGIN_LASTS + timedelta(seconds=1)
    assert (await site.client.get(back)).status_code == 401


async def test_a_token_for_somebody_else_is_refused(site: Running, pages: Pages, provider: Identity) -> None:
    provider.audience = "another-platform"
    answer = await site.client.get(provider.sign_in(await begin(site, pages)))
    assert answer.status_code == 401
    assert not await is_signed_in(site, pages)


async def test_who_declines_at_the_provider_is_told_so(site: Running, pages: Pages) -> None:
    asked = dict(parse_qsl(urlsplit(await begin(site, pages)).query))
    answer = await site.client.get(f"/sign-in/callback?error=access_denied&state={asked['state']}")
    assert answer.status_code == 401
    assert "did not sign you in" in read_page(answer.text).one("main").text


async def test_an_answer_of_another_provider_is_refused(
    site: Running, pages: Pages, provider: Identity
) -> None:
    back = provider.sign_in(await begin(site, pages))
    mixed = back.replace("iss=http%3A%2F%2F127.0.0.1", "iss=http%3A%2F%2Felsewhere.example")
    assert mixed != back
    assert (await site.client.get(mixed)).status_code == 401


@pytest.mark.parametrize("issuer", [None, "https://elsewhere.example"])
async def test_a_provider_that_is_away_or_another_is_told_and_nothing_fails(
    site: Running, provider: Identity, issuer: str | None
) -> None:
    provider.down, provider.issuer = issuer is None, issuer
    answer = await site.client.get("/sign-in/provider")
    assert answer.status_code == 503
    assert "identity provider does not answer" in read_page(answer.text).one("main").text


async def test_nobody_is_led_to_another_site_afterwards(
    site: Running, pages: Pages, provider: Identity
) -> None:
    sent = await site.client.get("/sign-in/provider?after=//elsewhere.example/")
    answer = await site.client.get(provider.sign_in(sent.headers["location"]))
    assert (answer.status_code, answer.headers["location"]) == (303, pages.first)


async def test_without_a_provider_there_is_no_such_way(
    referrals: Running, outcomes: Running, trajectories: Running
) -> None:
    for service in (referrals, outcomes, trajectories):
        for address in ("/sign-in/provider", "/sign-in/callback?state=x&code=y", "/signed-out"):
            assert (await service.client.get(address)).status_code == 404
        page = await open_page(service.client, "/sign-in")
        assert "your organisation" not in page.text


async def test_every_page_says_whose_token_opens_it(
    referrals: Running, outcomes: Running, trajectories: Running
) -> None:
    services = {"referrals": referrals, "outcomes": outcomes, "trajectories": trajectories}
    for first in FIRST_PAGES:
        client, command = services[first.service].client, f"./icc token --role {first.opened_by}”"
        asked = await client.get(first.path)
        assert asked.status_code == 401
        page = read_page(asked.text)
        assert command in page.one("main").text
        again = await client.post("/sign-in", data=form_of(page, "/sign-in") | {"token": "nonsense"})
        assert again.status_code == 401
        assert command in read_page(again.text).one("main").text
    refused = await referrals.client.get("/refer", headers=referrals.token("analyst"))
    assert refused.status_code == 403
    assert "--role practice-system --org A82026" in read_page(refused.text).one("main").text


async def test_a_browser_begins_at_a_page_that_leads_to_all_others(
    referrals: Running, outcomes: Running
) -> None:
    for service in (referrals, outcomes):
        answer = await service.client.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
        assert (answer.status_code, answer.headers["location"]) == (307, "start")
        assert (await service.client.get("/")).headers["location"] == "docs"
        shown = (await open_page(service.client, "/start")).one("main")
        told = {one.attributes["href"]: one.text for one in shown.all("a")}
        for first in FIRST_PAGES:
            assert any(address.endswith(first.path) for address, text in told.items() if text == first.words)
