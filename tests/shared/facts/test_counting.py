"""Promises of counting: the cost of an event is its own, what is added up is counted again, and a rebuild gives the same."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import Field

from shared.db.engine import Database
from shared.db.tables import PlatformTable
from shared.facts.counting import PLACES_A_CHECK, Tally, counted
from shared.facts.publishing import (
    FIRST_PLACE,
    Checked,
    Topic,
    check_counts,
    publish_pending,
    rebuild_facts,
    record_fact_event,
)
from shared.ids import new_id
from tests.support.databases import Databases

JUNE = date(2026, 6, 1)


class Visit(PlatformTable, table=True):
    """A row that is counted."""

    __tablename__ = "counted_visit"

    id: UUID = Field(primary_key=True)
    counted_place: str
    counted_month: date
    on_time: bool
    age: str | None
    sex: str | None


PlatformTable.metadata.remove(PlatformTable.metadata.tables["counted_visit"])  # no service has it
TOPIC = counted(
    "visit.made",
    Tally("visits"),
    Tally("visits-on-time", of="own.on_time", among="true"),
    table=Visit,
    source="test",
)
TOPICS = [TOPIC]
BY = {"age": "own.age", "sex": "own.sex"}
DESCRIBED = [
    counted(
        "visit.made",
        Tally("visits"),
        Tally("visits-on-time", of="own.on_time", among="true"),
        table=Visit,
        source="test",
        by=BY,
    )
]


@pytest.fixture
async def author(databases: Databases) -> AsyncIterator[Any]:
    """An author's database with the table."""
    made = (
        "create table counted_visit (id uuid primary key, counted_place text, counted_month date, on_time boolean,"
        " age text, sex text)"
    )
    async with databases.lend("outcomes", made) as url:
        database = Database(url, application_name="test")
        yield database
        await database.close()


async def visit(
    author: Database,
    *,
    place: str = "kendal",
    month: date = JUNE,
    on_time: bool = True,
    age: str | None = None,
    sex: str | None = None,
    again: UUID | None = None,
) -> UUID:
    """A visit and its event; `again`: another event of a visit that was made."""
    subject = again or new_id()
    async with author.transaction() as session:
        if again is None:
            given = {
                "id": subject,
                "place": place,
                "month": month,
                "on_time": on_time,
                "age": age,
                "sex": sex,
            }
            await (await session.connection()).execute(
                text("insert into counted_visit values (:id, :place, :month, :on_time, :age, :sex)"), given
            )
        await record_fact_event(session, topic="visit.made", subject=subject)
    return subject


async def publish(author: Database, topics: Sequence[Topic] = TOPICS) -> None:
    async with author.transaction() as session:
        await publish_pending(session, topics)


async def publish_and_die(author: Database) -> None:
    async with author.transaction() as session:
        await publish_pending(session, TOPICS)
        raise RuntimeError("killed")


async def standing(author: Database) -> dict[tuple[str, str], tuple[int | None, int | None]]:
    """(measure, place) → numerator and denominator of June."""
    async with author.transaction() as session:
        rows = await (await session.connection()).execute(
            text("select measure, place, numerator, denominator from fact_cell where replaced_at is null")
        )
        return {(row[0], row[1]): (row[2], row[3]) for row in rows}


async def lines(author: Database, measure: str = "visits") -> dict[str, tuple[int | None, int | None]]:
    """Line → numerator and denominator of a measure in Kendal."""
    async with author.transaction() as session:
        rows = await (await session.connection()).execute(
            text(
                "select breakdown_key, numerator, denominator from fact_cell"
                " where replaced_at is null and numerator is not null and measure = :measure and place = 'kendal'"
            ),
            {"measure": measure},
        )
        return {row[0]: (row[1], row[2]) for row in rows}


async def history(author: Database) -> list[tuple[Any, ...]]:
    """Every version of every cell."""
    async with author.transaction() as session:
        rows = await (await session.connection()).execute(
            text(
                "select measure, place, month, numerator, denominator, known_at, replaced_at, breakdown_key"
                "  from fact_cell order by seq"
            )
        )
        return [tuple(row) for row in rows]


async def test_rows_are_counted_where_they_belong_round_after_round(author: Database) -> None:
    for on_time in (True, False, True):
        await visit(author, on_time=on_time)
        await publish(author)
    await visit(author, place="barrow", on_time=False)
    await publish(author)
    assert await standing(author) == {
        ("visits", "kendal"): (3, None),
        ("visits-on-time", "kendal"): (2, 3),
        ("visits", "barrow"): (1, None),
        ("visits-on-time", "barrow"): (0, 1),
    }


