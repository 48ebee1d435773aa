"""Keys that live in the data directory, and the tokens made with them: what `icc token` prints.

Several processes may start at once, so a key is written beside its place and linked into it: the first one wins and
all read the same file. Files are 0600 in a directory that is 0700, and refused (PrivateFileError) when others may use them.
"""

import json
import os
import re
import secrets
import tempfile
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from shared.auth.caller import BAY_WIDE_ROLES, EVERY_COMMUNITY, ROLES
from shared.auth.key_files import KEYS_DIRECTORY, SIGNING_KEY, SIGNING_PUBLIC
from shared.files import PrivateFileError, read_private

LONGEST_LIFETIME = timedelta(hours=24)
"""No token is accepted, or made, that lives longer than this."""

_ORG = re.compile(r"[A-Za-z0-9-]{2,40}\Z")


def load_or_create_signing_key(data_dir: Path) -> ECKey:
    """The ES256 key with which `icc token` signs on this machine (`keys/signing.pem`)."""
    return ec_key(kept_pem(data_dir, SIGNING_KEY))


def local_public_keys(data_dir: Path) -> KeySet:
    """What verifies this machine's tokens: the public half alone where a service has no more, else that of the key itself."""
    shown = read_private(data_dir / KEYS_DIRECTORY / SIGNING_PUBLIC)
    if shown is not None:
        return KeySet.import_key_set(json.loads(shown))
    return public_key_set(load_or_create_signing_key(data_dir))


def public_half(key: ECKey) -> ECKey:
    """The half of a key that verifies, under its thumbprint as key id."""
    public = key.as_dict(private=False) | {"use": "sig", "alg": "ES256", "kid": key.thumbprint()}
    return ECKey.import_key(public)


def public_key_set(key: ECKey) -> KeySet:
    """A key set with the public half of a key, as `/.well-known/jwks.json` shows it."""
    return KeySet([public_half(key)])


def kept_pem(data_dir: Path, name: str) -> bytes:
    """The key in `keys/<name>`; the first process that asks makes it."""
    directory = data_dir / KEYS_DIRECTORY
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / name
    kept = read_private(path)
    if kept is None:
        _write_once(path, ECKey.generate_key("P-256").as_pem(private=True))
        kept = read_private(path)
    if kept is None:
        raise PrivateFileError(f"{path} points to a file that is not there.")
    return kept


def _write_once(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        Path(temporary).unlink()


def ec_key(pem: bytes) -> ECKey:
    """A private key on P-256 from its PEM. Raises ValueError for any other."""
    key = ECKey.import_key(pem)
    if key.curve_name != "P-256":
        raise ValueError("the signing key must be an EC key on P-256")
    return key


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
    if role not in ROLES or role == "service":
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
