"""A bearer token in, a verified Caller out. Verified once, then remembered for at most thirty seconds.

Order of trust: an allowed algorithm, a key the issuer published, the signature, and only then the claims.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cachetools import TLRUCache
from joserfc import jws
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError
from joserfc.jwk import Key, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from shared.auth.caller import BASE_SCOPES, EDGE_SCOPES, EDGES, Caller
from shared.auth.jwks import KeyStore
from shared.auth.keys import LONGEST_LIFETIME
from shared.auth.revocations import Revocations
from shared.auth.sisters import LONGEST_SISTER_LIFETIME, SisterKey, audience_of, client_of
from shared.http.headers import PURPOSES
from shared.problems import Unauthenticated
from shared.settings import SERVICE_ISSUER

ALGORITHMS = {"ES256": "EC", "EdDSA": "OKP", "Ed25519": "OKP", "RS256": "RSA"}
"""Algorithms that are accepted, each with the only kind of key it may be used with."""

EARLY_SECONDS = 60
"""How far the issuer's clock may run ahead of ours."""
LATE_SECONDS = 5
"""How long after its end a token is still taken: enough for a request under way."""
REMEMBERED_SECONDS = 30
REMEMBERED_TOKENS = 4096
LONGEST_TOKEN = 8192
SHORTEST_RSA_BITS = 2048

_TEXT = re.compile("[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]{1,255}")
"""What identifies a caller goes into logs, audit rows and unique keys: none of them takes a NUL, half a character, or a page."""


_ACCESS_KINDS = frozenset({"jwt", "at+jwt", "bearer", "access", "access_token"})
_KIND_CLAIMS = ("typ", "token_use", "token_type")
"""Where providers say what a token is for: Keycloak in `typ`, Cognito in `token_use`, others in `token_type`."""
_CLAIMS_OF_OTHERS = frozenset({"nonce", "at_hash", "c_hash", "s_hash", "ati", "events"})
"""Claims that stand in ID tokens, in refresh tokens and in logout tokens only (OpenID Connect Core 3, RFC 8417)."""

_SISTER_CLAIMS = frozenset({"iss", "aud", "sub", "scope", "jti", "iat", "nbf", "exp"})


class _Registry(JWSRegistry):
    """joserfc's registry, with the name `EdDSA` read as the Ed25519 it has always meant here (RFC 9864)."""

    max_header_length = 4096

    def get_alg(self, name: str) -> Any:
        return super().get_alg("Ed25519" if name == "EdDSA" else name)


_REGISTRY = _Registry(algorithms=["ES256", "Ed25519", "RS256"], strict_check_header=False)


class _Claims(JWTClaimsRegistry):
    """joserfc's checks of issuer, audience and times; it knows one leeway, and a token's end has its own here."""

    def __init__(self, now: float, *, issuer: str, audience: str) -> None:
        super().__init__(math.ceil(now), EARLY_SECONDS, iss={"value": issuer}, aud={"value": audience})

    def validate_exp(self, value: object) -> None:
        # joserfc refuses the last second of its leeway already.
        JWTClaimsRegistry(self.now, LATE_SECONDS + 1).validate_exp(value)


@dataclass(frozen=True, slots=True)
class _Remembered:
    caller: Caller
    expires: float


def _forgotten_at(_token: str, known: _Remembered, now: float) -> float:
    return min(known.expires + LATE_SECONDS, now + REMEMBERED_SECONDS)


