"""Answers that go through the national proxy: who we prove to be, and what the proxy is told beside the answer."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from fhir.resources.R4B.device import Device
from fhir.resources.R4B.organization import Organization
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from pydantic import ValidationError

from services.referrals.deliveries.clients import ProxyLogin
from services.referrals.fhir.jobs import answer_periodic
from services.referrals.settings import BarsLogin
from shared.deliveries.senders import Senders
from tests.referrals.acting import act
from tests.referrals.messages import a_validation, request_of, send
from tests.support.databases import Databases
from tests.support.running import Running, running

TOKENS, PROXY = "https://proxy.example/oauth2/token", "https://proxy.example/FHIR/R4"
KEYS: dict[str, RSAKey | ECKey] = {
    "RS512": RSAKey.generate_key(2048, private=True),
    "ES256": ECKey.generate_key("P-256", private=True),
}


def a_login(algorithm: str = "RS512") -> BarsLogin:
    pem = KEYS[algorithm].as_pem(private=True).decode()
    return BarsLogin.model_validate(
        {"token_endpoint": TOKENS, "client": "icc-platform", "key": pem, "key_id": "icc-1"}
    )


@dataclass
class Proxy:
    """The proxy and its token endpoint: what each was asked, and what they answer."""

    token: httpx.Response = field(
        default_factory=lambda: httpx.Response(200, json={"access_token": "first", "expires_in": "599"})
    )
    taken: int = 200
    asked: list[dict[str, str]] = field(default_factory=list)
    got: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) == TOKENS:
            form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
            self.asked.append(form)
            return self.token
        self.got.append(request)
        return httpx.Response(self.taken)


@pytest.fixture
async def proxied(databases: Databases, data_dir: Path) -> AsyncIterator[Running]:
    """The referrals service that answers through the proxy."""
    async with (
        databases.lend("referrals") as url,
        running(
            "referrals", database_url=url, data_dir=data_dir, settings={"bars_proxy_url": PROXY}
        ) as service,
    ):
        yield service


async def owe(service: Running) -> dict[str, Any]:
    """An accepted validation request, whose sender is owed an answer."""
    message = a_validation(
        header={"source": {"endpoint": "https://fhir.nhs.uk/Id/dos-service-id|2222222222"}}
    )
    sent = await send(service, message, org="RX6", role="hospital-system")
    referral = {"id": request_of(sent.json())["id"], "version": 1}
    by = service.token("case-manager", communities=("*",))
    assert (await act(service, referral, "triage", {"decision": "accept"}, by=by)).status_code == 200
    return message


async def deliver(service: Running, proxy: Proxy, login: BarsLogin, *, rounds: int = 1) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(proxy)) as client:
        round_of = answer_periodic(Senders(client), ProxyLogin(login, client))
        for _ in range(rounds):
            await service.rows("update delivery set next_at = created_at")
            await round_of.run(service.platform)


async def statuses(service: Running) -> list[str]:
    return [
        one["status"] for one in await service.rows("select status from delivery order by created_at, id")
    ]


def in_header(request: httpx.Request, name: str) -> Any:
    return json.loads(base64.b64decode(request.headers[name]))


@pytest.mark.parametrize("algorithm", ["RS512", "ES256"])
async def test_the_proxy_gets_a_token_that_our_key_earned(proxied: Running, algorithm: str) -> None:
    proxy = Proxy()
    for _ in range(2):
        await owe(proxied)
    await deliver(proxied, proxy, a_login(algorithm), rounds=2)
    assert [one.headers["Authorization"] for one in proxy.got] == ["Bearer first"] * 2
    (form,) = {one["client_assertion"]: one for one in proxy.asked}.values()
    assert form["grant_type"] == "client_credentials"
    assertion = jwt.decode(form["client_assertion"], KEYS[algorithm], algorithms=[algorithm])
    assert (assertion.header["alg"], assertion.header["kid"]) == (algorithm, "icc-1")
    assert [assertion.claims[one] for one in ("iss", "sub", "aud")] == [
        "icc-platform",
        "icc-platform",
        TOKENS,
    ]
    assert 0 < assertion.claims["exp"] - assertion.claims["iat"] <= 300
    assert await statuses(proxied) == ["acknowledged"] * 2


async def test_the_proxy_is_told_for_whom_with_what_and_why(proxied: Running) -> None:
    proxy = Proxy()
    await owe(proxied)
    await deliver(proxied, proxy, BarsLogin())
    (request,) = proxy.got
    assert "Authorization" not in request.headers
    assert in_header(request, "NHSD-Target-Identifier")["value"] == "2222222222"
    organisation = Organization.model_validate(in_header(request, "NHSD-End-User-Organisation"))
    assert [one.value for one in organisation.identifier or ()] == ["RTX"]
    Device.model_validate(in_header(request, "NHSD-Requesting-Software"))
    assert request.headers["use-context"] == "a4t2|validation|servicerequest-response|new"
    assert request.headers["Accept"] == "application/fhir+json; version=1.4.0"


@pytest.mark.parametrize(
    "token",
    [
        httpx.Response(401, json={"error": "invalid_client"}),
        httpx.Response(200, json={"expires_in": 599}),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(302, headers={"Location": "https://elsewhere.example"}),
    ],
)
async def test_without_a_token_nothing_is_sent_and_it_is_tried_again(
    proxied: Running, token: httpx.Response
) -> None:
    proxy = Proxy(token)
    await owe(proxied)
    await deliver(proxied, proxy, a_login())
    assert (proxy.got, await statuses(proxied)) == ([], ["sent"])
    proxy.token = Proxy().token
    await deliver(proxied, proxy, a_login())
    assert await statuses(proxied) == ["acknowledged"]


async def test_a_token_that_the_proxy_does_not_take_is_replaced(proxied: Running) -> None:
    proxy = Proxy(taken=401)
    await owe(proxied)
    await deliver(proxied, proxy, a_login(), rounds=2)
    assert len({one["client_assertion"] for one in proxy.asked}) == 2
    assert await statuses(proxied) == ["sent"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"key": None}, "together"),
        ({"client": ""}, "together"),
        ({"key": "no key"}, "private key"),
        ({"key": KEYS["ES256"].as_pem(private=False).decode()}, "private key"),
    ],
)
def test_half_a_login_stops_the_start(wrong: dict[str, Any], says: str) -> None:
    whole = {"token_endpoint": TOKENS, "client": "icc", "key": KEYS["ES256"].as_pem(private=True).decode()}
    BarsLogin.model_validate(whole)
    with pytest.raises(ValidationError, match=says):
        BarsLogin.model_validate({**whole, **wrong})
