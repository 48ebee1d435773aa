"""Which tokens are believed, and why the others are not."""

import base64
import hmac
import json
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from shared.auth.keys import load_or_create_signing_key, mint_token, sign_claims
from tests.shared.tiny import Tiny, tiny_application
from tests.support.databases import Databases, run_sql

CLAIMS = {"sub": "emis", "iss": "icc-local", "aud": "icc", "scope": "audit.read", "org": "A82026"}


def signed(
    tiny: Tiny, *, ttl: timedelta = timedelta(hours=1), now: datetime | None = None, **claims: Any
) -> str:
    """A token of the local key with these claims over the usual ones; None leaves one out."""
    merged = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return sign_claims(load_or_create_signing_key(tiny.data_dir), merged, ttl=ttl, now=now)


async def answer_to(tiny: Tiny, authorization: str | None, **headers: str) -> tuple[int, str | None]:
    """Status and code of a guarded call with this Authorization header."""
    given = headers if authorization is None else {"Authorization": authorization, **headers}
    answer = await tiny.client.get("/v1/guarded", headers=given)
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"].startswith('Bearer realm="icc"')
    return answer.status_code, answer.json().get("code")


async def test_a_good_token_is_known_by_its_claims(tiny: Tiny) -> None:
    answer = await tiny.client.get("/v1/guarded", headers={"Authorization": f"bearer {signed(tiny)}"})
    assert answer.json() == {"client": "emis", "org": "A82026", "all": False}


@pytest.mark.parametrize("purpose", ["marketing", "", "Direct-Care", 7, ["direct-care"], {}])
async def test_a_token_for_an_unknown_purpose_is_refused(tiny: Tiny, purpose: Any) -> None:
    assert await answer_to(tiny, f"Bearer {signed(tiny, purpose=purpose)}") == (401, "auth.token")


@pytest.mark.parametrize(
    ("claim", "header", "recorded"),
    [
        ("planning", None, "planning"),
        ("planning", "direct-care", "planning"),
        (None, "direct-care", "direct-care"),
        (None, None, "operations"),
    ],
)
async def test_the_audit_tells_the_purpose_of_the_token_before_that_of_the_request(
    tiny: Tiny, claim: str | None, header: str | None, recorded: str
) -> None:
    client = f"emis:{claim}:{header}"
    headers = {"Authorization": f"Bearer {signed(tiny, sub=client, purpose=claim)}"}
    answer = await tiny.client.get("/v1/audit", headers=headers | ({"X-Purpose": header} if header else {}))
    assert answer.status_code == 200
    rows = await run_sql(tiny.database_url, "select purpose from audit where client = $1", client)
    assert [row["purpose"] for row in rows] == [recorded]


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "auth.required"),
        ("", "auth.scheme"),
        ("Basic YTpi", "auth.scheme"),
        ("Bearer", "auth.token"),
        ("Bearer ", "auth.token"),
        ("Bearer abc", "auth.token"),
        ("Bearer a.b.c", "auth.token"),
        ("Bearer " + "a" * 9000, "auth.token"),
        (f"Bearer {base64.urlsafe_b64encode(b'[' * 3000).decode()}.e30.AA", "auth.token"),
    ],
)
async def test_what_is_no_token_is_refused(tiny: Tiny, authorization: str | None, code: str) -> None:
    assert await answer_to(tiny, authorization) == (401, code)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iss": "elsewhere"}, "auth.issuer"),
        ({"iss": "icc-service"}, "auth.issuer"),
        ({"aud": "another"}, "auth.audience"),
        ({"aud": None}, "auth.audience"),
        ({"aud": ["x", "y"]}, "auth.audience"),
        ({"sub": None}, "auth.token"),
        ({"sub": 5}, "auth.token"),
        ({"sub": "a\x00b"}, "auth.token"),
        ({"sub": "a" * 256}, "auth.token"),
        ({"name": "a\u202eb"}, "auth.token"),
        ({"org": ""}, "auth.token"),
        ({"org": "A8\x00"}, "auth.token"),
        ({"jti": "\n"}, "auth.token"),
        ({"communities": ["\x00"]}, "auth.token"),
        ({"scope": {"a": 1}}, "auth.token"),
        ({"communities": 5}, "auth.token"),
        ({"ttl": timedelta(days=2)}, "auth.lifetime"),
        ({"ttl": timedelta(seconds=-30)}, "auth.expired"),
        ({"now": datetime.now(UTC) + timedelta(hours=6)}, "auth.not_yet"),
    ],
)
async def test_a_claim_that_does_not_stand_is_named(tiny: Tiny, claims: dict[str, Any], code: str) -> None:
    assert await answer_to(tiny, f"Bearer {signed(tiny, **claims)}") == (401, code)


