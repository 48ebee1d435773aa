"""A database for each service on a PostgreSQL server, the roles that may do only what they need, and how new it is.

| role | may |
| --- | --- |
| `icc_<service>_owner` | owns the database and migrates it |
| `icc_<service>_app` | runs the service: reads and writes rows, adds to what is evidence and never changes it |
| `icc_<service>_sealer` | reads the audit and adds its seals; the worker alone has its password |
| `icc_<service>_report` | reads what holds no personal data |

Where the given role may not create roles, it is used for everything.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from shared.addresses import SERVICES
from shared.local import LocalError
from shared.local.directory import ROOT

KINDS = ("owner", "app", "report", "sealer")
ROLES = tuple(f"icc_{service}_{kind}" for service in SERVICES for kind in KINDS)
OLDEST_SERVER = 140_000
PREPARE_LOCK = 7_215_304_820
CONNECT_SECONDS = 10
SCRAM_ITERATIONS = 4_096  # PostgreSQL's own default

APPEND_ONLY = {"audit", "referral_event", "revocation"}
NEVER_DELETED = {"fact_event"}
KEPT_BY_OWNER = {"alembic_version", "migration_digest"}
KEPT_BY_SEALER = {"audit_epoch", "audit_seal"}
_OF_AUTHORS = {"fact_cell", "fact_epoch", "fact_event", "work"}
WITHOUT_PERSONAL_DATA: Mapping[str, set[str]] = {
    "referrals": _OF_AUTHORS,
    "outcomes": {*_OF_AUTHORS, "feed_coverage", "feed_figure"},
    "trajectories": {"fact", "fact_subscription", "read_version", "serving_fact", "work"},
}
"""What the report role may read: service → tables and views. The rest is closed, and so is a new table.

The audit names staff and addresses, and a file is as a council sent it.
"""
EVERYTHING = "all tables in schema public"
TABLES_AND_VIEWS = """
    select tablename from pg_tables where schemaname = 'public'
    union select viewname from pg_views where schemaname = 'public'
"""

# Loading the migrations costs a second or two of every start, so the table with the revision carries a comment: the
# revision and a digest of the files it came from. The comment travels with a dump; any doubt means "migrate".
IS_CURRENT = """
    select obj_description('alembic_version'::regclass, 'pg_class')
         = (select string_agg(version_num, ',') from alembic_version) || ' ' || $1
"""


@dataclass(frozen=True, slots=True)
class ServiceDatabase:
    """One service's addresses: for migrations, and for its processes."""

    service: str
    owner_url: str
    app_url: str
    sealer_url: str
    has_roles: bool


async def prepare_databases(
    server_url: str,
    *,
    overrides: Mapping[str, str],
    passwords: Mapping[str, str],
    new_passwords: Collection[str],
) -> list[ServiceDatabase]:
    """Creates what is missing and gives each service's addresses. Two may run at once: one waits for the other.

    overrides: service → address of a database that somebody else has made and looks after.
    passwords: role → password; those in `new_passwords` are set on roles that exist already.
    """
    ours = [service for service in SERVICES if service not in overrides]
    given = [ServiceDatabase(service, url, url, url, has_roles=False) for service, url in overrides.items()]
    if not ours:
        return given
    connection = await _connect(server_url)
    try:
        await connection.execute("select pg_advisory_lock($1)", PREPARE_LOCK)
        may_create_roles = await _check_server(connection)
        if may_create_roles:
            await _create_roles(connection, ours, passwords, new_passwords)
        for service in ours:
            await _create_database(connection, service, with_roles=may_create_roles)
    except asyncpg.InsufficientPrivilegeError as error:
        raise LocalError(
            f"The role of ICC_DATABASE_URL may not create databases ({error}): give it CREATEDB, or create icc_referrals, "
            "icc_outcomes and icc_trajectories and set ICC_<SERVICE>_DATABASE_URL for each."
        ) from error
    finally:
        await connection.close()
    return given + [
        _addresses(server_url, service, passwords if may_create_roles else None) for service in ours
    ]


async def _connect(server_url: str) -> "asyncpg.Connection":
    try:
        return await asyncpg.connect(server_url, timeout=CONNECT_SECONDS, command_timeout=60)
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise LocalError("PostgreSQL refuses the role or the password of ICC_DATABASE_URL.") from error
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        host = urlsplit(server_url).hostname
        raise LocalError(
            f"PostgreSQL at {host} (ICC_DATABASE_URL) cannot be reached: {error or 'time-out'}."
        ) from error
    except ValueError as error:
        raise LocalError(
            "ICC_DATABASE_URL is not an address like postgresql://user:password@host:5432/postgres.",
            exit_code=2,
        ) from error


async def _check_server(connection: "asyncpg.Connection") -> bool:
    """Whether the role may create roles; raises LocalError when the server is too old."""
    version = int(await connection.fetchval("show server_version_num"))
    if version < OLDEST_SERVER:
        raise LocalError(f"PostgreSQL {version // 10_000} is too old: the platform needs 14 or newer.")
    return bool(
        await connection.fetchval(
            "select rolsuper or rolcreaterole from pg_roles where rolname = current_user"
        )
    )


