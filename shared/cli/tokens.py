"""Tokens of this machine's key: `icc token` prints one, and other commands call a service with one."""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from shared.auth.caller import EDGES
from shared.auth.key_files import KEYS_DIRECTORY, SIGNING_KEY
from shared.auth.keys import load_or_create_signing_key, mint_token
from shared.auth.sisters import LONGEST_SISTER_LIFETIME, own_key, sister_token
from shared.cli.calls import RefusedError
from shared.cli.options import Data, commands, data_directory
from shared.files import PrivateFileError
from shared.local import LocalError
from shared.settings import (
    LOCAL_ISSUER,
    PlatformSettings,
    SettingsError,
    parse_duration,
    read_settings,
)

app = commands()

COMMAND_LIFETIME = timedelta(minutes=10)
SERVICE_ROLE = "service"
FACTS_READER = "trajectories"
UNAUTHORIZED = 401


@app.command()
def token(
    role: Annotated[
        str, typer.Option("--role", help="practice-system, council-feed, case-manager, analyst, …")
    ],
    org: Annotated[
        str | None,
        typer.Option("--org", help="ODS code, council, partner or team; of role service: which one."),
    ] = None,
    community: Annotated[
        list[str] | None, typer.Option("--community", metavar="SLUG", help="May be repeated.")
    ] = None,
    ttl: Annotated[str, typer.Option("--ttl", help="How long it lives: 15m, 1h, 1d at most.")] = "1h",
    data: Data = None,
) -> None:
    """Print a token for a role, signed by the key in the data directory. Needs no running system."""
    lifetime = parse_duration(ttl)
    if not isinstance(lifetime, timedelta):
        raise LocalError(f"--ttl {ttl!r} is not a duration like 15m, 1h or 1d.", exit_code=2)
    printed = local_token(
        role, org=org, communities=community or [], ttl=lifetime, data=data, may_make_key=True
    )
    if role == "practice-system" and org is None:
        sys.stderr.write("icc: a practice-system's token needs --org with its ODS code\n")
    sys.stdout.write(f"{printed}\n")


def local_token(
    role: str,
    *,
    org: str | None = None,
    communities: Collection[str] = (),
    ttl: timedelta = COMMAND_LIFETIME,
    data: Path | None = None,
    may_make_key: bool = False,
) -> str:
    """A token for a role, signed by the key in the data directory. Raises LocalError.

    may_make_key: a key made here is no running system's, so only a command that calls none makes one at first need.
    """
    settings = _settings()
    if settings.oidc_issuer != LOCAL_ISSUER or not settings.uses_local_key:
        raise LocalError(
            "tokens come from your identity provider here (ICC_OIDC_ISSUER or ICC_JWKS is set): ask it for one.",
            exit_code=2,
        )
    directory = data_directory(data).path
    if not may_make_key and not (directory / KEYS_DIRECTORY / SIGNING_KEY).exists():
        raise LocalError(
            f"there is no key in {directory} to make a token with: start the system with ./icc up, "
            "or name its data directory with --data or ICC_DATA_DIR."
        )
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if role == SERVICE_ROLE:
            return _service_token(settings, directory, org or FACTS_READER, ttl)
        return mint_token(
            load_or_create_signing_key(directory),
            role=role,
            org=org,
            communities=communities,
            ttl=ttl,
            audience=settings.oidc_audience,
            issuer=LOCAL_ISSUER,
        )
    except ValueError as error:
        raise LocalError(f"{error}.", exit_code=2) from error
    except PrivateFileError as refusal:
        raise LocalError(f"{refusal}.") from refusal
    except OSError as error:
        raise LocalError(f"the keys in {directory} cannot be used: {error.strerror}.") from error


def _service_token(settings: PlatformSettings, directory: Path, sender: str, ttl: timedelta) -> str:
    """A token as the service makes it for itself, good for minutes at the services that it asks. Raises ValueError."""
    receivers = [asked for asks, asked in EDGES if asks == sender]
    if not receivers:
        raise ValueError(f"--org names the service that asks, and {sender!r} is none that does")
    key = own_key(settings.model_copy(update={"data_dir": directory}), sender)
    return sister_token(key, sender=sender, receivers=receivers, ttl=min(ttl, LONGEST_SISTER_LIFETIME))


@contextmanager
def own_key_explained(*, token: str | None, data: Path | None) -> Iterator[None]:
    """Adds to a refusal with 401 where the right key is, when the token was made here (token is None)."""
    try:
        yield
    except RefusedError as refused:
        if token or refused.status != UNAUTHORIZED:
            raise
        raise LocalError(
            f"{refused} The running system has another key: name its data directory with --data or ICC_DATA_DIR "
            f"(here: {data_directory(data).path})"
        ) from refused


def _settings() -> PlatformSettings:
    try:
        return read_settings(PlatformSettings)
    except SettingsError as error:
        raise LocalError(str(error), exit_code=2) from error