@pytest.mark.parametrize("claim", [{"sub": "\ud800"}, {"name": "\ud800"}, {"scope": "audit.read \ud800"}])
async def test_half_a_character_in_a_claim_is_refused_before_a_log_or_a_row_meets_it(
    tiny: Tiny, claim: dict[str, str]
) -> None:
    now = int(datetime.now(UTC).timestamp())
    key = load_or_create_signing_key(tiny.data_dir)
    payload = json.dumps({**CLAIMS, "iat": now, "nbf": now, "exp": now + 60, **claim}).encode()
    token = jws.serialize_compact({"alg": "ES256", "kid": key.thumbprint()}, payload, key)
    assert await answer_to(tiny, f"Bearer {token}") == (401, "auth.token")


@pytest.mark.parametrize("exp", ["1e400", "true", '"soon"', "null"])
async def test_an_end_that_is_no_time_is_refused(tiny: Tiny, exp: str) -> None:
    key = load_or_create_signing_key(tiny.data_dir)
    payload = json.dumps({**CLAIMS, "exp": "EXP"}).replace('"EXP"', exp)
    token = _compact(key, payload.encode())
    assert await answer_to(tiny, f"Bearer {token}") == (401, "auth.token")


async def test_an_end_beyond_every_clock_is_a_life_too_long(tiny: Tiny) -> None:
    payload = json.dumps({**CLAIMS, "exp": 10**400}).encode()
    token = _compact(load_or_create_signing_key(tiny.data_dir), payload)
    assert await answer_to(tiny, f"Bearer {token}") == (401, "auth.lifetime")


@pytest.mark.parametrize("claim", ["nbf", "iat"])
async def test_a_beginning_is_a_number_and_may_lie_a_minute_ahead(tiny: Tiny, claim: str) -> None:
    now = int(datetime.now(UTC).timestamp())
    key = load_or_create_signing_key(tiny.data_dir)
    codes = []
    for begins in (now + 50, now + 90, "soon", True, None):
        payload = json.dumps({**CLAIMS, "exp": now + 3600, claim: begins}).encode()
        codes.append((await answer_to(tiny, f"Bearer {_compact(key, payload)}"))[1])
    assert codes == [None, "auth.not_yet", "auth.token", "auth.token", "auth.token"]


def _compact(key: ECKey, payload: bytes) -> str:
    return jws.serialize_compact({"alg": "ES256", "kid": key.thumbprint()}, payload, key)


async def test_an_issuer_whose_clock_runs_a_little_ahead_is_believed(tiny: Tiny) -> None:
    token = signed(tiny, now=datetime.now(UTC) + timedelta(seconds=30))
    assert (await answer_to(tiny, f"Bearer {token}"))[0] == 200


async def test_a_remembered_token_still_ends(tiny: Tiny) -> None:
    token = signed(tiny, ttl=timedelta(seconds=20))
    assert (await answer_to(tiny, f"Bearer {token}"))[0] == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=26), tick=True):
        assert await answer_to(tiny, f"Bearer {token}") == (401, "auth.expired")


async def test_two_authorization_headers_are_refused(tiny: Tiny) -> None:
    bearer = ("Authorization", f"Bearer {signed(tiny)}")
    answer = await tiny.client.get("/v1/guarded", headers=[bearer, bearer])
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.duplicate")


def _confused(key: ECKey) -> str:
    """A token whose MAC is made with the public key, for verifiers that let the token choose the algorithm."""
    header = {"alg": "HS256", "kid": key.thumbprint()}
    claims = {**CLAIMS, "exp": int(datetime.now(UTC).timestamp()) + 60}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    mac = hmac.digest(key.as_pem(private=False), b".".join(parts), "sha256")
    return b".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


