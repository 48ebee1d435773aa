"""What one service is answered by another, and what it is not, whatever its token says."""

import itertools
import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest

from shared.auth.caller import ROLES, SCOPES
from shared.auth.keys import load_or_create_signing_key, sign_claims
from shared.auth.sisters import make_service_keys, own_key, sister_keys
from shared.service.acting import Act
from shared.service.app import build_app
from shared.service.guard import may
from shared.service.routing import Router
from shared.settings import PlatformSettings, SettingsError
from tests.support.databases import Databases
from tests.support.running import BASE, Running, sister_bearer

FACTS = "/v1/facts"
ANY_ID = "00000000-0000-7000-8000-000000000002"


async def asked(service: Running, headers: dict[str, str], path: str = FACTS) -> tuple[int, str | None]:
    """Status and code of a GET."""
    answer = await service.client.get(path, headers=headers)
    return answer.status_code, answer.json().get("code")


async def test_a_service_is_answered_what_its_edge_says(referrals: Running, outcomes: Running) -> None:
    for service in (referrals, outcomes):
        assert await asked(service, sister_bearer(service.data_dir, sender="trajectories")) == (200, None)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"scope": " ".join(sorted(SCOPES))}, "auth.token"),
        ({"scope": "facts.read referrals.read"}, "auth.token"),
        ({"communities": ["*"]}, "auth.token"),
        ({"org": "A82026"}, "auth.token"),
        ({"name": "Kathy"}, "auth.token"),
        ({"sub": "service:referrals"}, "auth.token"),
        ({"iss": "icc-local"}, "auth.issuer"),
        ({"aud": "icc"}, "auth.audience"),
        ({"aud": ["service:outcomes"]}, "auth.audience"),
        ({"ttl": timedelta(minutes=30)}, "auth.lifetime"),
        ({"signer": "outcomes"}, "auth.token"),
        ({"signer": "referrals"}, "auth.token"),
    ],
)
async def test_a_services_token_that_says_more_is_refused(
    referrals: Running, said: dict[str, Any], code: str
) -> None:
    bearer = sister_bearer(referrals.data_dir, sender="trajectories", **said)
    assert await asked(referrals, bearer) == (401, code)
    assert await asked(referrals, bearer, "/v1/referrals") == (401, code)


async def test_no_route_but_its_edge_answers_a_service(
    referrals: Running, outcomes: Running, trajectories: Running
) -> None:
    answered = set()
    for running in (referrals, outcomes, trajectories):
        operations = _guarded(running)
        assert len(operations) > 10
        for (method, path), sender in itertools.product(operations, ("trajectories", "referrals")):
            bearer = sister_bearer(running.data_dir, sender=sender)
            answer = await running.client.request(method, _with_ids(path), headers=bearer)
            if answer.status_code not in {401, 403}:
                answered.add((running.service, sender, method, path))
    assert answered == {
        *((author, "trajectories", "GET", FACTS) for author in ("referrals", "outcomes")),
        ("outcomes", "referrals", "POST", "/v1/measurements/status"),
    }


def _guarded(running: Running) -> list[tuple[str, str]]:
    """Method and address of every call that needs a token."""
    return [
        (method.upper(), path)
        for path, methods in running.app.openapi()["paths"].items()
        for method, described in methods.items()
        if described.get("security")
    ]


def _with_ids(path: str) -> str:
    """The path with an id in each place."""
    return "/".join(ANY_ID if part.startswith("{") else part for part in path.split("/"))


async def test_what_identifies_a_person_is_refused_even_where_the_scope_is_that_of_the_edge(
    databases: Databases, tmp_path: Path
) -> None:
    router = Router(prefix="/v1")

    @router.get("/people")
    async def read_people(act: Annotated[Act, may("facts.read")]) -> dict[str, str]:
        await act.happened("people.read", resource_type="people")
        return {"family": "Archer"}

    async with databases.lend("referrals") as url:
        settings = PlatformSettings.model_validate(
            {
                "environment": "test",
                "data_dir": tmp_path,
                "redis_url": "none",
                "referrals": {"database_url": url},
            }
        )
        app = build_app(service="referrals", settings=settings, routers=[router], personal=True)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client,
        ):
            answer = await client.get("/v1/people", headers=sister_bearer(tmp_path, sender="trajectories"))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")