class TokenVerifier:
    """Verifies the tokens of one issuer, and those of the sister services.

    service: the service that is asked.   sisters: the public halves of the services' keys by key id.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        keys: KeyStore,
        service: str,
        sisters: Mapping[str, SisterKey],
        revocations: Revocations,
        clock: Callable[[], datetime],
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._service = service
        self._sisters = sisters
        self._clock = clock
        self._remembered = TLRUCache[str, _Remembered, float](
            REMEMBERED_TOKENS, ttu=_forgotten_at, timer=self._now
        )
        self.revocations = revocations

    async def warm_up(self) -> None:
        """Read the issuer's keys, so that the first request need not wait for them."""
        await self._keys.warm_up()

    async def verify(self, token: str, *, from_outside: bool = False) -> Caller:
        """The caller that this compact JWT proves, or Unauthenticated with the reason as its code.

        from_outside: the request came through a proxy; a service's own credential is then refused.
        """
        known = self._remembered.get(token)
        if known is None:
            known = await self._verify(token, self._now())
            self._remembered[token] = known
        if known.caller.service is not None and from_outside:
            raise refused("issuer", "A service's own credential is not accepted from outside.")
        if self.revocations.cover(known.caller):
            raise refused("revoked", "This token or its client has been revoked.")
        return known.caller

    def _now(self) -> float:
        return self._clock().timestamp()

    async def _verify(self, token: str, now: float) -> _Remembered:
        algorithm, kid = _read_header(token)
        sister = self._sisters.get(kid) if kid is not None else None
        if sister is not None:
            return self._verify_sister(token, algorithm, sister, now)
        keys = await self._keys.keys_for(kid)
        claims = _verified_claims(token, _candidates(keys.keys, algorithm, kid))
        expires = self._check_claims(claims, now, issuer=self._issuer, audience=self._audience)
        _check_kind(claims)
        return _Remembered(_caller(claims), expires)

    def _verify_sister(self, token: str, algorithm: str, sister: SisterKey, now: float) -> _Remembered:
        """A sister service as its caller. What she may ask is known here; a token that says more is refused."""
        claims = _verified_claims(token, _candidates([sister.key], algorithm, None))
        expires = self._check_claims(
            claims,
            now,
            issuer=SERVICE_ISSUER,
            audience=audience_of(self._service),
            longest=LONGEST_SISTER_LIFETIME,
        )
        edge = EDGES.get((sister.service, self._service), frozenset())
        said = {name for name in claims if name not in _SISTER_CLAIMS}
        if (
            said
            or claims.get("sub") != client_of(sister.service)
            or not _words(claims.get("scope", "")) <= edge
        ):
            raise refused("token", "The token says more than this service may be asked by a sister.")
        caller = _caller({"sub": claims["sub"], "jti": claims.get("jti")})
        return _Remembered(replace(caller, scopes=edge, service=sister.service), expires)

    def _check_claims(
        self,
        claims: dict[str, Any],
        now: float,
        *,
        issuer: str,
        audience: str,
        longest: timedelta = LONGEST_LIFETIME,
    ) -> float:
        """The end of the token's life. Raises Unauthenticated when a claim does not hold."""
        stated = {name: claims.get(name) for name in ("iss", "aud", "exp")}
        starts = {name: claims[name] for name in ("nbf", "iat") if name in claims}
        try:
            _Claims(now, issuer=issuer, audience=audience).validate(stated | starts)
        except ExpiredTokenError:
            raise refused("expired", "The token has expired.") from None
        except InvalidClaimError as error:
            raise _refusal_of(error.claim, claims[error.claim] if error.claim in starts else None) from None
        begins = max(starts.values(), default=now)
        if claims["exp"] > min(begins, now) + longest.total_seconds() + EARLY_SECONDS:
            raise refused(
                "lifetime", f"The token lives longer than {longest.total_seconds() / 3600:g} hours."
            )
        return float(claims["exp"])


def _check_kind(claims: dict[str, Any]) -> None:
    """Refuse an ID token, a refresh token and the like of the right issuer: each provider says in its own way what it made."""
    says_other = any(name in claims and not _says_access(claims[name]) for name in _KIND_CLAIMS)
    if says_other or not _CLAIMS_OF_OTHERS.isdisjoint(claims):
        raise refused("token", "The token is not an access token.")


def _says_access(kind: object) -> bool:
    """Whether a word for a token's kind is one of those for an access token."""
    return isinstance(kind, str) and kind.lower().removeprefix("application/") in _ACCESS_KINDS


