"""Promises of the pull: every fact arrives once, the past is kept, and a new epoch replaces the old one whole."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.ingest.actions import FACTS_PER_DELETE, store_page
from services.trajectories.ingest.clients import SisterAuthor, open_authors
from services.trajectories.ingest.jobs import PullFailedError, pull
from services.trajectories.ingest.queries import Position, position_of
from services.trajectories.settings import Settings
from shared.facts.cells import Cell, FactPage
from shared.facts.publishing import Topic, publish_pending, rebuild_facts, record_fact_event
from shared.ids import new_id
from shared.months import Month
from shared.problems import Unavailable
from shared.service.sister import Sister
from tests.support.running import Running

MONTH = Month.parse("2020-01")
COPY = "select seq, measure, place, numerator, known_at, replaced_at from serving_fact order by seq"
ORIGINAL = "select seq, measure, place, numerator, known_at, replaced_at from fact_cell order by seq"

# What a large copy is made of: the first fact again and again, at as many places.
_GROW = """
    insert into fact (author, epoch, seq, measure, month, place, breakdowns, breakdown_key, source, known_at, provenance)
    select author, epoch, seq + number, measure, month, 'place-' || number, breakdowns, breakdown_key, source, known_at,
           provenance
      from fact, generate_series(2, $1 + 1) as number where seq = 1
"""
_COUNTED_DELETES = (
    "create table thrown_away (facts bigint)",
    """create function count_thrown() returns trigger language plpgsql as
       'begin insert into thrown_away select count(*) from gone; return null; end'""",
    """create trigger count_thrown after delete on fact referencing old table as gone
       for each statement execute function count_thrown()""",
)


class Author:
    """A sister's facts as she answers them over HTTP, and a way to have her publish figures."""

    def __init__(self, running: Running, *, page: int = 3) -> None:
        self._running = running
        self._page = page
        self._figures: dict[UUID, tuple[str, int | None]] = {}
        self.topics = [Topic("figure", self._derive)]

    async def _derive(self, _: AsyncSession, *, subjects: Sequence[UUID], known_at: datetime) -> list[Cell]:
        assert known_at.tzinfo is not None
        return [
            Cell(
                measure="visits",
                month=MONTH,
                place=self._figures[subject][0],
                source="test",
                numerator=self._figures[subject][1],
            )
            for subject in subjects
        ]

    async def publish(self, **figures: int | None) -> None:
        """Publish one figure for each place."""
        async with self._running.platform.database.transaction() as session:
            for place, numerator in figures.items():
                subject = new_id()
                self._figures[subject] = (place, numerator)
                await record_fact_event(session, topic="figure", subject=subject)
            await publish_pending(session, self.topics)

    async def rebuild(self) -> None:
        """Derive everything again, under a new epoch."""
        async with self._running.platform.database.transaction() as session:
            await rebuild_facts(session, self.topics)

    async def read(self, *, after: int) -> FactPage:
        """The page of her facts, through the sister's own application."""
        answer = await self._running.client.get(
            "/v1/facts", params={"after": after, "limit": self._page}, headers=self._running.token("service")
        )
        assert answer.status_code == 200, answer.text
        return FactPage.model_validate_json(answer.content)


class Silent:
    """An author who cannot be read."""

    async def read(self, *, after: int) -> FactPage:
        """Fails as a sister that is away does."""
        raise Unavailable(f"nothing behind {after}")


class Thirteenth:
    """An author who gives her figures for a month that no database knows."""

    def __init__(self, author: Author) -> None:
        self._author = author

    async def read(self, *, after: int) -> FactPage:
        """The other author's page with its months changed."""
        page = await self._author.read(after=after)
        return page.model_copy(
            update={"items": [fact.model_copy(update={"month": "2020-13"}) for fact in page.items]}
        )


@pytest.fixture
def author(referrals: Running) -> Author:
    """The referrals service as an author of facts."""
    return Author(referrals)


