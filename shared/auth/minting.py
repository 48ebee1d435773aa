"""Tokens of the local key: what `icc token` prints and what a service shows to its sisters."""

import re
import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from shared.auth.caller import EVERY_COMMUNITY
from shared.auth.roles import BAY_WIDE_ROLES, ROLES

LONGEST_LIFETIME = timedelta(hours=24)
"""No token is accepted, or made, that lives longer than this."""

_ORG = re.compile(r"[A-Za-z0-9-]{2,40}\Z")


def mint_token(
    key: ECKey,
    *,
    role: str,
    org: str | None,
    communities: Collection[str],
    ttl: timedelta,
    audience: str,
    issuer: str,
    now: datetime | None = None,
) -> str:
    """A signed ES256 token for a role, for a client named `local:<role>[:<org>]`, good from `now` on.

    communities: slugs; none given means every community for the Bay-wide roles and no claim for the others.
    ttl: above zero, at most 24 hours.   Raises ValueError when a part is not legal.
    """
    if role not in ROLES:
        raise ValueError(f"there is no role {role!r}; the roles are {', '.join(sorted(ROLES))}")
    if org is not None and not _ORG.match(org):
        raise ValueError("an organisation is 2 to 40 letters, digits and hyphens")
    if not timedelta() < ttl <= LONGEST_LIFETIME:
        raise ValueError("a token lives for more than nothing and at most 24 hours")
    claims: dict[str, Any] = {
        "sub": ":".join(part for part in ("local", role, org) if part),
        "scope": " ".join(sorted(ROLES[role])),
        "iss": issuer,
        "aud": audience,
        "jti": secrets.token_urlsafe(12),
    }
    if org is not None:
        claims["org"] = org
    if communities or role in BAY_WIDE_ROLES:
        claims["communities"] = sorted(communities) or [EVERY_COMMUNITY]
    return sign_claims(key, claims, ttl=ttl, now=now)


def sign_claims(key: ECKey, claims: dict[str, Any], *, ttl: timedelta, now: datetime | None = None) -> str:
    """A compact ES256 JWT of these claims with `iat`, `nbf` and `exp` added."""
    issued = int((now or datetime.now(UTC)).timestamp())
    dated = claims | {"iat": issued, "nbf": issued, "exp": issued + int(ttl.total_seconds())}
    return jwt.encode({"alg": "ES256", "kid": key.thumbprint()}, dated, key, algorithms=["ES256"])
