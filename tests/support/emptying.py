"""Bringing a database back to what its migrations made of it, in milliseconds: its rows and counters, not its schema."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from shared.db.engine import Connection

# Deleting is quicker than truncating until many dead rows have to be walked over.
_LARGE_BYTES = 1_000_000
_LOCK_MILLISECONDS = 500

# A test may change the schema too. An event trigger notes that, and such a database is not used again.
_WATCH = """
    create schema harness;
    create table harness.change ();
    create function harness.note() returns event_trigger language plpgsql security definer as
        'begin insert into harness.change default values; end';
    create event trigger harness_note on ddl_command_end execute function harness.note();
"""
_TABLES = """
    select quote_ident(relname) as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname
"""
# Triggers that are always on, as those of the audit, refuse an emptying like every other change.
_GUARDS = """
    select quote_ident(relname) as table, quote_ident(tgname) as trigger
      from pg_trigger join pg_class on pg_class.oid = tgrelid where tgenabled = 'A'
"""
_COUNTERS = """
    select setval(seqrelid, seqstart, false) from pg_sequence where pg_sequence_last_value(seqrelid) is not null
"""
_DISTURBERS = """
    select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Emptying:
    """What one database held when it was made: its tables, the rows of migrations, and the triggers in the way.

    tables: table → its first rows as JSON, None when it had none.   guards: table → its triggers that are always on.
    """

    tables: dict[str, str | None]
    guards: dict[str, list[str]]

    @classmethod
    async def learn(cls, connection: Connection) -> "Emptying":
        """Look at a new database, and watch its schema from now on."""
        tables: dict[str, str | None] = {}
        for row in await connection.fetch(_TABLES):
            tables[row["name"]] = await connection.fetchval(
                f"select jsonb_agg(to_jsonb(t)) from {row['name']} t"  # noqa: S608 -- a name from the catalogue
            )
        guards: dict[str, list[str]] = {}
        for row in await connection.fetch(_GUARDS):
            guards.setdefault(row["table"], []).append(row["trigger"])
        await connection.execute(_WATCH)
        await connection.execute(f"set lock_timeout = {_LOCK_MILLISECONDS}")
        return cls(tables, guards)

    async def empty(self, connection: Connection) -> bool:
        """Put every row back as it was; False when the schema is another one, and the database of no more use."""
        if await connection.fetchval("select exists (select from harness.change)"):
            return False
        try:
            await self._put_back(connection)
        except asyncpg.LockNotAvailableError:
            # A test that failed may have left a transaction open.
            await connection.execute(_DISTURBERS)
            await self._put_back(connection)
        return True

    async def _changed(self, connection: Connection) -> tuple[Sequence[str], Sequence[str]]:
        """The tables with other rows than at first, and the tables that have grown large."""
        other = ", ".join(_if_changed(table, rows) for table, rows in self.tables.items())
        large = ", ".join(
            f"case when pg_relation_size('{table}') > {_LARGE_BYTES} then '{table}' end"
            for table in self.tables
        )
        row: Any = await connection.fetchrow(
            f"select array_remove(array[{other}], null) as changed, array_remove(array[{large}], null) as large"
        )
        return sorted({*row["changed"], *row["large"]}), row["large"]

    async def _put_back(self, connection: Connection) -> None:
        changed, large = await self._changed(connection)
        guarded = [(table, trigger) for table in changed for trigger in self.guards.get(table, [])]
        statements = [
            # Foreign keys and a test's own triggers are off for this transaction.
            "set local session_replication_role = replica",
            *(f"alter table {table} disable trigger {trigger}" for table, trigger in guarded),
            *(
                f"truncate {table} cascade" if table in large else f"delete from {table}"  # noqa: S608 -- as above
                for table in changed
            ),
            *(_first_rows(table, rows) for table in changed if (rows := self.tables[table]) is not None),
            *(f"alter table {table} enable always trigger {trigger}" for table, trigger in guarded),
        ]
        if changed:
            async with connection.transaction():
                await connection.execute("; ".join(statements))
        await connection.execute(_COUNTERS)


def _if_changed(table: str, rows: str | None) -> str:
    """An SQL expression: the table's name when its rows are not the first ones, else null."""
    found = (
        f"exists (select from {table})"
        if rows is None
        else f"(select jsonb_agg(to_jsonb(t)) from {table} t) is distinct from {_quoted(rows)}::jsonb"  # noqa: S608 -- as above
    )
    return f"case when {found} then '{table}' end"


def _first_rows(table: str, rows: str) -> str:
    return (
        f"insert into {table} overriding system value "  # noqa: S608 -- as above
        f"select * from jsonb_populate_recordset(null::{table}, {_quoted(rows)})"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
