"""Whatever a stranger writes into a token is that token's fault: 401 with its code, never a failure of ours."""

import base64
import json
import random
import string
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey

from shared.auth.keys import load_or_create_signing_key
from tests.shared.tiny import Tiny

TRIES = 400
CLAIMS = {"sub": "emis", "iss": "icc-local", "aud": "icc", "scope": "audit.read", "org": "A82026"}


def encoded(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def signed_by(key: ECKey, header: bytes, payload: bytes) -> str:
    """A token with a good ES256 signature over any bytes at all, which no library would write."""
    said = encoded(header) + b"." + encoded(payload)
    r, s = decode_dss_signature(key.private_key.sign(said, ECDSA(SHA256())))  # type: ignore[union-attr]
    return (said + b"." + encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))).decode()


def good_claims() -> dict[str, Any]:
    return {**CLAIMS, "exp": int(datetime.now(UTC).timestamp()) + 300}


def anything(chance: random.Random, depth: int = 0) -> Any:
    """A JSON value of any shape, among them those that break parsers."""
    kinds: list[Any] = [
        None, True, False, 0, -1, 1e308, 10**400, float("nan"), float("inf"), "", " ", "\x00", "\ud800", "ES256", "none",
        "a" * 300, "\u202e", [], {}, [[]], {"": None},
    ]  # fmt: skip
    if depth < 3:
        kinds += [
            [anything(chance, depth + 1) for _ in range(chance.randrange(3))],
            {chance.choice("abc"): anything(chance, depth + 1) for _ in range(chance.randrange(3))},
        ]
    return chance.choice(kinds)


async def status_of(tiny: Tiny, token: str) -> int:
    """The status of a guarded call; a refusal has its code."""
    answer = await tiny.client.get("/v1/guarded", headers={"Authorization": f"Bearer {token}"})
    if answer.status_code == 401:
        assert answer.json()["code"].startswith("auth.")
    return answer.status_code


@pytest.mark.parametrize("name", ["alg", "kid", "typ", "crit", "b64", "cty", "jwk", "jku", "x5c", "zip"])
async def test_no_header_of_a_token_makes_a_failure(tiny: Tiny, name: str) -> None:
    key = load_or_create_signing_key(tiny.data_dir)
    chance = random.Random(name)
    for _ in range(TRIES // 10):
        header = {"alg": "ES256", "kid": key.thumbprint(), name: anything(chance)}
        token = signed_by(key, json.dumps(header).encode(), json.dumps(good_claims()).encode())
        assert await status_of(tiny, token) in {200, 401}, header


@pytest.mark.parametrize(
    "alg", [["ES256"], {"ES256": 1}, None, 5, True, "", "none", "HS256", "es256", "ES384"]
)
async def test_an_algorithm_that_is_none_is_refused(tiny: Tiny, alg: Any) -> None:
    key = load_or_create_signing_key(tiny.data_dir)
    header = json.dumps({"alg": alg, "kid": key.thumbprint()}).encode()
    assert await status_of(tiny, signed_by(key, header, json.dumps(good_claims()).encode())) == 401


async def test_a_header_that_must_be_understood_and_is_not_refuses_the_token(tiny: Tiny) -> None:
    key = load_or_create_signing_key(tiny.data_dir)
    for critical in (["exp"], ["b64"], ["http://example.invalid/x"], [], "exp"):
        header = {"alg": "ES256", "kid": key.thumbprint(), "crit": critical, "exp": 1, "b64": False}
        token = signed_by(key, json.dumps(header).encode(), json.dumps(good_claims()).encode())
        assert await status_of(tiny, token) == 401, critical


@pytest.mark.parametrize(
    "name", ["sub", "iss", "aud", "exp", "nbf", "iat", "jti", "scope", "org", "communities", "name", "typ"]
)
async def test_no_claim_of_a_token_makes_a_failure(tiny: Tiny, name: str) -> None:
    key = load_or_create_signing_key(tiny.data_dir)
    chance = random.Random(name)
    header = json.dumps({"alg": "ES256", "kid": key.thumbprint()}).encode()
    for _ in range(TRIES // 10):
        claims = good_claims() | {name: anything(chance)}
        token = signed_by(key, header, json.dumps(claims).encode())
        assert await status_of(tiny, token) in {200, 401, 403}, claims


async def test_no_bytes_in_place_of_a_token_make_a_failure(tiny: Tiny) -> None:
    key = load_or_create_signing_key(tiny.data_dir)
    chance = random.Random(7)
    good = signed_by(
        key,
        json.dumps({"alg": "ES256", "kid": key.thumbprint()}).encode(),
        json.dumps(good_claims()).encode(),
    )
    for _ in range(TRIES):
        broken = list(good)
        for _ in range(chance.randrange(1, 6)):
            broken[chance.randrange(len(broken))] = chance.choice(string.printable[:94] + "\xe9\xff")
        token = "".join(broken[: chance.randrange(len(broken))] if chance.random() < 0.3 else broken)
        answer = await tiny.client.get(
            "/v1/guarded", headers=[(b"authorization", f"Bearer {token}".encode("latin-1"))]
        )
        assert answer.status_code in {200, 401}, token
    for payload in (
        b"",
        b"null",
        b"[]",
        b"5",
        b"\xff",
        b"{",
        b"[" * 5000,
        b'{"a":' * 900,
        b'{"exp":1,"exp":2}',
    ):
        header = json.dumps({"alg": "ES256", "kid": key.thumbprint()}).encode()
        assert await status_of(tiny, signed_by(key, header, payload)) == 401, payload[:20]


@pytest.mark.parametrize(
    "said",
    [
        {"typ": "ID"}, {"typ": "Refresh"}, {"typ": "Offline"}, {"typ": "Logout"}, {"typ": None}, {"typ": ["Bearer"]},
        {"token_use": "id"}, {"token_type": "refresh"}, {"nonce": "n-0S6"}, {"at_hash": "x"}, {"c_hash": "x"},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}, {"ati": "x"},
    ],
)  # fmt: skip
async def test_an_id_token_or_a_refresh_token_is_no_access_token(tiny: Tiny, said: dict[str, Any]) -> None:
    key = load_or_create_signing_key(tiny.data_dir)
    header = json.dumps({"alg": "ES256", "kid": key.thumbprint()}).encode()
    token = signed_by(key, header, json.dumps(good_claims() | said).encode())
    assert await status_of(tiny, token) == 401


@pytest.mark.parametrize(
    "typ", ["id+jwt", "refresh+jwt", "logout+jwt", "dpop+jwt", "secevent+jwt", "", 5, None]
)
async def test_a_token_whose_head_says_that_it_is_another_kind_is_refused(tiny: Tiny, typ: Any) -> None:
    key = load_or_create_signing_key(tiny.data_dir)
    header = json.dumps({"alg": "ES256", "kid": key.thumbprint(), "typ": typ}).encode()
    assert await status_of(tiny, signed_by(key, header, json.dumps(good_claims()).encode())) == 401


@pytest.mark.parametrize(
    ("typ", "said"),
    [
        ("JWT", {"typ": "Bearer"}),
        ("at+jwt", {"token_use": "access"}),
        ("application/at+jwt", {"token_type": "access_token"}),
    ],
)
async def test_an_access_token_may_say_that_it_is_one(tiny: Tiny, typ: str, said: dict[str, str]) -> None:
    key = load_or_create_signing_key(tiny.data_dir)
    header = json.dumps({"alg": "ES256", "kid": key.thumbprint(), "typ": typ}).encode()
    assert await status_of(tiny, signed_by(key, header, json.dumps(good_claims() | said).encode())) == 200
