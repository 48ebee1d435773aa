"""Promises of day events: one a topic and London day, a month keeps its last day, and a rebuild replays every day."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.ingest.jobs import pull
from shared.facts.cells import Cell, FactPage
from shared.facts.days import by_day, day_begun, record_days
from shared.facts.publishing import Topic, publish_pending, rebuild_facts
from shared.ids import new_id
from shared.months import LONDON, Month
from shared.service.upkeep import day_periodic
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.asking import ask
from tests.trajectories.invented import a_measure, inventing

ITEMS = """
    create table day_item (id uuid primary key, place text, due date, done_on date)
"""
_OVERDUE = text("""
    select place, count(*) filter (where due < :day) as overdue
      from day_item item
     where (done_on is null or done_on > :day)
       and exists (select from fact_event e where e.subject = item.id and e.topic = 'item.made' and e.known_at <= :known_at)
     group by place
""")


async def _made(session: AsyncSession, **_: Any) -> list[Cell]:
    """An item by itself has no figure: its lists have."""
    assert session is not None
    return []


async def _overdue(session: AsyncSession, *, day: date, known_at: datetime) -> list[Cell]:
    rows = await (await session.connection()).execute(_OVERDUE, {"day": day, "known_at": known_at})
    return [
        Cell(
            measure="overdue",
            month=Month.of(day),
            place=row.place,
            source="lists",
            numerator=row.overdue,
            provenance={"source": "lists"},
        )
        for row in rows
    ]


DAILY = by_day("lists.day", _overdue, measures=["overdue"], source="lists")
TOPICS = [Topic("item.made", _made), DAILY]


def london(day: int, hour: int = 0, minute: int = 5, *, month: int = 1) -> datetime:
    """An instant of 2021 by the clock of London."""
    return datetime(2021, month, day, hour, minute, tzinfo=LONDON).astimezone(UTC)


class Lists:
    """An author whose lists are counted once a day."""

    def __init__(self, service: Running) -> None:
        self.service = service

    async def item(self, place: str, *, due: date, known_at: datetime, done_on: date | None = None) -> None:
        """An item that became known in the past."""
        made = new_id()
        await self.service.rows("insert into day_item values ($1, $2, $3, $4)", made, place, due, done_on)
        await self._event("item.made", made, known_at)

    async def day(self, known_at: datetime) -> None:
        """A day event that was published in the past."""
        await self._event("lists.day", new_id(), known_at)

    async def _event(self, topic: str, subject: Any, known_at: datetime) -> None:
        statement = "insert into fact_event (topic, subject, known_at) values ($1, $2, $3)"
        await self.service.rows(statement, topic, subject, known_at)

    async def rebuild(self) -> None:
        """Derive the whole history from the rows."""
        async with self.service.platform.database.transaction() as session:
            await rebuild_facts(session, TOPICS)

    async def history(self) -> list[tuple[Any, ...]]:
        """Every version of every cell."""
        rows = await self.service.rows(
            "select place, month, numerator, known_at, replaced_at from fact_cell order by known_at, place"
        )
        return [tuple(row) for row in rows]

    async def read(self, *, after: int) -> FactPage:
        """A page of the facts, over HTTP."""
        answer = await self.service.client.get(
            "/v1/facts", params={"after": after, "limit": 500}, headers=self.service.token("service")
        )
        return FactPage.model_validate_json(answer.content)


@pytest.fixture
async def lists(outcomes: Running) -> AsyncIterator[Lists]:
    """Items of January and February 2021: one overdue from the 20th on, one from the 31st, one done in February."""
    await outcomes.rows(ITEMS)
    made = Lists(outcomes)
    await made.item("kendal", due=date(2021, 1, 19), known_at=london(4, 12))
    await made.item("kendal", due=date(2021, 1, 30), known_at=london(4, 12), done_on=date(2021, 2, 2))
    await made.item("east", due=date(2021, 1, 10), known_at=london(25, 12), done_on=date(2021, 1, 31))
    for day in (19, 20, 24, 26, 31):
        await made.day(london(day))
    for day in (1, 2):
        await made.day(london(day, month=2))
    await made.rebuild()
    yield made
    await outcomes.rows("drop table day_item")


async def test_a_month_keeps_the_value_of_its_last_day(lists: Lists) -> None:
    standing = [row for row in await lists.history() if row[4] is None and row[2] is not None]
    assert {(row[0], str(row[1])): row[2] for row in standing} == {
        ("kendal", "2021-01-01"): 2,
        ("kendal", "2021-02-01"): 1,
    }


async def test_each_day_says_what_was_so_on_it_and_a_place_without_any_is_withdrawn(lists: Lists) -> None:
    january = [row for row in await lists.history() if str(row[1]) == "2021-01-01"]
    assert [(row[0], row[2], row[3].day) for row in january] == [
        ("kendal", 0, 19),
        ("kendal", 1, 20),
        ("east", 1, 26),
        ("east", None, 31),
        ("kendal", 2, 31),
    ]


async def test_rows_that_were_not_known_yet_do_not_count_on_an_earlier_day(lists: Lists) -> None:
    # East's item was due on the 10th, and nobody knew of it before the 25th.
    assert not [row for row in await lists.history() if row[0] == "east" and row[3] < london(25, 12)]


async def test_a_rebuild_replays_every_day(lists: Lists) -> None:
    before = await lists.history()
    await lists.rebuild()
    assert await lists.history() == before


async def test_answers_for_every_past_day_are_the_same_after_a_rebuild(
    lists: Lists, databases: Databases, tmp_path: Path
) -> None:
    declared = a_measure("overdue", over_months='"latest"')
    instants = [london(day, 12) for day in (18, 19, 20, 26, 31)] + [london(1, 12, month=2)]
    asked = {"measure": "overdue", "community": "morecambe-bay", "from": "2021-01", "to": "2021-02"}
    async with inventing(databases, tmp_path, declared) as report:

        async def answers() -> list[list[Any]]:
            await pull(report.platform, {"outcomes": lists})
            await report.app.state.reporting.version.ask()
            bodies = [await ask(report, **asked, as_at=at.isoformat()) for at in instants]
            return [[point["value"] for point in body["series"][0]["points"]] for body in bodies]

        before = await answers()
        assert before == [[None, None], [0, None], [1, None], [2, None], [2, None], [2, 2]]
        await lists.rebuild()
        assert await answers() == before
        quarter = await ask(report, **{**asked, "to": "2021-03"}, grain="quarter")
        assert quarter["series"][0]["points"][0]["value"] == 1


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2021, 1, 5, 0, 4, 59, tzinfo=UTC), None),
        (datetime(2021, 1, 5, 0, 5, tzinfo=UTC), date(2021, 1, 5)),
        (datetime(2021, 1, 5, 23, 59, tzinfo=UTC), date(2021, 1, 5)),
        # In summer London is an hour ahead.
        (datetime(2021, 7, 5, 23, 4, tzinfo=UTC), None),
        (datetime(2021, 7, 5, 23, 5, tzinfo=UTC), date(2021, 7, 6)),
        # The day after the clocks went forward, and the day on which they go back.
        (datetime(2021, 3, 28, 23, 5, tzinfo=UTC), date(2021, 3, 29)),
        (datetime(2021, 10, 30, 23, 5, tzinfo=UTC), date(2021, 10, 31)),
    ],
)
def test_a_day_begins_at_five_past_midnight_in_london(now: datetime, day: date | None) -> None:
    assert day_begun(now) == day


async def _recorded(service: Running) -> list[str]:
    rows = await service.rows("select day from fact_day where topic = 'lists.day' order by day")
    return [str(row["day"]) for row in rows]


async def test_the_worker_records_a_day_once_and_after_a_down_time_only_todays(outcomes: Running) -> None:
    periodic = day_periodic(TOPICS)
    for now in (
        london(5, 0, 4),
        london(5, 0, 5),
        london(5, 0, 6),
        london(5, 23, 59),
        london(6, 0, 4),
        london(9, 14, 0),
    ):
        await periodic.run(replace(outcomes.platform, clock=lambda now=now: now))
    assert await _recorded(outcomes) == ["2021-01-05", "2021-01-09"]
    events = await outcomes.rows("select topic from fact_event where known_at is null")
    assert [row["topic"] for row in events] == ["lists.day", "lists.day"]


async def test_workers_that_record_a_day_at_once_record_one(outcomes: Running) -> None:
    async def record() -> int:
        async with outcomes.platform.database.transaction() as session:
            return await record_days(session, TOPICS, now=london(5))

    assert sorted(await asyncio.gather(*(record() for _ in range(5)))) == [0, 0, 0, 0, 1]


async def _passed(service: Running) -> None:
    """What happened so far is three minutes ago."""
    await service.rows("update fact_event set known_at = coalesce(known_at, now()) - interval '3 minutes'")


async def test_the_first_day_of_a_system_is_recorded_again_after_facts_and_no_later_day_is(
    outcomes: Running,
) -> None:
    async def record(day: int) -> int:
        async with outcomes.platform.database.transaction() as session:
            return await record_days(session, TOPICS, now=london(day, 9))

    async def facts_come() -> None:
        await outcomes.rows(
            "insert into fact_event (topic, subject, known_at) values ('item.made', $1, now())", new_id()
        )

    assert await record(5) == 1
    await _passed(outcomes)
    assert await record(5) == 0
    await facts_come()
    assert sorted(await asyncio.gather(*(record(5) for _ in range(4)))) == [0, 0, 0, 1]
    await facts_come()
    assert await record(5) == 0
    assert await _recorded(outcomes) == ["2021-01-05"]
    assert await record(6) == 1
    await _passed(outcomes)
    await facts_come()
    assert await record(6) == 0


async def test_without_daily_topics_no_day_is_recorded(outcomes: Running) -> None:
    await day_periodic(TOPICS[:1]).run(replace(outcomes.platform, clock=lambda: london(5)))
    assert await outcomes.rows("select from fact_day") == []


async def test_a_recorded_day_is_published_for_the_day_it_became_known(outcomes: Running) -> None:
    await outcomes.rows(ITEMS)
    lists = Lists(outcomes)
    await lists.item("kendal", due=date(2021, 1, 19), known_at=london(4, 12))
    async with outcomes.platform.database.transaction() as session:
        await record_days(session, TOPICS, now=datetime.now(UTC).replace(hour=12))
        assert await publish_pending(session, TOPICS) == 1
    await outcomes.rows("drop table day_item")
    ((place, month, numerator, known_at, _),) = await lists.history()
    assert (place, numerator, month) == ("kendal", 1, Month.of(known_at).first_day)