async def test_a_row_counts_once_however_many_events_it_has(author: Database) -> None:
    first = await visit(author)
    await visit(author, again=first)
    await publish(author)
    await visit(author, again=first)
    await visit(author)
    await publish(author)
    assert (await standing(author))["visits", "kendal"] == (2, None)


async def test_a_round_reads_no_row_of_its_cells_but_the_new_ones(author: Database) -> None:
    await visit(author)
    await publish(author)
    # The rows behind what stands are out of sight: a round that counted them again would miss them.
    async with author.transaction() as session:
        await (await session.connection()).execute(
            text("update counted_visit set counted_place = 'elsewhere'")
        )
    await visit(author)
    await publish(author)
    assert (await standing(author))["visits", "kendal"] == (2, None)


async def test_a_rebuild_gives_the_same_versions(author: Database) -> None:
    for on_time in (True, False, False, True):
        await visit(author, on_time=on_time)
        await visit(author, place="barrow", on_time=on_time)
        await publish(author)
    before = await history(author)
    async with author.transaction() as session:
        await rebuild_facts(session, TOPICS)
    assert await history(author) == before


async def test_a_measure_that_is_new_begins_with_every_row(author: Database) -> None:
    old = [counted("visit.made", Tally("visits"), table=Visit, source="test")]
    for _ in range(3):
        await visit(author)
        async with author.transaction() as session:
            await publish_pending(session, old)
    await visit(author, on_time=False)
    await publish(author)
    assert await standing(author) == {
        ("visits", "kendal"): (4, None),
        ("visits-on-time", "kendal"): (3, 4),
    }


async def test_a_count_that_stands_wrongly_is_found_and_published_anew(author: Database) -> None:
    for _ in range(2):
        await visit(author)
        await publish(author)
    async with author.transaction() as session:
        assert await check_counts(session, TOPIC, after=FIRST_PLACE) == Checked(0, None)
        await (await session.connection()).execute(
            text("update fact_cell set numerator = 7 where measure = 'visits' and replaced_at is null")
        )
    async with author.transaction() as session:
        assert await check_counts(session, TOPIC, after=FIRST_PLACE) == Checked(1, None)
    assert (await standing(author))["visits", "kendal"] == (2, None)
    versions = [row for row in await history(author) if row[0] == "visits"]
    moments: list[datetime] = [row[5] for row in versions]
    assert moments == sorted(set(moments))


async def test_a_round_after_a_correction_comes_after_it(author: Database) -> None:
    await visit(author)
    await publish(author)
    async with author.transaction() as session:
        await (await session.connection()).execute(
            text("update fact_cell set numerator = 7 where measure = 'visits'")
        )
        await check_counts(session, TOPIC, after=FIRST_PLACE)
    await visit(author)
    await publish(author)
    before = await history(author)
    assert [row[3] for row in before if row[0] == "visits"] == [7, 1, 2]
    async with author.transaction() as session:
        await rebuild_facts(session, TOPICS)
    assert [row[3] for row in await history(author) if row[0] == "visits"] == [1, 2]


async def test_a_check_goes_on_where_it_stopped(author: Database) -> None:
    for number in range(PLACES_A_CHECK + 1):
        await visit(author, place=f"place-{number:02}")
    await publish(author)
    async with author.transaction() as session:
        first = await check_counts(session, TOPIC, after=FIRST_PLACE)
        assert first == Checked(0, (JUNE, f"place-{PLACES_A_CHECK - 1:02}"))
        assert first.next is not None
        assert await check_counts(session, TOPIC, after=first.next) == Checked(0, None)


async def test_a_round_that_is_rolled_back_counts_nothing(author: Database) -> None:
    await visit(author)
    with pytest.raises(RuntimeError, match="killed"):
        await publish_and_die(author)
    assert await standing(author) == {}
    await publish(author)
    assert (await standing(author))["visits", "kendal"] == (1, None)


async def test_two_publishers_at_once_count_each_row_once(author: Database) -> None:
    for _ in range(5):
        await visit(author)
    await asyncio.gather(*(publish(author) for _ in range(4)))
    assert (await standing(author))["visits", "kendal"] == (5, None)


