"""What the roles of a service's database may do with its tables; run by the owner after every migration."""

from collections.abc import Mapping, Sequence

import asyncpg

from shared.local.databases import PREPARE_LOCK

APPEND_ONLY = ("audit", "audit_seal")
_OF_AUTHORS = ("fact_cell", "fact_epoch", "fact_event", "work")
WITHOUT_PERSONAL_DATA: Mapping[str, Sequence[str]] = {
    "referrals": _OF_AUTHORS,
    "outcomes": (*_OF_AUTHORS, "feed_coverage", "feed_figure"),
    "trajectories": ("fact", "fact_subscription", "read_version", "serving_fact", "work"),
}
"""What the report role may read: service → tables and views. The rest, a new table too, is closed: the audit names
staff and addresses, a file is as a council sent it.
"""


async def grant_tables(url: str, service: str) -> None:
    """Gives the service's app and report roles what they need in its database and nothing else. Needs the owner's URL."""
    app, report = f"icc_{service}_app", f"icc_{service}_report"
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock($1)", PREPARE_LOCK)
            present = {row["tablename"] for row in await connection.fetch(TABLES)}
            for statement in statements(service, frozenset(present), app=app, report=report):
                await connection.execute(statement)
    finally:
        await connection.close()


TABLES = """
    select tablename from pg_tables where schemaname = 'public'
    union select viewname from pg_views where schemaname = 'public'
"""


def statements(service: str, present: frozenset[str], *, app: str, report: str) -> list[str]:
    """The grants, in order, for the tables that are there."""
    everything = "all tables in schema public"
    append_only = sorted(present.intersection(APPEND_ONLY))
    readable = sorted(present.intersection(WITHOUT_PERSONAL_DATA[service]))
    return [
        "revoke all on schema public from public",
        f"grant usage on schema public to {app}, {report}",
        f"revoke all on {everything} from {app}, {report}",
        f"grant select, insert, update, delete on {everything} to {app}",
        f"grant usage, select on all sequences in schema public to {app}",
        *(f"revoke update, delete on {table} from {app}" for table in append_only),
        *(
            f"revoke insert, update, delete on {table} from {app}"
            for table in ("alembic_version",)
            if table in present
        ),
        *(f"grant select on {table} to {report}" for table in readable),
    ]