def _plain(rows: list[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in rows]


async def _keep(trajectories: Running, page: FactPage, *, position: Position) -> Position | None:
    """What a worker does with a page that it has read at a position."""
    async with trajectories.platform.database.transaction() as session:
        return await store_page(session, author="referrals", position=position, page=page)


async def _position(trajectories: Running) -> Position:
    async with trajectories.platform.database.transaction() as session:
        return await position_of(session, "referrals")


async def _read_a_page(trajectories: Running, author: Author) -> Position:
    """One round of a pull that is cut short; returns where the next goes on."""
    position = await _position(trajectories)
    await _keep(trajectories, await author.read(after=position.cursor), position=position)
    return await _position(trajectories)


async def _version(trajectories: Running) -> int:
    (row,) = await trajectories.rows("select version from read_version")
    return int(row["version"])


async def test_every_page_of_an_authors_facts_is_copied_with_its_history(
    trajectories: Running, referrals: Running, author: Author
) -> None:
    await author.publish(kendal=1, barrow=2, east=3, millom=4)
    await author.publish(kendal=5, barrow=None)
    await pull(trajectories.platform, {"referrals": author})
    copy, original = await trajectories.rows(COPY), await referrals.rows(ORIGINAL)
    assert _plain(copy) == _plain(original)
    assert len(copy) == 6


async def test_pulling_again_changes_nothing_and_a_new_figure_raises_the_version(
    trajectories: Running, author: Author
) -> None:
    await author.publish(kendal=1)
    await pull(trajectories.platform, {"referrals": author})
    before = await _version(trajectories)
    await pull(trajectories.platform, {"referrals": author})
    assert await _version(trajectories) == before
    await author.publish(kendal=2)
    await pull(trajectories.platform, {"referrals": author})
    assert await _version(trajectories) == before + 1


async def test_workers_that_pull_at_once_store_each_fact_once(
    trajectories: Running, referrals: Running, author: Author
) -> None:
    await author.publish(**{f"place-{number}": number for number in range(20)})
    await asyncio.gather(*(pull(trajectories.platform, {"referrals": author}) for _ in range(6)))
    await pull(trajectories.platform, {"referrals": author})
    assert _plain(await trajectories.rows(COPY)) == _plain(await referrals.rows(ORIGINAL))


async def test_rebuilt_facts_replace_the_old_copy_only_when_they_were_read_to_their_end(
    trajectories: Running, referrals: Running, author: Author
) -> None:
    await author.publish(kendal=1, barrow=2, east=3, millom=4)
    await pull(trajectories.platform, {"referrals": author})
    served = _plain(await trajectories.rows(COPY))
    await author.rebuild()
    await _read_a_page(trajectories, author)
    started = await _read_a_page(trajectories, author)
    assert started.cursor > 0
    assert _plain(await trajectories.rows(COPY)) == served
    await pull(trajectories.platform, {"referrals": author})
    assert _plain(await trajectories.rows(COPY)) == _plain(await referrals.rows(ORIGINAL))
    (left,) = await trajectories.rows("select count(distinct epoch) as epochs from fact")
    assert left["epochs"] == 1


async def test_no_statement_throws_away_more_of_an_old_epoch_than_its_time_allows(
    trajectories: Running, referrals: Running, author: Author
) -> None:
    await author.publish(kendal=1, barrow=2)
    await pull(trajectories.platform, {"referrals": author})
    await trajectories.rows(_GROW, 2 * FACTS_PER_DELETE)
    for statement in _COUNTED_DELETES:
        await trajectories.rows(statement)
    await author.rebuild()
    await pull(trajectories.platform, {"referrals": author})
    assert _plain(await trajectories.rows(COPY)) == _plain(await referrals.rows(ORIGINAL))
    (left,) = await trajectories.rows("select count(distinct epoch) as epochs from fact")
    thrown = [row["facts"] for row in await trajectories.rows("select facts from thrown_away")]
    assert (left["epochs"], sum(thrown)) == (1, 2 * FACTS_PER_DELETE + 2)
    assert max(thrown) <= FACTS_PER_DELETE


async def test_a_late_page_of_an_epoch_that_is_over_is_dropped(
    trajectories: Running, referrals: Running, author: Author
) -> None:
    await author.publish(kendal=1, barrow=2)
    at_first = await _position(trajectories)
    late = await author.read(after=at_first.cursor)
    assert late.next is None
    await author.rebuild()
    await pull(trajectories.platform, {"referrals": author})
    read = await _position(trajectories)
    assert await _keep(trajectories, late, position=at_first) == read
    assert _plain(await trajectories.rows(COPY)) == _plain(await referrals.rows(ORIGINAL))


async def test_a_late_page_does_not_stop_the_pull(
    trajectories: Running, referrals: Running, author: Author
) -> None:
    await author.publish(kendal=1, barrow=2, east=3, millom=4)
    at_first = await _position(trajectories)
    late = await author.read(after=at_first.cursor)
    assert await _keep(trajectories, late, position=at_first) == Position(late.epoch, 3)
    await author.rebuild()
    await pull(trajectories.platform, {"referrals": author})
    await _keep(trajectories, late, position=at_first)
    await author.publish(kendal=5)
    await pull(trajectories.platform, {"referrals": author})
    assert _plain(await trajectories.rows(COPY)) == _plain(await referrals.rows(ORIGINAL))


async def test_an_author_who_loses_a_rebuild_is_read_on_where_the_old_epoch_was_left(
    trajectories: Running, author: Author
) -> None:
    await author.publish(kendal=1, barrow=2, east=3, millom=4)
    await pull(trajectories.platform, {"referrals": author})
    served, left = _plain(await trajectories.rows(COPY)), await _position(trajectories)
    before = [await author.read(after=cursor) for cursor in (0, left.cursor)]
    await author.rebuild()
    await _read_a_page(trajectories, author)
    loading = await _read_a_page(trajectories, author)
    assert loading.epoch != left.epoch
    assert await _keep(trajectories, before[0], position=loading) == left
    assert await _keep(trajectories, before[1], position=left) is None
    assert await _position(trajectories) == left
    assert _plain(await trajectories.rows(COPY)) == served


async def test_an_author_who_is_away_does_not_hold_up_the_others(
    trajectories: Running, author: Author
) -> None:
    await author.publish(kendal=1)
    with pytest.raises(PullFailedError):
        await pull(trajectories.platform, {"outcomes": Silent(), "referrals": author})
    assert [row["numerator"] for row in await trajectories.rows(COPY)] == [1]


async def test_an_author_whose_facts_cannot_be_stored_does_not_hold_up_the_others(
    trajectories: Running, author: Author
) -> None:
    await author.publish(kendal=1)
    with pytest.raises(PullFailedError):
        await pull(trajectories.platform, {"outcomes": Thirteenth(author), "referrals": author})
    assert [row["numerator"] for row in await trajectories.rows(COPY)] == [1]


@pytest.mark.parametrize(
    "content",
    [
        b"<html>",
        b"{}",
        b'{"schema": 1, "epoch": "x", "items": [], "next": null}',
        b'{"schema": 1, "epoch": "01890a5d-ac96-774b-bcce-b302099a8057", "items": [], "next": 7}',
    ],
)
async def test_an_author_who_answers_garbage_is_away(content: bytes, data_dir: Path) -> None:
    settings = Settings(environment="test", data_dir=data_dir)
    garbage = httpx.MockTransport(lambda _: httpx.Response(200, content=content))
    sister = Sister(settings, "outcomes", of="trajectories", transport=garbage)
    with pytest.raises(Unavailable):
        await SisterAuthor(sister).read(after=0)
    await sister.close()


async def test_authors_are_let_go_of_with_the_worker(data_dir: Path) -> None:
    async with open_authors(Settings(environment="test", data_dir=data_dir)) as authors:
        assert set(authors) == {"referrals", "outcomes"}
    for author in authors.values():
        with pytest.raises(RuntimeError, match="closed"):
            await author.read(after=0)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        (f"after={2**63}", 422, "number.range"),
        ("after=-1", 422, "number.range"),
        ("limit=501", 400, "query.limit"),
    ],
)
async def test_facts_behind_no_possible_number_are_refused(
    referrals: Running, query: str, status: int, code: str
) -> None:
    answer = await referrals.client.get(f"/v1/facts?{query}", headers=referrals.token("service"))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_facts_are_closed_to_everybody_but_the_services(referrals: Running) -> None:
    answer = await referrals.client.get("/v1/facts", headers=referrals.token("analyst"))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")
    from_outside = {**referrals.token("service"), "X-Forwarded-For": "203.0.113.7"}
    answer = await referrals.client.get("/v1/facts", headers=from_outside)
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.issuer")


async def test_an_operator_sees_how_far_each_author_was_read(trajectories: Running, author: Author) -> None:
    await author.publish(kendal=1)
    await pull(trajectories.platform, {"referrals": author})
    answer = await trajectories.client.get("/v1/operations/facts", headers=trajectories.token("operator"))
    assert answer.status_code == 200, answer.text
    (one,) = answer.json()["items"]
    assert (one["author"], one["rebuilding"], one["cursor"]) == ("referrals", False, 1)
    assert one["read_at"] is not None
    refused = await trajectories.client.get("/v1/operations/facts", headers=trajectories.token("analyst"))
    assert refused.status_code == 403
