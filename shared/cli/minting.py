"""Tokens of this machine's key, for `icc token` and for the commands that call a service."""

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

from shared.auth.keys import load_or_create_service_key, load_or_create_signing_key
from shared.auth.minting import mint_token
from shared.cli.options import data_directory
from shared.files import PrivateFileError
from shared.local.failures import LocalError
from shared.settings import LOCAL_ISSUER, SERVICE_ISSUER, PlatformSettings, SettingsError, read_settings

COMMAND_LIFETIME = timedelta(minutes=10)
SERVICE_ROLE = "service"


def local_token(
    role: str,
    *,
    org: str | None = None,
    communities: Collection[str] = (),
    ttl: timedelta = COMMAND_LIFETIME,
    data: Path | None = None,
) -> str:
    """A token for a role, signed by the key in the data directory, which is made at first need. Raises LocalError."""
    settings = _settings()
    if settings.oidc_issuer != LOCAL_ISSUER or not settings.uses_local_key:
        raise LocalError(
            "tokens come from your identity provider here (ICC_OIDC_ISSUER or ICC_JWKS is set): ask it for one.",
            exit_code=2,
        )
    directory = data_directory(data).path
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if role == SERVICE_ROLE:
            configured = settings.service_key.get_secret_value() if settings.service_key else None
            key, issuer = load_or_create_service_key(directory, configured), SERVICE_ISSUER
        else:
            key, issuer = load_or_create_signing_key(directory), LOCAL_ISSUER
        return mint_token(
            key,
            role=role,
            org=org,
            communities=communities,
            ttl=ttl,
            audience=settings.oidc_audience,
            issuer=issuer,
        )
    except ValueError as error:
        raise LocalError(f"{error}.", exit_code=2) from error
    except PrivateFileError as refusal:
        raise LocalError(f"{refusal}.") from refusal
    except OSError as error:
        raise LocalError(f"the keys in {directory} cannot be used: {error.strerror}.") from error


def _settings() -> PlatformSettings:
    try:
        return read_settings(PlatformSettings)
    except SettingsError as error:
        raise LocalError(str(error), exit_code=2) from error
