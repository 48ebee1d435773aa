"""Tokens of this machine's key: `icc token` prints one, and other commands call a service with one."""

import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from shared.auth.caller import EDGES, EVERY_COMMUNITY
from shared.auth.key_files import KEYS_DIRECTORY, SIGNING_KEY
from shared.auth.keys import load_or_create_signing_key, mint_token
from shared.auth.roles import ROLE_PURPOSES
from shared.auth.sisters import LONGEST_SISTER_LIFETIME, own_key, sister_token
from shared.cli.calls import RefusedError
from shared.cli.options import Data, commands, data_directory
from shared.files import PrivateFileError
from shared.local import LocalError
from shared.registry import RegistryFileError, load_registry
from shared.registry.names import nearest
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
_LACKS = {
    "practice-system": "--org with its ODS code",
    "hospital-system": "--org with its trust's code",
    "partner": "--org with its code",
    "council-feed": "--org with its council",
    "case-manager": "--community, or --org with its team",
    "development-lead": "--community",
}
"""Without which option a role's token is let in and sees nothing."""
UNAUTHORIZED = 401


@app.command(
    epilog="\n\n".join(["Roles:", *(f"{role}: {purpose}." for role, purpose in ROLE_PURPOSES.items())])
)
def token(
    role: Annotated[str, typer.Option("--role", help="One of the roles listed below.")],
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
    for doubt in _doubts(role, org=org, communities=community or []):
        sys.stderr.write(f"icc: {doubt}\n")
    sys.stdout.write(f"{printed}\n")


def _doubts(role: str, *, org: str | None, communities: Collection[str]) -> Iterator[str]:
    """What is odd about a token that can be made all the same: it would be let in, and see nothing."""
    lack = _LACKS.get(role)
    if lack is not None and org is None and not (communities and lack.startswith("--community")):
        yield f"a token of the role {role} needs {lack}, or it sees nothing"
    named = [slug for slug in communities if slug != EVERY_COMMUNITY]
    # Partners have codes of their own, and services are no organisations.
    organised = org is not None and role not in {"partner", SERVICE_ROLE}
    if not named and not organised:
        return
    try:
        file = load_registry(_settings().registry_file).file
    except RegistryFileError:
        return  # the services refuse it with its faults; a token needs no registry
    slugs = [*(one.slug for one in file.communities), *(one.slug for one in file.lines)]
    for slug in named:
        if slug not in slugs:
            yield f"the registry has no community {slug!r}, so the token sees nothing of one{_hint(slug, slugs)}"
    codes = [
        *(one.slug for one in file.councils),
        *(one.code for one in file.practices),
        *(one.code for one in file.outside_practices),
        *(one.code for one in file.networks),
        *(one.code for one in file.trusts),
        *(one.code for one in file.teams),
    ]
    if organised and org not in codes:
        yield f"the registry knows no organisation {org!r}, so nothing may be its own{_hint(org or '', codes)}"


def _hint(text: str, known: Sequence[str]) -> str:
    found = nearest(text, known)
    return "" if found is None else f": did you mean {found!r}?"


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
    if settings.oidc.issuer != LOCAL_ISSUER or not settings.uses_local_key:
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
            audience=settings.oidc.audience,
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
