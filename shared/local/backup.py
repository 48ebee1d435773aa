"""`icc backup`: the three databases and the audit's anchors into one folder, the keys into another.

Each database is dumped as one snapshot, and whoever reads facts before those who write them: so no cursor is ahead of what
it reads. What was acknowledged before the backup began is in it, for every snapshot is younger.
"""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from shared.addresses import SERVICES
from shared.audit.anchors import ANCHORS
from shared.crypto.document import unwrap
from shared.crypto.keyring import Keyring, KeyringError, Purpose
from shared.crypto.opening import LOCK as KEYS_LOCK
from shared.crypto.opening import find_keys
from shared.local import LocalError
from shared.local.directory import holder, kept_passwords, opened
from shared.local.dumps import dump_database
from shared.local.manifest import DUMPS, Manifest, digests_in, dump_of, files_below, write_manifest
from shared.local.migrate import start_postgres
from shared.local.postgres import postgres_binaries
from shared.local.stack import PASSWORDS, StackOptions, administered_databases, embedded_postgres
from shared.local.supervisor import Supervisor
from shared.settings import PlatformSettings, read_settings

READERS_FIRST = tuple(reversed(SERVICES))
"""trajectories reads the facts of the two others."""
UNFINISHED = ".unfinished"

Say = Callable[[str], None]


def back_up(options: StackOptions, target: Path, keys: Path | None, say: Say) -> None:
    """Write a backup into a folder that is not there yet, and the keys into another.

    keys: None where somebody else looks after them.   Works beside a running system, or starts PostgreSQL for itself.
    Raises LocalError, and leaves nothing behind then.
    """
    for folder in filter(None, (target, keys)):
        _refuse_what_is_there(folder)
    settings = read_settings(PlatformSettings, data_dir=options.directory.path)
    keyring = opened_keys(settings)
    with ExitStack() as stack:
        if options.needs_postgres and holder(options.directory) is None:
            stack.enter_context(opened(options.directory))
            starts = True
        else:
            starts = False
        draft = _draft_of(target)
        stack.callback(shutil.rmtree, draft, ignore_errors=True)
        asyncio.run(_dump_all(options, draft, say, keyring=keyring, starts=starts))
        draft.rename(target)
    if keys is not None:
        _copy_keys(options.directory.path / "keys", keys)
    _tell(target, keys, options, say)


def opened_keys(settings: PlatformSettings) -> Keyring:
    """The platform's keys as they lie here, for what is signed with them. Raises LocalError; never makes any."""
    try:
        document, master = find_keys(settings, may_create=False)
        return Keyring(unwrap(document, master, purposes={Purpose.AUDIT}))
    except KeyringError as refusal:
        raise LocalError(f"{refusal}.") from None


def _refuse_what_is_there(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LocalError(
            f"{folder} is there already: nothing is overwritten, name a new folder.", exit_code=2
        )


def _draft_of(target: Path) -> Path:
    draft = target.with_name(target.name + UNFINISHED)
    shutil.rmtree(draft, ignore_errors=True)
    try:
        (draft / DUMPS).mkdir(mode=0o700, parents=True)
        draft.chmod(0o700)
    except OSError as error:
        raise LocalError(f"{target} cannot be written: {error.strerror}.", exit_code=2) from None
    return draft


async def _dump_all(options: StackOptions, draft: Path, say: Say, *, keyring: Keyring, starts: bool) -> None:
    supervisor = Supervisor(say)
    try:
        if starts:
            passwords, _ = kept_passwords(options.directory, PASSWORDS)
            await start_postgres(supervisor, embedded_postgres(options, passwords), options)
        urls = administered_databases(options)
        if missing := [service for service in SERVICES if service not in urls]:
            raise LocalError(f"the database of {missing[0]} is not known here: a backup is of all three.")
        taken_at = datetime.now(UTC)
        server, revisions = await _described(urls)
        # Before the dumps: an anchor never tells of a seal that is not in the dump beside it.
        _copy_anchors(options.directory.path / ANCHORS, draft / ANCHORS)
        binaries = postgres_binaries(options.environment)
        for service in READERS_FIRST:
            await dump_database(binaries, urls[service], dump_of(draft, service))
            say(f"{service:<14}{dump_of(draft, service).stat().st_size / 1e6:.1f} MB")
        manifest = Manifest(taken_at=taken_at, server=server, revisions=revisions, files=digests_in(draft))
        write_manifest(draft, manifest.signed(keyring))
    finally:
        await supervisor.stop()


async def _described(urls: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The server's version, and each service's newest migration."""
    revisions, server = {}, ""
    for service, url in urls.items():
        try:
            connection = await asyncpg.connect(url, timeout=10)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            raise LocalError(
                f"the database of {service} cannot be reached ({error or 'time-out'})."
            ) from error
        try:
            server = await connection.fetchval("show server_version")
            revisions[service] = await connection.fetchval("select version_num from alembic_version")
        except asyncpg.UndefinedTableError as error:
            raise LocalError(
                f"the database of {service} holds nothing yet: there is nothing to back up."
            ) from error
        finally:
            await connection.close()
    return server, revisions


def _copy_anchors(source: Path, target: Path) -> None:
    target.mkdir(mode=0o700)
    for file in files_below(source):
        copy_private(file, target / file.relative_to(source))


def _copy_keys(source: Path, target: Path) -> None:
    for file in files_below(source):
        if file.name != KEYS_LOCK:
            copy_private(file, target / file.relative_to(source))


def copy_private(source: Path, target: Path) -> None:
    """A copy that only we may read, in folders that only we may enter."""
    for folder in reversed([target.parent, *target.parent.parents]):
        folder.mkdir(mode=0o700, exist_ok=True)
    target.touch(mode=0o600, exist_ok=False)
    shutil.copyfile(source, target)


def _tell(target: Path, keys: Path | None, options: StackOptions, say: Say) -> None:
    say(f"backed up to {target}: three databases and the anchors of the audit")
    if keys is not None:
        say(
            f"the keys are in {keys}: move them to another place, for with them the backup can be read by anyone"
        )
    else:
        say(f"the keys are not in it: keep a copy of {options.directory.path / 'keys'} in another place")
    if "ICC_MASTER_KEY" in options.environment:
        say("ICC_MASTER_KEY is a setting here and was not copied: without it the backup is of no use")
    say("put it back with: ./icc restore " + str(target))
