"""Sign-in by the identity provider: the code flow with PKCE, against one that holds its clients to it."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from shared.service.browsing.sessions import LOGIN_LASTS
from tests.support.databases import Databases
from tests.support.running import Running, running
from tests.trajectories.a_provider import CLIENT, Identity, a_provider
from tests.trajectories.pages import read_page


class Clock:
    """A clock that a test can move on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def provider() -> Iterator[Identity]:
    with a_provider() as identity:
        yield identity


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def site(
    databases: Databases, tmp_path: Path, provider: Identity, clock: Clock
) -> AsyncIterator[Running]:
    settings = {
        "jwks": str(provider.keys_in(tmp_path)),
        "oidc": {"issuer": provider.url},
        "login": {"client": CLIENT},
    }
    async with (
        databases.lend("trajectories") as url,
        running(
            "trajectories", database_url=url, data_dir=tmp_path, settings=settings, clock=clock
        ) as service,
    ):
        yield service


async def begin(site: Running) -> str:
    """Where the browser is sent when somebody signs in on the page that asks for it."""
    asked = await site.client.get("/?order=change")
    assert asked.status_code == 401
    (button,) = [one for one in read_page(asked.text).one("main").all("a") if "your organisation" in one.text]
    sent = await site.client.get(button.attributes["href"])
    assert sent.status_code == 303
    return sent.headers["location"]


async def is_signed_in(site: Running) -> bool:
    return (await site.client.get("/")).status_code == 200


async def test_the_provider_signs_in_and_the_page_that_was_asked_for_follows(
    site: Running, provider: Identity
) -> None:
    answer = await site.client.get(provider.sign_in(await begin(site)))
    assert (answer.status_code, answer.headers["location"]) == (303, "/?order=change")
    assert await is_signed_in(site)
    assert "icc-trajectories-login" not in site.client.cookies
    assert provider.codes == {}


async def test_what_the_browser_keeps_meanwhile_tells_nothing(site: Running) -> None:
    address = await begin(site)
    kept = site.client.cookies["icc-trajectories-login"]
    asked = dict(parse_qsl(urlsplit(address).query))
    assert asked["redirect_uri"] == "http://icc.test/sign-in/callback"
    assert asked["state"] not in kept
    assert asked["code_challenge"] not in kept


async def test_a_code_of_another_browser_signs_nobody_in(site: Running, provider: Identity) -> None:
    stolen = provider.sign_in(await begin(site))
    site.client.cookies.clear()
    assert (await site.client.get(stolen)).status_code == 401
    await begin(site)
    answer = await site.client.get(stolen)
    assert answer.status_code == 401
    assert "was not begun here" in read_page(answer.text).one("main").text
    assert not await is_signed_in(site)


async def test_a_code_is_good_once(site: Running, provider: Identity) -> None:
    back = provider.sign_in(await begin(site))
    kept = site.client.cookies["icc-trajectories-login"]
    assert (await site.client.get(back)).status_code == 303
    site.client.cookies.clear()
    site.client.cookies.set("icc-trajectories-login", kept)
    answer = await site.client.get(back)
    assert answer.status_code == 401
    assert "did not confirm" in read_page(answer.text).one("main").text


async def test_a_sign_in_that_took_too_long_is_over(site: Running, provider: Identity, clock: Clock) -> None:
    back = provider.sign_in(await begin(site))
    clock.ahead = LOGIN_LASTS + timedelta(seconds=1)
    assert (await site.client.get(back)).status_code == 401


async def test_a_token_for_somebody_else_is_refused(site: Running, provider: Identity) -> None:
    provider.audience = "another-platform"
    answer = await site.client.get(provider.sign_in(await begin(site)))
    assert answer.status_code == 401
    assert not await is_signed_in(site)


async def test_who_declines_at_the_provider_is_told_so(site: Running) -> None:
    asked = dict(parse_qsl(urlsplit(await begin(site)).query))
    answer = await site.client.get(f"/sign-in/callback?error=access_denied&state={asked['state']}")
    assert answer.status_code == 401
    assert "did not sign you in" in read_page(answer.text).one("main").text


async def test_an_answer_of_another_provider_is_refused(site: Running, provider: Identity) -> None:
    back = provider.sign_in(await begin(site))
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


async def test_nobody_is_led_to_another_site_afterwards(site: Running, provider: Identity) -> None:
    sent = await site.client.get("/sign-in/provider?after=//elsewhere.example/")
    answer = await site.client.get(provider.sign_in(sent.headers["location"]))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_without_a_provider_there_is_no_such_way(quarter: Running) -> None:
    assert (await quarter.client.get("/sign-in/provider")).status_code == 404
    assert (await quarter.client.get("/sign-in/callback?state=x&code=y")).status_code == 404
    page = read_page((await quarter.client.get("/sign-in")).text)
    assert "your organisation" not in page.text