async def _create_roles(
    connection: "asyncpg.Connection",
    services: Collection[str],
    passwords: Mapping[str, str],
    new: Collection[str],
) -> None:
    present = {row["rolname"] for row in await connection.fetch("select rolname from pg_roles")}
    for role in (f"icc_{service}_{kind}" for service in services for kind in KINDS):
        if role not in present:
            await connection.execute(f"create role {role} login password '{scram_verifier(passwords[role])}'")
        elif role in new:
            await connection.execute(f"alter role {role} login password '{scram_verifier(passwords[role])}'")
    for service in services:
        await connection.execute(f"grant icc_{service}_owner to current_user")


async def _create_database(connection: "asyncpg.Connection", service: str, *, with_roles: bool) -> None:
    name = f"icc_{service}"
    if not await connection.fetchval("select true from pg_database where datname = $1", name):
        owner = f"owner icc_{service}_owner" if with_roles else ""
        await connection.execute(f"create database {name} {owner} encoding 'UTF8' template template0")
    if with_roles:
        await connection.execute(f"revoke all on database {name} from public")
        await connection.execute(
            f"grant connect on database {name} to icc_{service}_app, icc_{service}_report, icc_{service}_sealer"
        )


def _addresses(server_url: str, service: str, passwords: Mapping[str, str] | None) -> ServiceDatabase:
    """The service's database on the server, for its roles or for the one role there is."""

    def address(kind: str) -> str:
        role = f"icc_{service}_{kind}"
        return database_address(
            server_url, f"icc_{service}", role=role, password=passwords[role] if passwords else None
        )

    return ServiceDatabase(
        service, address("owner"), address("app"), address("sealer"), has_roles=passwords is not None
    )


def migration_environment(databases: Iterable[ServiceDatabase]) -> dict[str, str]:
    """The settings that tell the migrating process (`migrations.py`) about the databases."""
    settings: dict[str, str] = {}
    for database in databases:
        settings[f"ICC_MIGRATE_{database.service.upper()}_URL"] = database.owner_url
        settings[f"ICC_MIGRATE_{database.service.upper()}_ROLES"] = "1" if database.has_roles else ""
    return settings


def database_address(server_url: str, database: str, *, role: str, password: str | None) -> str:
    """A server's address with another database and, given a password, another role; query options are kept."""
    parts = urlsplit(server_url)
    place = parts.netloc.rpartition("@")
    who = place[0] if password is None else f"{role}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{who}@{place[2]}" if who else place[2], path=f"/{database}"))


def scram_verifier(password: str) -> str:
    """What PostgreSQL keeps of a password (RFC 5803), so that no statement, and no server log, holds the password."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(SCRAM_ITERATIONS, *parts)


async def grant_tables(url: str, service: str) -> None:
    """Gives the service's roles what they need in its database and nothing else. Needs the owner's URL.

    Where nobody has made a role for the sealer, the app role seals.
    """
    app, report, sealer = (f"icc_{service}_{kind}" for kind in ("app", "report", "sealer"))
    readable = WITHOUT_PERSONAL_DATA[service]
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock($1)", PREPARE_LOCK)
            present = {row["tablename"] for row in await connection.fetch(TABLES_AND_VIEWS)}
            statements = [
                "revoke all on schema public from public",
                f"grant usage on schema public to {app}, {report}",
                f"revoke all on {EVERYTHING} from {app}, {report}",
                f"grant select, insert, update, delete on {EVERYTHING} to {app}",
                f"grant usage, select on all sequences in schema public to {app}",
                *(f"revoke update, delete on {one} from {app}" for one in sorted(present & APPEND_ONLY)),
                *(f"revoke delete on {one} from {app}" for one in sorted(present & NEVER_DELETED)),
                *(f"revoke update, delete on {one} from {app}" for one in sorted(present & KEPT_BY_SEALER)),
                *(f"revoke insert, update, delete on {one} from {app}" for one in present & KEPT_BY_OWNER),
                *(f"grant select on {one} to {report}" for one in sorted(present & readable)),
            ]
            if await connection.fetchval("select true from pg_roles where rolname = $1", sealer):
                statements += _sealers_grants(sealer, app, present)
            for statement in statements:
                await connection.execute(statement)
    finally:
        await connection.close()


def _sealers_grants(sealer: str, app: str, present: Collection[str]) -> list[str]:
    """The sealer reads the audit, adds seals, and a row of its own when it stops; nobody else adds seals."""
    kept = sorted(KEPT_BY_SEALER.intersection(present))
    return [
        f"grant usage on schema public to {sealer}",
        f"revoke all on {EVERYTHING} from {sealer}",
        *(f"grant select, insert on {one} to {sealer}" for one in (*kept, "audit") if one in present),
        *(f"revoke insert on {one} from {app}" for one in kept),
    ]


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
    digest = hashlib.sha256(b"roles" if has_roles else b"one role")
    for file in (*sorted((ROOT / "migrations" / service).rglob("*.py")), Path(__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest()
