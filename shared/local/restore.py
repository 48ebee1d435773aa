"""`icc restore`: a backup into a place that holds no databases, each then in a new epoch of its facts and of its audit.

Consumers of facts start over under the new epoch, for the server may have told them of rows that are not in the backup. The
audit's anchors say where the chain was taken up again, so that `verify` knows it for a restore.
"""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from shared.addresses import AUTHORS
from shared.audit.anchors import ANCHORS
from shared.audit.epochs import begin_next_epoch
from shared.audit.signing import AuditSigner
from shared.crypto.keyring import Keyring
from shared.crypto.opening import KEYRING_FILE
from shared.db.tables import newest_revision
from shared.local import LocalError
from shared.local.backup import copy_private, opened_keys
from shared.local.databases import ServiceDatabase, prepare_databases
from shared.local.directory import check_space, kept_passwords, opened
from shared.local.dumps import has_tables, restore_database
from shared.local.manifest import Manifest, dump_of, files_below, read_manifest
from shared.local.migrate import start_postgres
from shared.local.postgres import postgres_binaries
from shared.local.stack import PASSWORDS, StackOptions, embedded_postgres, migration_program
from shared.local.supervisor import Supervisor
from shared.settings import PlatformSettings, read_settings

NEW_EPOCH = "update fact_epoch set epoch = gen_random_uuid(), started_at = now()"

Say = Callable[[str], None]


def restore(options: StackOptions, backup: Path, keys: Path | None, say: Say) -> None:
    """Put a backup back where no databases are. Raises LocalError, and changes nothing that was there before.

    keys: where a copy of the keys lies, None where they lie in the data directory or in settings.
    """
    manifest = read_manifest(backup)
    _check_release(manifest)
    with opened(options.directory):
        check_space(options.directory)
        made_here = options.needs_postgres
        if made_here and options.directory.postgres.exists():
            raise LocalError(
                f"{options.directory.postgres} holds databases: nothing is overwritten. Restore into a new data directory "
                "(--data), or move that folder away first.",
                exit_code=2,
            )
        if keys is not None:
            _put_keys_back(keys, options.directory.path / "keys")
        keyring = _keys_of(manifest, options)
        try:
            asyncio.run(_restore_all(options, backup, manifest, keyring, say))
        except BaseException:
            if made_here:
                shutil.rmtree(options.directory.postgres, ignore_errors=True)
            raise
    say(f"restored what was acknowledged before {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC, and some after")
    say("facts and audit are in a new epoch; start with: ./icc up; then look at: ./icc audit verify")


def _check_release(manifest: Manifest) -> None:
    for service, revision in manifest.revisions.items():
        newest = newest_revision(service)
        if newest is not None and revision > newest:
            raise LocalError(
                f"the backup is of a newer release: {service} is at migration {revision}, and this release knows {newest}."
            )


def _put_keys_back(source: Path, target: Path) -> None:
    """Copies the keys into the data directory; one that is there already must be the same."""
    if not (source / KEYRING_FILE).is_file():
        raise LocalError(
            f"there is no {KEYRING_FILE} in {source}: name the folder with the copy of the keys.", exit_code=2
        )
    for file in files_below(source):
        place = target / file.relative_to(source)
        if not place.exists():
            copy_private(file, place)
        elif place.read_bytes() != file.read_bytes():
            raise LocalError(
                f"{place} is there and is not the {file.name} of {source}: no key is overwritten."
            )


def _keys_of(manifest: Manifest, options: StackOptions) -> Keyring:
    keyring = opened_keys(read_settings(PlatformSettings, data_dir=options.directory.path))
    if not manifest.is_of(keyring):
        raise LocalError(
            "the keys here did not sign this backup: its databases would not open. Name the folder with the keys of that "
            "time with --keys, in a data directory that has none yet."
        )
    return keyring


async def _restore_all(
    options: StackOptions, backup: Path, manifest: Manifest, keyring: Keyring, say: Say
) -> None:
    supervisor = Supervisor(say)
    passwords, new = kept_passwords(options.directory, PASSWORDS)
    try:
        server_url = options.external_database or ""
        if options.needs_postgres:
            server = embedded_postgres(options, passwords)
            await start_postgres(supervisor, server, options)
            server_url = server.url()
        databases = await prepare_databases(
            server_url, overrides=options.database_overrides, passwords=passwords, new_passwords=new
        )
        await _refuse_what_holds_something(databases)
        binaries = postgres_binaries(options.environment)
        for database in databases:
            await restore_database(binaries, database.owner_url, dump_of(backup, database.service))
            say(f"{database.service:<14}restored")
        # Sets the rights too: a dump has none, and brings one of an older release to the newest tables.
        await supervisor.run_once(migration_program(options, databases))
        _put_anchors_back(backup / ANCHORS, options.directory.path / ANCHORS)
        for database in databases:
            await _begin_epochs(database, options, manifest, keyring, say)
    finally:
        await supervisor.stop()


async def _refuse_what_holds_something(databases: Sequence[ServiceDatabase]) -> None:
    for database in databases:
        if await has_tables(database.owner_url):
            raise LocalError(
                f"the database of {database.service} holds tables already: nothing is overwritten. Drop it first, or name "
                "another server.",
                exit_code=2,
            )


def _put_anchors_back(source: Path, target: Path) -> None:
    """The backup's anchors, where there are none: those that are there know as much, or more."""
    for file in files_below(source):
        place = target / file.relative_to(source)
        if not place.exists():
            copy_private(file, place)


async def _begin_epochs(
    database: ServiceDatabase, options: StackOptions, manifest: Manifest, keyring: Keyring, say: Say
) -> None:
    signer = AuditSigner(database.service, keyring, lambda: datetime.now(UTC))
    reason = f"restored from the backup of {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC"
    connection = await asyncpg.connect(database.owner_url, timeout=10)
    try:
        if database.service in AUTHORS:
            await connection.execute(NEW_EPOCH)
        anchor = await begin_next_epoch(
            connection, signer=signer, data_dir=options.directory.path, reason=reason
        )
    finally:
        await connection.close()
    say(f"{database.service:<14}epoch {anchor.epoch} of its audit begins behind seal {anchor.seq}")