async def test_nobody_but_a_service_may_ask_what_services_ask(referrals: Running) -> None:
    claims = {"sub": "somebody", "iss": "icc-local", "aud": "icc", "scope": " ".join(sorted(SCOPES))}
    token = sign_claims(load_or_create_signing_key(referrals.data_dir), claims, ttl=timedelta(minutes=5))
    assert await asked(referrals, {"Authorization": f"Bearer {token}"}) == (403, "scope")


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP", "X-Forwarded-Host", "X-Forwarded-Proto"]
)
async def test_a_services_own_credential_is_refused_from_outside(referrals: Running, header: str) -> None:
    bearer = sister_bearer(referrals.data_dir, sender="trajectories")
    assert await asked(referrals, bearer) == (200, None)
    assert await asked(referrals, {**bearer, header: "192.0.2.1"}) == (401, "auth.issuer")


async def test_a_read_by_a_service_stands_in_the_audit_under_its_name(referrals: Running) -> None:
    bearer = sister_bearer(referrals.data_dir, sender="trajectories")
    await referrals.client.get("/v1/referrals", headers=bearer)
    (row,) = await referrals.rows("select event, client, role, code from audit")
    assert (row["client"], row["role"], row["code"]) == ("service:trajectories", "service", "scope")


def test_each_service_has_a_key_of_its_own_and_a_receiver_reads_public_halves(tmp_path: Path) -> None:
    settings = PlatformSettings(environment="test", data_dir=tmp_path)
    private = {
        own_key(settings, service).thumbprint() for service in ("referrals", "outcomes", "trajectories")
    }
    halves = sister_keys(settings)
    assert set(halves) == private
    assert len(private) == 3
    assert not any(half.key.is_private for half in halves.values())
    for service in ("referrals", "outcomes", "trajectories"):
        (tmp_path / "keys" / f"service-{service}.pem").unlink()
    assert set(sister_keys(settings)) == private  # and needs no private one


def test_a_key_that_was_deleted_is_made_anew_and_its_public_half_with_it(tmp_path: Path) -> None:
    settings = PlatformSettings(environment="test", data_dir=tmp_path)
    before = own_key(settings, "trajectories").thumbprint()
    (tmp_path / "keys" / "service-trajectories.pem").unlink()
    after = own_key(settings, "trajectories").thumbprint()
    assert after != before
    assert {before, after} & set(sister_keys(settings)) == {after}


def test_in_production_no_service_makes_its_key(tmp_path: Path) -> None:
    settings = PlatformSettings(environment="production", data_dir=tmp_path)
    with pytest.raises(SettingsError, match="ICC_SERVICE_KEYS"):
        sister_keys(settings)
    make_service_keys(tmp_path)
    assert len(sister_keys(settings)) == 3


@pytest.mark.parametrize(
    "document", ["", "[]", '{"referrals": 5}', '{"referrals": {"kty": "EC"}}', "PRIVATE"]
)
def test_public_keys_that_are_none_stop_the_start_with_a_sentence(tmp_path: Path, document: str) -> None:
    if document == "PRIVATE":
        key = own_key(PlatformSettings(environment="test", data_dir=tmp_path), "referrals")
        document = json.dumps({"referrals": key.as_dict(private=True)})
    settings = PlatformSettings(environment="test", data_dir=tmp_path, service_keys=document or " ")
    with pytest.raises(SettingsError, match="public"):
        sister_keys(settings)


def test_the_role_of_a_service_holds_nothing_but_edges() -> None:
    assert ROLES["service"] == {"facts.read", "measurements.status"}
