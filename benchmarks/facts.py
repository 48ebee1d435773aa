"""`python -m benchmarks.facts`: what an event costs that is counted in a cell of 100, 10,000 and 100,000 rows.

Each size is one practice's June with so many referrals behind it. Then come rounds of new referrals, published as the worker
does. The limit beside it is the insert of the same events by themselves.
"""

import asyncio
import statistics
import sys
import time
from datetime import UTC, datetime

from sqlalchemy import TextClause, text
from sqlmodel.ext.asyncio.session import AsyncSession

from benchmarks.servers import ROOT
from services.referrals.facts import TOPICS
from services.referrals.intake.statement import RECEIVED_TOPIC
from shared.db.alembic import migrate
from shared.db.engine import Database
from shared.facts.publishing import FIRST_PLACE, check_counts, publish_pending
from shared.ids import new_id
from shared.local.temporary import temporary_servers

SIZES = (100, 10_000, 100_000)
ROUNDS, EVENTS = 40, 25

_REFERRALS = text("""
    insert into referral (id, icc, team, pathway, priority, identity, sent_by, requester_kind, requester_code, legal_basis,
        referred_at, received_at, triage_by, start_by, counted_month, counted_place, nhs_number, nhs_number_index, person)
    select id, 'kendal', 'kendal-icc', 'case-management', 'routine', 'nhs-number', 'A82026', 'ods', 'A82026', 'direct-care',
           now(), now(), now(), now(), '2026-06-01', :place, '\\x00', '\\x00', '\\x00'
      from unnest(cast(:ids as uuid[])) id
""")
_EVENTS = text(
    "insert into fact_event (topic, subject) select :topic, id from unnest(cast(:ids as uuid[])) id"
)
_KNOWN = text("""
    insert into fact_event (topic, subject, known_at)
    select :topic, id, now() from unnest(cast(:ids as uuid[])) id
""")


def main() -> None:
    """Print the table."""
    sys.path.insert(0, str(ROOT))
    with temporary_servers() as servers:
        url = servers.database_url
        migrate("referrals", url)
        lines = asyncio.run(_measure(url))
    sys.stdout.write("\n".join(lines) + "\n")


async def _measure(url: str) -> list[str]:
    lines = [
        "| rows in the cell | an event, ms | insert of the event alone, ms | counting all of it again, ms |",
        "| --- | --- | --- | --- |",
    ]
    database = Database(url, application_name="benchmark")
    for size in SIZES:
        place = f"place-{size}"
        async with database.transaction() as session:
            await _refer(session, place, size, _KNOWN)
            await _refer(session, place, 1, _EVENTS)
        await _publish(database)
        inserted, published = [], []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            async with database.transaction() as session:
                await _refer(session, place, EVENTS, _EVENTS)
            inserted.append(time.perf_counter() - began)
            began = time.perf_counter()
            await _publish(database)
            published.append(time.perf_counter() - began)
        began = time.perf_counter()
        async with database.transaction() as session:
            checked = await check_counts(session, TOPICS[0], after=FIRST_PLACE)
        took = time.perf_counter() - began
        if checked.wrong:
            raise SystemExit(f"{checked.wrong} cells stand wrongly")
        event, alone = (1000 * statistics.median(times) / EVENTS for times in (published, inserted))
        lines.append(f"| {size:,} | {event:.3f} | {alone:.3f} | {1000 * took:.0f} |")
    await database.close()
    return [*lines, "", f"{ROUNDS} rounds of {EVENTS} events, medians. {datetime.now(UTC):%Y-%m-%d}."]


async def _refer(session: AsyncSession, place: str, how_many: int, events: TextClause) -> None:
    ids = [new_id() for _ in range(how_many)]
    connection = await session.connection()
    await connection.execute(_REFERRALS, {"ids": ids, "place": place})
    await connection.execute(events, {"ids": ids, "topic": RECEIVED_TOPIC})


async def _publish(database: Database) -> None:
    async with database.transaction() as session:
        while await publish_pending(session, TOPICS):
            pass


if __name__ == "__main__":
    main()
