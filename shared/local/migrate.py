"""`icc migrate`: makes and migrates the services' databases, on our PostgreSQL or another."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from shared.addresses import POSTGRES_OFFSET
from shared.local.databases import ServiceDatabase, is_current, prepare_databases
from shared.local.directory import holder, kept_passwords, opened
from shared.local.ports import hold
from shared.local.postgres import (
    START_PATIENCE,
    Postgres,
    forget_other_process,
    is_accepting,
    make_cluster,
    postgres_binaries,
    postgres_program,
)
from shared.local.stack import (
    PASSWORDS,
    SERVER_TIER,
    StackOptions,
    embedded_postgres,
    leave_others_postgres,
    migration_program,
)
from shared.local.supervisor import Supervisor, Unit

Say = Callable[[str], None]


def migrate_databases(options: StackOptions, say: Say) -> None:
    """Migrates on the server that is set, on the one of a running `icc up`, or on the embedded one, started for it."""
    leave_others_postgres(options)
    if holder(options.directory) is not None:
        asyncio.run(_migrate(options, say, running=True))
        return
    with opened(options.directory) as broken_off, ExitStack() as held:
        if options.needs_postgres and not broken_off:  # else orphans of the last run may hold it for a moment
            held.enter_context(hold(options.port + POSTGRES_OFFSET, purpose="PostgreSQL"))
        asyncio.run(_migrate(options, say, running=False))


async def _migrate(options: StackOptions, say: Say, *, running: bool) -> None:
    supervisor = Supervisor(say)
    passwords, new = kept_passwords(options.directory, PASSWORDS)
    try:
        server_url = options.external_database or ""
        if options.needs_postgres:
            server = embedded_postgres(options, passwords)
            if not running:
                await start_postgres(supervisor, server, options)
            server_url = server.url()
        databases = await prepare_databases(
            server_url, overrides=options.database_overrides, passwords=passwords, new_passwords=new
        )
        await bring_up_to_date(supervisor, databases, options)
    finally:
        await supervisor.stop()
    say("migrated")


async def bring_up_to_date(
    supervisor: Supervisor, databases: Sequence[ServiceDatabase], options: StackOptions
) -> None:
    """Migrates the databases that do not have the newest tables yet."""
    behind = [database for database in databases if not await is_current(database)]
    if behind:
        await supervisor.run_once(migration_program(options, behind))


async def start_postgres(supervisor: Supervisor, server: Postgres, options: StackOptions) -> None:
    """Makes the cluster at first need and starts it; tried again while orphans of a killed one still hold it."""
    binaries = postgres_binaries(options.environment)
    make_cluster(server, binaries)
    forget_other_process(server)

    async def ready(pid: int) -> bool:
        return is_accepting(server, pid)

    program = postgres_program(server, binaries)
    await supervisor.start(
        Unit(program, tier=SERVER_TIER, ready=ready, patience=START_PATIENCE, may_fail_first=True)
    )
