"""Promises of the facts that trajectories writes itself: in force with their transaction, kept, and derived again alike."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from asyncpg import UniqueViolationError

from services.trajectories.ingest import authoring
from services.trajectories.ingest.authoring import author_facts
from shared.facts.cells import Cell
from shared.months import Month
from shared.service.platform import utc_now
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.asking import ask, values
from tests.trajectories.invented import a_measure, inventing
from tests.trajectories.quarter import a_cell, publish

ASKED: dict[str, Any] = {"measure": "spells", "from": "2021-01", "to": "2021-03", "community": "kendal"}
VERSIONS = """
    select measure, month, place, breakdown_key, source, numerator, denominator, known_at, replaced_at, seq, provenance
      from serving_fact where author = 'trajectories' order by seq
"""
GROUPED = """
    select measure, month, breakdown_key, source, provenance, known_at, place, numerator, denominator
      from fact_group join fact_subscription using (author), unnest(places, numerators, denominators) as cell (place, numerator, denominator)
     where serving = epoch order by measure, month, breakdown_key, place
"""
IN_FORCE = """
    select measure, month, breakdown_key, source, provenance, known_at, place, numerator, denominator
      from serving_fact where author = 'trajectories' and replaced_at is null order by measure, month, breakdown_key, place
"""
MONTHS = "select measure, month, grouped_at is not null as grouped from fact_month order by measure, month"


@pytest.fixture
async def service(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """The service, asked for spells."""
    measures = (a_measure("spells"), a_measure("visits"))
    async with inventing(databases, tmp_path, *measures, clock=utc_now) as made:
        yield made


def spells(month: int, count: int | None, place: str = "A82025", **breakdowns: str) -> Cell:
    return a_cell("spells", Month(2021, month), place, count, None, **breakdowns)


async def submit(service: Running, *cells: Cell) -> datetime | None:
    """What a submission does in its transaction."""
    async with service.platform.database.transaction() as session:
        return await author_facts(session, cells)


async def shown(service: Running, **params: Any) -> list[Any]:
    """The values of Kendal."""
    await service.app.state.reporting.version.ask()
    return values(await ask(service, **{**ASKED, **params}))["kendal"]


async def versions(service: Running) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await service.rows(VERSIONS)]


async def version(service: Running) -> int:
    (row,) = await service.rows("select version from read_version")
    return int(row["version"])


async def rebuild(service: Running) -> None:
    """What `icc rebuild` asks for, done by the worker."""
    answer = await service.client.post(
        "/v1/operations/facts/rebuild",
        headers={**service.token("operator"), "Idempotency-Key": "again"},
    )
    assert answer.status_code == 202, answer.text
    await service.work()


async def test_facts_are_answered_from_their_commit_on_and_without_a_pull(service: Running) -> None:
    assert await shown(service) == [None] * 3
    before = await version(service)
    await submit(service, spells(1, 30), spells(2, 20, age="75-84"), spells(2, 5, age="65-74"))
    assert await shown(service) == [30, 25, None]
    assert await version(service) == before + 1


async def test_a_transaction_that_fails_leaves_nothing(service: Running) -> None:
    before = await version(service)
    async with service.platform.database.transaction() as session:
        await author_facts(session, [spells(1, 30)])
        await session.rollback()
    assert await versions(service) == []
    assert await service.rows("select from kept_cell") == []
    assert await version(service) == before


async def test_a_restated_figure_is_a_new_version_and_the_past_stays_as_it_was(service: Running) -> None:
    first = await submit(service, spells(1, 30), spells(2, 20))
    second = await submit(service, spells(1, 35), spells(2, None), spells(3, None))
    assert first is not None
    assert second is not None
    assert first < second
    assert await shown(service) == [35, None, None]
    assert await shown(service, as_at=first.isoformat()) == [30, 20, None]
    assert len(await versions(service)) == 4


async def test_what_is_sent_again_unchanged_is_no_new_version(service: Running) -> None:
    await submit(service, spells(1, 30), spells(2, 20))
    before = await versions(service)
    await submit(service, spells(1, 30), spells(2, 20))
    assert await versions(service) == before


async def test_nothing_to_write_raises_no_version(service: Running) -> None:
    before = await version(service)
    assert await submit(service) is None
    assert await version(service) == before


async def test_a_rebuild_derives_the_same_versions_and_the_same_answers(service: Running) -> None:
    moments = [
        await submit(service, spells(1, 30), spells(2, 20, age="75-84")),
        await submit(service, spells(1, 35), spells(3, 9)),
        await submit(service, spells(2, None, age="75-84"), spells(3, 9)),
    ]
    before = await versions(service)
    answers = [await shown(service, as_at=at.isoformat()) for at in moments if at]
    await service.work()  # the restatement has made its note, which raises the version too
    raised = await version(service)
    await rebuild(service)
    assert await versions(service) == before
    assert [await shown(service, as_at=at.isoformat()) for at in moments if at] == answers
    assert await version(service) == raised + 1
    (left,) = await service.rows("select count(distinct epoch) as epochs from fact")
    assert left["epochs"] == 1
    await submit(service, spells(1, 36))
    assert await shown(service) == [36, None, 9]


@pytest.mark.parametrize("together", [1, 5, 7])
async def test_many_cells_are_put_in_force_part_by_part_and_alike(
    service: Running, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    cells = [spells(month, month, place) for month in (1, 2, 3) for place in ("A82025", "A82026", "A82027")]
    others = [a_cell("visits", Month(2021, month), "A82025", 4) for month in (1, 2)]
    monkeypatch.setattr(authoring, "_TOGETHER", together)
    await submit(service, *cells, *others)
    await submit(service, spells(1, None), spells(2, 9), spells(3, 3), *others)
    found = await versions(service)
    assert [row["seq"] for row in await service.rows(VERSIONS)] == list(range(1, 14))
    assert sum(row["replaced_at"] is not None for row in await service.rows(VERSIONS)) == 2
    monkeypatch.undo()
    await rebuild(service)
    assert await versions(service) == found


async def test_a_rebuild_of_nothing_is_nothing(service: Running) -> None:
    await rebuild(service)
    assert await versions(service) == []


async def test_a_rebuild_leaves_the_facts_of_other_authors(service: Running) -> None:
    await publish(service, [a_cell("visits", Month(2021, 1), "kendal", 12)])
    await submit(service, spells(1, 30))
    await rebuild(service)
    assert await shown(service, measure="visits") == [12, None, None]


async def test_submissions_at_once_each_have_their_moment(service: Running) -> None:
    moments = await asyncio.gather(*(submit(service, spells(1, count)) for count in range(10, 20)))
    assert len(set(moments)) == 10
    found = await versions(service)
    assert [row[7] for row in found] == sorted(moment for moment in moments if moment)
    assert [row[8] for row in found] == [*(row[7] for row in found[1:]), None]
    assert [row[9] for row in found] == list(range(1, 11))


async def test_a_cell_that_is_given_twice_at_once_is_refused(service: Running) -> None:
    with pytest.raises(UniqueViolationError, match="pk_kept_cell"):
        await submit(service, spells(1, 30), spells(1, 31))
    assert await versions(service) == []


async def test_who_may_not_operate_may_not_rebuild(service: Running) -> None:
    answer = await service.client.post("/v1/operations/facts/rebuild", headers=service.token("analyst"))
    assert answer.status_code == 403


async def test_an_operator_sees_the_own_facts_and_no_lag(service: Running) -> None:
    await submit(service, spells(1, 30))
    answer = await service.client.get("/v1/operations/facts", headers=service.token("operator"))
    (own,) = answer.json()["items"]
    assert (own["author"], own["cursor"], own["lag_seconds"]) == ("trajectories", 1, None)


async def facts_and_groups(service: Running) -> tuple[list[Any], list[Any], list[tuple[str, int, bool]]]:
    """The facts in force, the same as the groups tell them, and which months are grouped."""
    months = [(row["measure"], row["month"].month, row["grouped"]) for row in await service.rows(MONTHS)]
    return await service.rows(IN_FORCE), await service.rows(GROUPED), months


async def test_months_are_grouped_as_their_facts_stand_and_again_after_a_rebuild(service: Running) -> None:
    places = ("A82025", "A82026", "A82027")
    await submit(service, *(spells(month, 9, place, age="75-84") for month in (1, 2) for place in places))
    await submit(service, spells(1, 4, age="75-84"), spells(2, None, age="75-84"), spells(2, 7, age="65-74"))
    for _ in range(2):
        facts, groups, months = await facts_and_groups(service)
        assert len(facts) == 7
        assert groups == facts
        assert months == [("spells", 1, True), ("spells", 2, True)]
        await rebuild(service)


@pytest.mark.parametrize(
    ("by_hand", "now"),
    [
        ("update fact set replaced_at = now() where extract(month from month) = 1", [None, 20, 9]),
        ("delete from fact where extract(month from month) = 1", [None, 20, 9]),
        (
            """insert into fact select author, epoch, 99, measure, month, 'A82026', breakdowns, breakdown_key, source, 5,
               denominator, known_at, replaced_at, provenance from fact where extract(month from month) = 1""",
            [35, 20, 9],
        ),
    ],
)
async def test_a_fact_changed_by_whomever_takes_the_groups_of_its_month_away(
    service: Running, by_hand: str, now: list[int | None]
) -> None:
    await submit(service, spells(1, 30), spells(2, 20), spells(3, 9))
    await service.rows(by_hand)
    facts, groups, months = await facts_and_groups(service)
    assert {row["month"].month for row in groups} == {2, 3}
    assert [month for _, month, grouped in months if grouped] == [2, 3]
    assert await shown(service) == now
    await submit(service, spells(1, 30), spells(3, 8))
    facts, groups, months = await facts_and_groups(service)
    assert groups == facts
    assert all(grouped for *_, grouped in months)


async def test_a_practice_alone_is_answered_as_among_all_others(service: Running) -> None:
    first = await submit(service, spells(1, 30), spells(1, 4, "A82026"), spells(2, 20))
    await submit(service, spells(1, 35))
    past: dict[str, Any] = {"as_at": first and first.isoformat()}
    now: dict[str, Any] = {}
    for asked in (now, past):
        alone = await ask(service, **{**ASKED, "community": "A82025"}, **asked)
        among = await ask(service, **{**ASKED, "community": None, "level": "practice"}, **asked)
        assert alone["series"] == [one for one in among["series"] if one["community"] == "A82025"]
        assert [point["value"] for point in alone["series"][0]["points"]] == [30 if asked else 35, 20, None]