def _refusal_of(claim: str, start: object) -> Unauthenticated:
    """The problem of a claim that does not hold. start: the value of `nbf` or `iat`, None for another claim."""
    if claim == "iss":
        return refused("issuer", "The token's issuer is not the one this service trusts.")
    if claim == "aud":
        return refused("audience", "The token is meant for another audience.")
    if type(start) in {int, float}:
        return refused("not_yet", "The token is not valid yet.")
    return refused("token", "The token needs `exp`, and its times must be numbers.")


def refused(reason: str, detail: str) -> Unauthenticated:
    """The problem `auth.<reason>`, with the challenge that a 401 must carry (RFC 6750)."""
    error = "" if reason == "required" else ', error="invalid_token"'
    return Unauthenticated(
        detail, code=f"auth.{reason}", headers={"WWW-Authenticate": f'Bearer realm="icc"{error}'}
    )


def _read_header(token: str) -> tuple[str, str | None]:
    """The algorithm and key id that the token names, neither of them trusted yet."""
    if len(token) > LONGEST_TOKEN:
        raise refused("token", "The token is too long.")
    try:
        header = jws.extract_compact(token.encode(), registry=_REGISTRY).headers()
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        raise refused("token", "The token is not a signed JWT.") from None
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise refused("token", "The token's algorithm is not accepted.")
    if kid is not None and not isinstance(kid, str):
        raise refused("token", "The token's key id is not a text.")
    if "typ" in header and not _says_access(header["typ"]):
        raise refused("token", "The token is not an access token.")
    return algorithm, kid


def _candidates(keys: Iterable[Key], algorithm: str, kid: str | None) -> list[Key]:
    """The keys that may have signed: of the algorithm's kind, and of the named id when one is named."""
    return [
        key
        for key in keys
        if key.key_type == ALGORITHMS[algorithm] and (kid is None or key.kid == kid) and _strong(key)
    ]


def _strong(key: Key) -> bool:
    """Whether the key is of the one curve, or of the length, that its algorithm asks for."""
    if isinstance(key, RSAKey):
        return key.public_key.key_size >= SHORTEST_RSA_BITS
    return key.as_dict(private=False).get("crv") in {"P-256", "Ed25519"}


def _verified_claims(token: str, candidates: list[Key]) -> dict[str, Any]:
    for key in candidates:
        try:
            payload = jws.deserialize_compact(token.encode(), key, registry=_REGISTRY).payload
            claims = json.loads(payload or b"")
        except (JoseError, ValueError, TypeError, RecursionError):
            continue
        if isinstance(claims, dict):
            return claims
    raise refused("token", "The token's signature cannot be verified.")


def _caller(claims: dict[str, Any]) -> Caller:
    client = _text(claims, "sub")
    if client is None:
        raise refused("token", "The token needs a `sub`.")
    return Caller(
        client=client,
        scopes=BASE_SCOPES | _words(claims.get("scope", "")) - EDGE_SCOPES,
        org=_text(claims, "org"),
        communities=_words(claims["communities"]) if claims.get("communities") is not None else None,
        name=_text(claims, "name"),
        token_id=_text(claims, "jti"),
        purpose=_purpose(claims),
    )


def _purpose(claims: dict[str, Any]) -> str | None:
    """What the token is for, None when it does not say."""
    purpose = claims.get("purpose")
    if purpose is not None and purpose not in PURPOSES:
        raise refused("token", f"The token's `purpose` is one of {', '.join(PURPOSES)}.")
    return None if purpose is None else str(purpose)


def _text(claims: dict[str, Any], name: str) -> str | None:
    """A claim that is a text, None when the token has none."""
    value = claims.get(name)
    if value is not None and not (isinstance(value, str) and _TEXT.fullmatch(value)):
        raise refused(
            "token", "The token's `sub`, `org`, `name` and `jti` must be texts of 1 to 255 characters."
        )
    return value


def _words(value: object) -> frozenset[str]:
    """A claim that is a list of texts or one text with spaces between its words."""
    words = value.split() if isinstance(value, str) else value
    if not isinstance(words, list) or not all(
        isinstance(word, str) and _TEXT.fullmatch(word) for word in words
    ):
        raise refused("token", "The token's `scope` and `communities` must be texts or lists of texts.")
    return frozenset(words)
