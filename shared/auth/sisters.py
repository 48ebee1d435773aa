"""The services among themselves: a key pair for each, and the token with which one proves to another who it is.

The private key stays with its service (`ICC_SERVICE_KEY`, or `keys/service-<name>.pem`); what the others hold is its public half
(`ICC_SERVICE_KEYS`, or `keys/services.json`). What may be asked stands in `caller.EDGES`: a token that says more is refused.
"""

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import SecretStr

from shared.addresses import SERVICES
from shared.auth.caller import EDGES
from shared.auth.key_files import KEYS_DIRECTORY, PUBLIC_HALVES, private_file
from shared.auth.keys import ec_key, kept_pem, public_half, sign_claims
from shared.files import read_private, write_private
from shared.settings import SERVICE_ISSUER, SettingsError

SISTER_LIFETIME = timedelta(minutes=5)
LONGEST_SISTER_LIFETIME = timedelta(minutes=10)
"""No token of a service is accepted that lives longer than this."""
_PREFIX = "service:"


class SisterSettings(Protocol):
    """The settings that say where the services' keys are."""

    @property
    def data_dir(self) -> Path:
        """The data directory; keys lie in its `keys`."""
        ...

    @property
    def environment(self) -> str:
        """local, test or production."""
        ...

    @property
    def service_key(self) -> SecretStr | None:
        """The private key of this process's service, PEM."""
        ...

    @property
    def service_keys(self) -> str | None:
        """The public halves of all services, as JSON."""
        ...


@dataclass(frozen=True, slots=True)
class SisterKey:
    """The public half of a service's key."""

    service: str
    key: ECKey


def audience_of(service: str) -> str:
    """The audience of a token that is meant for this service alone, so that it cannot pass it on."""
    return f"{_PREFIX}{service}"


def client_of(service: str) -> str:
    """The `sub` of a service, under which it stands in logs and in the audit."""
    return f"{_PREFIX}{service}"


def sister_token(
    key: ECKey,
    *,
    sender: str,
    receivers: Collection[str],
    ttl: timedelta = SISTER_LIFETIME,
    now: datetime | None = None,
    **more: Any,
) -> str:
    """A token with which `sender` asks `receivers` what it may. Raises ValueError where it may ask nothing.

    more: claims beside or in place of the usual, which a receiver refuses.
    """
    edges = [EDGES.get((sender, receiver), frozenset()) for receiver in receivers]
    scopes = frozenset.intersection(*edges) if edges else frozenset()
    if not scopes:
        raise ValueError(f"the service {sender} asks nothing of {' and '.join(receivers) or 'any other'}")
    claims = {
        "sub": client_of(sender),
        "iss": SERVICE_ISSUER,
        "aud": [audience_of(receiver) for receiver in receivers],
        "scope": " ".join(sorted(scopes)),
        "jti": secrets.token_urlsafe(12),
    }
    return sign_claims(key, claims | more, ttl=ttl, now=now)


def own_key(settings: SisterSettings, service: str) -> ECKey:
    """The private key of this process's service. Raises SettingsError where there is none, PrivateFileError where others may read it."""
    if settings.service_key is not None:
        return ec_key(settings.service_key.get_secret_value().encode())
    pem = read_private(settings.data_dir / KEYS_DIRECTORY / private_file(service))
    if pem is None:
        _make(settings)
        pem = kept_pem(settings.data_dir, private_file(service))
    return ec_key(pem)


def sister_keys(settings: SisterSettings) -> Mapping[str, SisterKey]:
    """The public halves of every service's key, by key id. Raises SettingsError where there are none."""
    if settings.service_keys is not None:
        return parse_public_halves(settings.service_keys)
    place = settings.data_dir / KEYS_DIRECTORY / PUBLIC_HALVES
    try:
        return parse_public_halves(place.read_bytes())
    except FileNotFoundError:
        _make(settings)
        return parse_public_halves(place.read_bytes())


def parse_public_halves(document: str | bytes) -> Mapping[str, SisterKey]:
    """What `public_halves` wrote: service → JWK. Raises SettingsError."""
    try:
        read = {name: ECKey.import_key(jwk) for name, jwk in json.loads(document).items()}
    except (ValueError, TypeError, AttributeError, JoseError):
        raise SettingsError(
            "The services' public keys (ICC_SERVICE_KEYS, keys/services.json) cannot be read."
        ) from None
    if any(key.is_private or key.curve_name != "P-256" for key in read.values()):
        raise SettingsError(
            "The services' public keys (ICC_SERVICE_KEYS, keys/services.json) must be public halves on P-256."
        )
    return {key.thumbprint(): SisterKey(name, key) for name, key in read.items()}


def public_halves(keys: Mapping[str, ECKey]) -> str:
    """The document of the public halves of the services' keys."""
    return json.dumps({name: public_half(key).as_dict(private=False) for name, key in keys.items()})


def make_service_keys(data_dir: Path) -> None:
    """Make the key of every service that has none, and the document of their public halves."""
    keys = {service: ec_key(kept_pem(data_dir, private_file(service))) for service in SERVICES}
    write_private(data_dir / KEYS_DIRECTORY / PUBLIC_HALVES, public_halves(keys).encode())
    # The one key that all services shared before each had its own: nothing believes it any more.
    (data_dir / KEYS_DIRECTORY / "service.pem").unlink(missing_ok=True)


def _make(settings: SisterSettings) -> None:
    """Make the keys at first need; in production nobody but an operator does."""
    if settings.environment == "production":
        raise SettingsError(
            "In production every service has a key pair: set ICC_SERVICE_KEY (its private key) and ICC_SERVICE_KEYS (all public halves)."
        )
    make_service_keys(settings.data_dir)