async def test_an_event_that_commits_late_is_counted_later(author: Database) -> None:
    async with author.transaction() as late:
        subject = new_id()
        given = {"id": subject, "place": "kendal", "month": JUNE, "on_time": True}
        await (await late.connection()).execute(
            text(
                "insert into counted_visit (id, counted_place, counted_month, on_time) values (:id, :place, :month, :on_time)"
            ),
            given,
        )
        await record_fact_event(late, topic="visit.made", subject=subject)
        await visit(author)
        await publish(author)
        assert (await standing(author))["visits", "kendal"] == (1, None)
    await publish(author)
    assert (await standing(author))["visits", "kendal"] == (2, None)


async def test_events_of_an_unknown_topic_wait_and_hold_up_nothing(author: Database) -> None:
    async with author.transaction() as session:
        await record_fact_event(session, topic="of.a-later-release", subject=new_id())
    await visit(author)
    await publish(author)
    assert (await standing(author))["visits", "kendal"] == (1, None)
    async with author.transaction() as session:
        waiting = await (await session.connection()).execute(
            text("select topic from fact_event where known_at is null")
        )
        assert waiting.scalars().all() == ["of.a-later-release"]


async def described(author: Database) -> None:
    """Four visits in three rounds, by age and sex as far as they are known."""
    await visit(author, age="75-84", sex="female")
    await publish(author, DESCRIBED)
    await visit(author, age="75-84", sex="male", on_time=False)
    await visit(author, age="0-4", on_time=False)
    await publish(author, DESCRIBED)
    await visit(author, sex="female")
    await publish(author, DESCRIBED)


async def test_a_row_counts_in_one_line_of_each_breakdown_and_the_unknown_are_a_line(
    author: Database,
) -> None:
    await described(author)
    assert await lines(author) == {
        "age=0-4": (1, None),
        "age=75-84": (2, None),
        "age=unknown": (1, None),
        "sex=female": (2, None),
        "sex=male": (1, None),
        "sex=unknown": (1, None),
    }
    assert (await lines(author, "visits-on-time"))["age=75-84"] == (1, 2)


async def test_every_breakdown_adds_up_to_all_rows(author: Database) -> None:
    await described(author)
    sums = {
        name: sum(
            count or 0 for line, (count, _) in (await lines(author)).items() if line.startswith(f"{name}=")
        )
        for name in BY
    }
    assert sums == {"age": 4, "sex": 4}


async def test_a_rebuild_of_breakdowns_gives_the_same_versions(author: Database) -> None:
    await described(author)
    before = await history(author)
    async with author.transaction() as session:
        await rebuild_facts(session, DESCRIBED)
    assert await history(author) == before


async def test_a_count_from_before_there_were_breakdowns_is_withdrawn_with_the_first(
    author: Database,
) -> None:
    await visit(author, age="75-84", sex="female")
    await publish(author)
    assert await lines(author) == {"": (1, None)}
    await visit(author, age="75-84", sex="male")
    await publish(author, DESCRIBED)
    assert await lines(author) == {"age=75-84": (2, None), "sex=female": (1, None), "sex=male": (1, None)}


async def test_the_check_divides_what_was_counted_before_there_were_breakdowns_and_calls_it_no_fault(
    author: Database,
) -> None:
    await visit(author, age="75-84", sex="female")
    await visit(author)
    await publish(author)
    async with author.transaction() as session:
        assert await check_counts(session, DESCRIBED[0], after=FIRST_PLACE) == Checked(0, None)
    divided = {
        "age=75-84": (1, None),
        "age=unknown": (1, None),
        "sex=female": (1, None),
        "sex=unknown": (1, None),
    }
    assert await lines(author) == divided
    async with author.transaction() as session:
        assert await check_counts(session, DESCRIBED[0], after=FIRST_PLACE) == Checked(0, None)
    assert await lines(author) == divided


async def test_a_line_that_stands_wrongly_is_found(author: Database) -> None:
    await described(author)
    async with author.transaction() as session:
        assert await check_counts(session, DESCRIBED[0], after=FIRST_PLACE) == Checked(0, None)
        await (await session.connection()).execute(
            text(
                "update fact_cell set numerator = 7"
                " where measure = 'visits' and breakdown_key = 'sex=male' and replaced_at is null"
            )
        )
    async with author.transaction() as session:
        assert await check_counts(session, DESCRIBED[0], after=FIRST_PLACE) == Checked(1, None)
    assert (await lines(author))["sex=male"] == (1, None)
