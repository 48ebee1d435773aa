"""`icc audit verify`: whether anything was changed, removed, added or reordered in the audit."""

import asyncio
import os
from typing import Annotated

import asyncpg
import typer
from rich.console import Console

from shared.addresses import SERVICES
from shared.audit.anchors import Anchor
from shared.audit.epochs import begin_next_epoch
from shared.audit.signing import AuditSigner
from shared.audit.verification import AuditReport, verify
from shared.cli.options import Data, Port, commands, data_directory, first_port
from shared.crypto.opening import open_keyring
from shared.db.engine import DATABASE_LOSSES, Database
from shared.local import LocalError
from shared.local.stack import StackOptions, administered_databases
from shared.service.platform import utc_now
from shared.settings import PlatformSettings, read_settings

app = commands()
audit = typer.Typer(help="The audit of identifiable reads, of every write and every refusal.")
app.add_typer(audit, name="audit")


@audit.command("verify")
def verify_chains(data: Data = None, port: Port = None) -> None:
    """Walk the chain of every service whose database is known here. Exits 1 when one does not hold. The databases must be running."""
    directory = data_directory(data)
    urls = administered_databases(StackOptions(directory, first_port(port, data), 1, dict(os.environ)))
    settings = read_settings(PlatformSettings, data_dir=directory.path)
    console = Console()
    try:
        reports = [asyncio.run(_verify(service, urls[service], settings)) for service in urls]
    except DATABASE_LOSSES as error:
        raise LocalError(
            f"the audit in the databases of {directory.path} cannot be read ({error or 'time-out'}): "
            "start them with ./icc up, or name the right --data and --port."
        ) from error
    for report in reports:
        since = f"since {report.since:%Y-%m-%d %H:%M}" if report.since else "none"
        found = "holds" if report.first_break is None else f"BROKEN: {report.first_break.reason}"
        console.print(
            f"{report.service}: {report.sealed} sealed, {report.unsealed} not sealed yet, "
            f"anchors {since}, epoch {report.epoch}: {found}",
            markup=False,
            soft_wrap=True,
        )
        if report.undone:
            console.print(
                f"{report.service}: restores went back behind {report.undone} seals that the anchors know of",
                markup=False,
                soft_wrap=True,
            )
    for service in SERVICES:
        if service not in urls:
            setting = f"ICC_{service.upper()}_DATABASE_URL"
            console.print(f"{service}: left out, {setting} is not set here", markup=False, soft_wrap=True)
    if not all(report.ok for report in reports):
        raise typer.Exit(1)


@audit.command("restored")
def note_restore(
    service: Annotated[str, typer.Argument(help="referrals, outcomes or trajectories.")],
    reason: Annotated[
        str, typer.Option("--reason", help="From which copy and why, for the auditor; no person's data.")
    ],
    data: Data = None,
    port: Port = None,
) -> None:
    """Say that a database went back in time on purpose, by other means than `icc restore`: its audit begins a new epoch.

    The sealer goes on from there, and `verify` tells how many seals were undone.
    """
    directory = data_directory(data)
    urls = administered_databases(StackOptions(directory, first_port(port, data), 1, dict(os.environ)))
    if service not in urls:
        raise LocalError(f"there is no database of {service!r} here.", exit_code=2)
    settings = read_settings(PlatformSettings, data_dir=directory.path)
    try:
        anchor = asyncio.run(_begin_epoch(service, urls[service], settings, reason))
    except DATABASE_LOSSES as error:
        raise LocalError(f"the database of {service} cannot be written ({error or 'time-out'}).") from error
    Console().print(
        f"{service}: epoch {anchor.epoch} begins behind seal {anchor.seq}", markup=False, soft_wrap=True
    )


async def _begin_epoch(service: str, url: str, settings: PlatformSettings, reason: str) -> Anchor:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await begin_next_epoch(
            connection, signer=_signer(service, settings), data_dir=settings.data_dir, reason=reason
        )
    finally:
        await connection.close()


def _signer(service: str, settings: PlatformSettings) -> AuditSigner:
    return AuditSigner(service=service, keyring=open_keyring(settings, service=service), clock=utc_now)


async def _verify(service: str, url: str, settings: PlatformSettings) -> AuditReport:
    """The walk over one service's audit."""
    database = Database(url, application_name="icc-audit-verify", pool_size=1)
    await database.open()
    try:
        return await verify(database, signer=_signer(service, settings), data_dir=settings.data_dir)
    finally:
        await database.close()
