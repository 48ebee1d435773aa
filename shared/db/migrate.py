"""Migrations: each service has its own Alembic history under `migrations/<service>`, run under an advisory lock."""

import asyncio
import io
from collections.abc import Sequence
from typing import Any

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, pool, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from shared.db.revisions import MIGRATIONS
from shared.db.tables import Xid8

_LOCK = 7_215_304_821  # any number, the same for every migrating process


def _config(service: str, url: str | None = None) -> Config:
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(MIGRATIONS / service))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def migrate(service: str, url: str, *, revision: str = "head") -> None:
    """Bring one service's database to `revision` (the newest by default; an older one downgrades).

    Two processes may start at once: the second waits for the first's lock and then finds nothing to do.
    """
    config = _config(service, url)
    if revision in {"head", "heads"}:
        command.upgrade(config, revision)
    else:
        command.downgrade(config, revision)


def revise(service: str, url: str, *, message: str, revision: str) -> None:
    """Write a new revision file from the difference between the tables in code and the database."""
    command.revision(_config(service, url), message=message, autogenerate=True, rev_id=revision)


def run(metadata: Sequence[MetaData]) -> None:
    """What a service's `env.py` calls: run the migrations Alembic asked for against the configured address."""
    asyncio.run(_connect_and_run(context.config.attributes["url"], metadata))


async def _connect_and_run(url: str, metadata: Sequence[MetaData]) -> None:
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        poolclass=pool.NullPool,
        connect_args={"server_settings": {"lock_timeout": "30000"}},
    )
    async with engine.connect() as connection:
        await connection.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
        await connection.commit()
        await connection.run_sync(_run, metadata)
        await connection.commit()
    await engine.dispose()


def _run(connection: Connection, metadata: Sequence[MetaData]) -> None:
    _teach_reflection()
    context.configure(connection=connection, target_metadata=list(metadata), compare_server_default=True)
    with context.begin_transaction():
        context.run_migrations()


async def differences(url: str, metadata: Sequence[MetaData]) -> list[Any]:
    """What the tables in code have that the database does not, or the other way round; empty when they agree."""
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        found = await connection.run_sync(_compare, metadata)
    await engine.dispose()
    return found


def _compare(connection: Connection, metadata: Sequence[MetaData]) -> list[Any]:
    _teach_reflection()
    migration = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(migration, list(metadata)))  # type: ignore[arg-type]


def _teach_reflection() -> None:
    """SQLAlchemy does not know PostgreSQL's 64-bit transaction ids when it reads a schema back."""
    ischema_names.setdefault("xid8", Xid8)
