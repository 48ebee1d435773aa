"""Whether a database already stands at the newest tables and grants, asked without loading the migrations.

Loading them costs a second or two of every start. After migrating, the table that holds the revision is given a
comment: the revision and a digest of the files it came from. It travels with a dump, and any doubt means: migrate.
"""

import hashlib

import asyncpg

from shared.local import databases, grants
from shared.local.databases import ServiceDatabase
from shared.local.directory import ROOT

IS_CURRENT = """
    select obj_description('alembic_version'::regclass, 'pg_class')
         = (select string_agg(version_num, ',') from alembic_version) || ' ' || $1
"""


async def is_current(database: ServiceDatabase) -> bool:
    """Whether this code's migrations and grants were the last to be applied, and the revision has not moved since."""
    connection = await asyncpg.connect(database.owner_url)
    try:
        return bool(
            await connection.fetchval(IS_CURRENT, _digest(database.service, has_roles=database.has_roles))
        )
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()


async def note_current(url: str, service: str, *, has_roles: bool) -> None:
    """Notes in the database that it was just brought up to date by this code. Needs the owner's URL."""
    connection = await asyncpg.connect(url)
    try:
        revision = await connection.fetchval("select string_agg(version_num, ',') from alembic_version")
        if revision is not None:
            note = f"{revision} {_digest(service, has_roles=has_roles)}"
            await connection.execute(f"comment on table alembic_version is '{note}'")
    finally:
        await connection.close()


def _digest(service: str, *, has_roles: bool) -> str:
    """SHA-256 of everything that decides what a migration would do now."""
    files = sorted((ROOT / "migrations" / service).rglob("*.py"))
    deciding = [*files, *(ROOT / f"{module.__name__.replace('.', '/')}.py" for module in (databases, grants))]
    digest = hashlib.sha256(b"roles" if has_roles else b"one role")
    for file in deciding:
        digest.update(file.read_bytes())
    return digest.hexdigest()
