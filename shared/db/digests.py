"""A digest of each migration that made a database, so that one that was edited since is noticed and not built upon."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, inspect
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, col, select

from shared.db.tables import MIGRATIONS, SINCE_NOW, PlatformTable

ADVICE = "Start the release that made this database; or, when its data may go, choose a new data directory with --data."


class MigrationDigest(PlatformTable, table=True):
    """A migration as it was when it was run here. digest: SHA-256 of its file, in hexadecimal digits."""

    __tablename__ = "migration_digest"

    revision: str = Field(primary_key=True)
    digest: str
    noted_at: datetime = Field(sa_column_kwargs=SINCE_NOW)


class EditedMigrationError(Exception):
    """The tables of a database are not those that this code's migrations make; the message says what to do."""


def file_digests(service: str) -> Mapping[str, str]:
    """Revision → digest of its file, as the code has it now."""
    files = (MIGRATIONS / service / "versions").glob("[0-9]*_*.py")
    return {file.name.partition("_")[0]: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def noted_digests(connection: Connection) -> Mapping[str, str] | None:
    """Revision → digest, as the migrations were when they were run here; None in a database that notes none yet."""
    if not inspect(connection).has_table(str(MigrationDigest.__tablename__)):
        return None
    rows = connection.execute(select(col(MigrationDigest.revision), col(MigrationDigest.digest)))
    return {row[0]: row[1] for row in rows}


def check_unedited(service: str, noted: Mapping[str, str]) -> None:
    """Raises EditedMigrationError when a migration that was run here is another now, or is not there any more."""
    files = file_digests(service)
    for revision, digest in sorted(noted.items()):
        if revision not in files:
            raise EditedMigrationError(
                f"{service}: migration {revision} was run here and this release does not have it. Nothing was changed.\n{ADVICE}"
            )
        if files[revision] != digest:
            raise EditedMigrationError(
                f"{service}: migration {revision} was edited after it was run here: the tables may not be those that this "
                f"release expects. Nothing was changed.\n{ADVICE}"
            )


def differing_tables(service: str, differences: str) -> EditedMigrationError:
    """What is told of a database that notes no migrations yet and whose tables are not those that they make now."""
    return EditedMigrationError(
        f"{service}: migrations were edited after they were run here: the tables differ from what this release expects.\n"
        f"{differences[:280]}\n{ADVICE}"
    )


def note_digests(connection: Connection, service: str, applied: Collection[str]) -> None:
    """Note the migrations that a database now stands on, and forget those that were taken back."""
    files = file_digests(service)
    connection.execute(delete(MigrationDigest).where(col(MigrationDigest.revision).not_in(applied)))
    for revision in applied:
        given = {"revision": revision, "digest": files[revision]}
        connection.execute(insert(MigrationDigest).values(given).on_conflict_do_nothing())