async def test_a_token_without_a_signature_or_with_another_kind_of_it_is_refused(tiny: Tiny) -> None:
    key = load_or_create_signing_key(tiny.data_dir)
    header, payload, signature = signed(tiny).split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    confused = _confused(key)
    stranger = sign_claims(ECKey.generate_key("P-256"), CLAIMS, ttl=timedelta(hours=1))
    changed = f"{header}.{payload[:-4]}AAAA.{signature}"
    for token in (f"{none}.{payload}.", f"{header}.{payload}.", confused, stranger, changed):
        assert await answer_to(tiny, f"Bearer {token}") == (401, "auth.token")


@pytest.mark.parametrize(
    ("role", "status"), [("auditor", 200), ("operator", 200), ("dashboard", 403), ("case-manager", 403)]
)
async def test_a_route_asks_for_one_of_its_scopes(tiny: Tiny, role: str, status: int) -> None:
    answer = await tiny.client.get("/v1/guarded", headers=tiny.bearer(role))
    assert answer.status_code == status
    assert status == 200 or answer.json()["code"] == "scope"


async def test_bay_wide_roles_cover_every_community(tiny: Tiny) -> None:
    assert (await tiny.client.get("/v1/guarded", headers=tiny.bearer("operator"))).json()["all"] is True


async def test_the_public_key_is_shown_and_the_services_is_not(tiny: Tiny) -> None:
    keys = (await tiny.client.get("/.well-known/jwks.json")).json()["keys"]
    assert [key["kid"] for key in keys] == [load_or_create_signing_key(tiny.data_dir).thumbprint()]
    assert "d" not in keys[0]


async def test_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    first, second = load_or_create_signing_key(tmp_path), load_or_create_signing_key(tmp_path)
    assert first.thumbprint() == second.thumbprint()
    assert (tmp_path / "keys" / "signing.pem").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("role", "org", "ttl"),
    [
        ("king", None, timedelta(hours=1)),
        ("analyst", "a b", timedelta(hours=1)),
        ("analyst", "x", timedelta(hours=1)),
        ("analyst", None, timedelta()),
        ("analyst", None, timedelta(hours=25)),
    ],
)
def test_a_token_that_could_not_be_believed_is_not_made(role: str, org: str | None, ttl: timedelta) -> None:
    with pytest.raises(ValueError, match=r"role|organisation|lives"):
        mint_token(
            ECKey.generate_key("P-256"),
            role=role,
            org=org,
            communities=(),
            ttl=ttl,
            audience="icc",
            issuer="icc-local",
        )


async def test_an_external_issuers_keys_are_read_from_its_file(databases: Databases, tmp_path: Path) -> None:
    ed, rsa = OKPKey.generate_key("Ed25519"), RSAKey.generate_key(2048)
    keys = [{**key.as_dict(private=False), "kid": name} for name, key in (("e", ed), ("r", rsa))]
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": keys}))
    given: dict[str, Any] = {"jwks": str(tmp_path / "jwks.json"), "oidc": {"issuer": "https://id.test"}}
    now = int(datetime.now(UTC).timestamp())
    claims = {**CLAIMS, "iss": "https://id.test", "exp": now + 60}
    async with (
        databases.lend("trajectories") as url,
        tiny_application(url, tmp_path / "data", **given) as tiny,
    ):
        results = {}
        for name, algorithm, key in (
            ("e", "EdDSA", ed),
            ("e", "Ed25519", ed),
            ("r", "RS256", rsa),
            ("r", "PS256", rsa),
        ):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the library prefers the newer name of Ed25519
                token = jwt.encode(
                    {"alg": algorithm, "kid": name}, claims, key, registry=JWSRegistry(algorithms=[algorithm])
                )
            results[name, algorithm] = (await answer_to(tiny, f"Bearer {token}"))[0]
        local = await answer_to(tiny, f"Bearer {signed(tiny)}")
        assert (await tiny.client.get("/.well-known/jwks.json")).status_code == 404
    assert results == {
        ("e", "EdDSA"): 200, ("e", "Ed25519"): 200, ("r", "RS256"): 200, ("r", "PS256"): 401,
    }  # fmt: skip
    assert local == (401, "auth.token")
