"""Whom our own processes ask on their way out: nobody that a shell names, and the proxy that was set."""

import re
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from shared.auth.jwks import keys_at
from shared.auth.keys import public_key_set
from shared.cli.calls import client
from shared.local import LocalError
from shared.settings import PlatformSettings, SettingsError, read_settings
from tests.shared.cli.endpoint import endpoint

ROOT = Path(__file__).parents[3]
KEYS = dict(public_key_set(ECKey.generate_key("P-256")).as_dict())
A_CLIENT = re.compile(r"httpx\.(?:Async)?Client\(\s*(\S*)")


@pytest.fixture
def strange_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell whose proxies are of a kind that is not spoken, and one that is not there."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")


@pytest.mark.usefixtures("strange_shell")
async def test_the_keys_of_an_identity_provider_are_fetched_directly_unless_a_proxy_is_set() -> None:
    with endpoint((200, {}, KEYS)) as provider:
        await keys_at(f"{provider.url}/jwks")()
        assert [request.path for request in provider.requests] == ["/jwks"]
    with endpoint((200, {}, KEYS)) as proxy:
        await keys_at("http://id.invalid/jwks", proxy=proxy.url)()
        assert [request.path for request in proxy.requests] == ["http://id.invalid/jwks"]


@pytest.mark.usefixtures("strange_shell")
def test_a_command_asks_a_service_on_this_machine_directly() -> None:
    with endpoint((200, {}, {})) as service, client(service.url, token=None) as calling:
        assert calling.get("/v1/measures").status_code == 200


@pytest.mark.usefixtures("strange_shell")
def test_a_command_that_meets_a_proxy_it_does_not_speak_says_so() -> None:
    with (
        pytest.raises(LocalError, match="ALL_PROXY"),
        client("https://outcomes.example", token=None) as calling,
    ):
        calling.get("/v1/measures")


def test_a_proxy_of_a_kind_that_is_not_spoken_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICC_JWKS_PROXY", "socks5://127.0.0.1:1080")
    with pytest.raises(SettingsError, match="ICC_JWKS_PROXY: must be the address of an HTTP proxy"):
        read_settings(PlatformSettings)


def test_every_client_of_ours_says_which_way_it_goes() -> None:
    found = {
        f"{file.relative_to(ROOT)}: {first}"
        for part in ("shared", "services")
        for file in (ROOT / part).rglob("*.py")
        for first in A_CLIENT.findall(file.read_text())
        if not first.startswith(("**outgoing(", "**way,"))
    }
    assert found == set()
