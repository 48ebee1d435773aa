"""Promises of the facts feed: derived from rows, in commit order, the past kept, and the same after a rebuild."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.engine import Database
from shared.facts.cells import Cell
from shared.facts.publishing import CELLS_PER_DELETE, Topic, publish_pending, rebuild_facts, record_fact_event
from shared.ids import new_id
from shared.months import Month
from shared.service.routes.facts import facts_after
from tests.support.databases import Databases

_TALLY = text("""
    select month, count(*) from visit join fact_event on fact_event.subject = visit.id
     where fact_event.known_at <= :known_at and month in (select month from visit where id = any(:subjects))
     group by month
""")


async def _derive(session: AsyncSession, *, subjects: Sequence[UUID], known_at: datetime) -> list[Cell]:
    rows = await (await session.connection()).execute(
        _TALLY, {"subjects": list(subjects), "known_at": known_at}
    )
    return [
        Cell(measure="visits", month=Month.parse(month), place="kendal", source="test", numerator=count)
        for month, count in rows
    ]


TOPICS = [Topic("visit.made", _derive)]

_COUNTED_DELETES = (
    "create table thrown (cells bigint)",
    """
    create function count_thrown() returns trigger language plpgsql as $$
    begin insert into thrown select count(*) from gone; return null; end $$
    """,
    """
    create trigger counted after delete on fact_cell referencing old table as gone
    for each statement execute function count_thrown()
    """,
)
_MANY_CELLS = text("""
    insert into fact_cell (measure, month, place, breakdowns, breakdown_key, source, numerator, provenance, known_at)
    select 'visits', '2020-01-01', 'kendal', '{}', number::text, 'test', 1, '{}', now()
      from generate_series(1, :cells) number
""")


@pytest.fixture
async def author(databases: Databases) -> AsyncIterator[Any]:
    """An author's database with one table of its own."""
    async with databases.lend("outcomes", "create table visit (id uuid primary key, month text)") as url:
        database = Database(url, application_name="test")
        yield database
        await database.close()


async def _visit(session: AsyncSession, month: str = "2020-01") -> None:
    subject = new_id()
    await (await session.connection()).execute(
        text("insert into visit values (:id, :month)"), {"id": subject, "month": month}
    )
    await record_fact_event(session, topic="visit.made", subject=subject)


async def _visits(author: Database, *months: str) -> None:
    async with author.transaction() as session:
        for month in months:
            await _visit(session, month)


async def _publish(author: Database) -> int:
    async with author.transaction() as session:
        return await publish_pending(session, TOPICS)


async def _versions(author: Database, *, after: int = 0) -> list[dict[str, Any]]:
    async with author.transaction() as session:
        versions: list[dict[str, Any]] = (await facts_after(session, after=after, limit=1000))["items"]
        return versions


async def _epoch(session: AsyncSession) -> UUID:
    epoch: UUID = (
        await (await session.connection()).execute(text("select epoch from fact_epoch"))
    ).scalar_one()
    return epoch


async def _known(author: Database) -> list[tuple[Any, ...]]:
    async with author.transaction() as session:
        rows = await (await session.connection()).execute(
            text("select measure, month, place, numerator, known_at, replaced_at from fact_cell order by seq")
        )
        return [tuple(row) for row in rows]


async def test_many_events_become_one_version_a_cell(author: Database) -> None:
    await _visits(author, "2020-01", "2020-01", "2020-02")
    assert await _publish(author) == 3
    assert [(cell["month"], cell["numerator"]) for cell in await _versions(author)] == [
        ("2020-01", 2),
        ("2020-02", 1),
    ]
    assert await _publish(author) == 0


async def test_a_new_figure_replaces_the_old_one_and_keeps_it(author: Database) -> None:
    await _visits(author, "2020-01")
    await _publish(author)
    await _visits(author, "2020-01")
    await _publish(author)
    old, new = await _known(author)
    assert (old[3], new[3]) == (1, 2)
    assert old[5] == new[4] > old[4]
    assert new[5] is None


async def test_a_withdrawn_cell_is_said_once_and_never_for_a_cell_nobody_knew(author: Database) -> None:
    async def withdraw(_: AsyncSession, **__: Any) -> list[Cell]:
        return [
            Cell(measure="visits", month=Month.parse(month), place="kendal", source="test", numerator=None)
            for month in ("2020-01", "2020-02")
        ]

    await _visits(author, "2020-01")
    await _publish(author)
    for _ in range(2):
        async with author.transaction() as session:
            await record_fact_event(session, topic="visit.withdrawn", subject=new_id())
            await publish_pending(session, [Topic("visit.withdrawn", withdraw)])
    assert [(cell["month"], cell["numerator"]) for cell in await _versions(author)] == [
        ("2020-01", 1),
        ("2020-01", None),
    ]


async def test_an_event_that_commits_late_is_not_stepped_over(author: Database) -> None:
    async with author.transaction() as late:
        await _visit(late)
        await _visits(author, "2020-01")
        await _publish(author)
        cursor = (await _versions(author))[-1]["seq"]
    await _publish(author)
    assert [cell["numerator"] for cell in await _versions(author, after=cursor)] == [2]


async def test_publishers_at_once_lose_nothing_and_count_nothing_twice(author: Database) -> None:
    async def visit_and_publish() -> None:
        await _visits(author, "2020-01")
        await _publish(author)

    await asyncio.gather(*(visit_and_publish() for _ in range(24)))
    await _publish(author)
    versions = await _versions(author)
    assert versions[-1]["numerator"] == 24
    moments = [cell["known_at"] for cell in versions]
    assert moments == sorted(set(moments))


async def test_a_rebuild_gives_the_same_history_under_a_new_epoch(author: Database) -> None:
    for month in ("2020-01", "2020-02", "2020-01", "2020-03", "2020-01"):
        await _visits(author, month)
        await _publish(author)
    before = await _known(author)
    async with author.transaction() as session:
        epoch = await _epoch(session)
        await rebuild_facts(session, TOPICS)
    async with author.transaction() as session:
        assert await _epoch(session) != epoch
    assert await _known(author) == before


async def test_who_will_not_wait_publishes_nothing_while_another_does_and_loses_nothing(
    author: Database,
) -> None:
    async with author.transaction() as rebuilding:
        await rebuild_facts(rebuilding, TOPICS)
        async with author.transaction() as session:
            await _visit(session)
            assert await publish_pending(session, TOPICS, wait=False) == 0
    assert await _versions(author) == []
    async with author.transaction() as session:
        assert await publish_pending(session, TOPICS, wait=False) == 1
    assert [cell["numerator"] for cell in await _versions(author)] == [1]


async def test_no_statement_of_a_rebuild_throws_away_more_cells_than_its_time_allows(
    author: Database,
) -> None:
    cells = 2 * CELLS_PER_DELETE + 1
    async with author.transaction() as session:
        connection = await session.connection()
        for statement in _COUNTED_DELETES:
            await connection.execute(text(statement))
        await connection.execute(_MANY_CELLS, {"cells": cells})
        await rebuild_facts(session, TOPICS)
        thrown = (await connection.execute(text("select cells from thrown"))).scalars().all()
        left = (await connection.execute(text("select count(*) from fact_cell"))).scalar_one()
    assert (sum(thrown), left) == (cells, 0)
    assert max(thrown) <= CELLS_PER_DELETE
