"""The only writer of cuts: reads the facts in force, has all figures decided, and stores what changed."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.ingest.actions import raise_version
from services.trajectories.performance.tables import Publication
from services.trajectories.publications.queries import (
    Filed,
    digests,
    facts_in_force,
    newest_publication,
    standing_cells,
    states_of,
)
from services.trajectories.publications.rules.cutting import PublishedFigure
from services.trajectories.publications.rules.making import Cutting, FamilyCut, cut_of_family, digest_of
from shared.db.bare import driver_of
from shared.ids import new_id
from shared.months import london_day
from shared.problems import Unavailable

_LOCK = text("select pg_try_advisory_xact_lock(hashtext('publication'))")
_AWAKE = text("select 1")
_AWAKE_SECONDS = 2.0
_BATCH = 5_000
_CLOSE = """
    update published_cell as cell set until = $1
      from unnest($2::text[], $3::text[], $4::text[], $5::date[], $6::text[]) as gone (measure, place, grain, month, breakdown)
     where cell.measure = gone.measure and cell.place = gone.place and cell.grain = gone.grain and cell.month = gone.month
       and cell.breakdown = gone.breakdown and cell.until is null
"""
_CLOSE_MEASURES = "update published_measure set until = $1 where measure = any($2::text[]) and until is null"
_KEEP_STATES = """
    insert into disclosed_state (family, party, quarter, states) values ($1, $2, $3, $4)
    on conflict (family, party, quarter) do update set states = excluded.states
"""
_STAND = text("""
    select count(*), count(*) filter (where due), count(*) filter (where due and not suppressed)
      from published_cell where until is null
""")


async def make_cut(
    session: AsyncSession,
    cutting: Cutting,
    *,
    clock: Callable[[], datetime],
    day: date | None = None,
    reason: str | None = None,
    client: str | None = None,
) -> Publication | None:
    """Make a cut now; None when its day has one already. Raises Unavailable while another one is being made.

    day: of a cut that was made because its day had come.   reason, client: of one that was asked for.
    """
    connection = await session.connection()
    if not (await connection.execute(_LOCK)).scalar_one():
        raise Unavailable("Another publication is being made. Try again in a moment.", retry_after=2)
    newest = await newest_publication(session)
    opened = insert(Publication).values(
        id=new_id(), day=day, reason=reason, client=client, cells=0, due=0, shown=0
    )
    opened = opened.on_conflict_do_nothing(index_elements=["day"])
    number = (await session.exec(opened.returning(col(Publication.number)))).scalar_one_or_none()
    if number is None:
        return None
    await _cut(session, cutting, number, today=london_day(clock()))
    cells, due, shown = (await connection.execute(_STAND)).one()
    # The next instant at least, so that each `as_at` names one cut.
    at = clock() if newest is None else max(clock(), newest.published_at + timedelta(microseconds=1))
    counted = {"cells": cells, "due": due, "shown": shown, "published_at": at}
    finished = update(Publication).where(col(Publication.number) == number).values(**counted)
    await session.exec(finished)
    await raise_version(session)
    return await session.get_one(Publication, number)


async def _cut(session: AsyncSession, cutting: Cutting, number: int, *, today: date) -> None:
    """Decide the measures that changed since the last cut, and store their cells under the number of this one."""
    filed = defaultdict(list)
    for fact in await facts_in_force(session):
        filed[fact.cell.measure].append(fact)
    known = await digests(session)
    for family in cutting.families:
        facts = [fact for key in _reads(family) for fact in filed[key]]
        cells = [fact.cell for fact in facts]
        digest = digest_of(cutting, family, cells, today)
        if all(known.get(measure.key) == digest for measure in family) or (
            not cells and not known.keys() & {measure.key for measure in family}
        ):
            continue
        disclosed = await states_of(session, family[0].key)
        work = partial(cut_of_family, cutting, family, cells, today=today, digest=digest, disclosed=disclosed)
        made = await _awake(session, work)
        await _store(session, made, facts, number)


def _reads(family: Iterable[Any]) -> list[str]:
    """The keys of all facts that a family is made of, each once."""
    return list(dict.fromkeys(key for measure in family for key in (*measure.read_measures, measure.key)))


async def _awake(session: AsyncSession, work: Callable[[], FamilyCut]) -> FamilyCut:
    """Run work in a thread; the transaction speaks now and then, or the server would end it as idle."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    connection = await session.connection()
    while not running.done():
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(running), _AWAKE_SECONDS)
        await connection.execute(_AWAKE)
    return running.result()


async def _store(session: AsyncSession, made: FamilyCut, facts: Sequence[Filed], number: int) -> None:
    """Store what a family shows otherwise than before, and what its facts came from."""
    keys = [measure.key for measure in made.measures]
    before = await standing_cells(session, keys)
    after = {cell.key: cell for cell in made.cells}
    gone = [key for key, cell in before.items() if after.get(key) != cell]
    new = [cell for key, cell in after.items() if before.get(key) != cell]
    driver = await driver_of(session)
    for start in range(0, len(gone), _BATCH):
        await driver.execute(_CLOSE, number, *map(list, zip(*gone[start : start + _BATCH], strict=True)))
    columns = [*PublishedFigure._fields, "since"]
    for start in range(0, len(new), _BATCH):
        rows = [(*cell, number) for cell in new[start : start + _BATCH]]
        await driver.copy_records_to_table("published_cell", columns=columns, records=rows)
    await driver.execute(_CLOSE_MEASURES, number, keys)
    origins = _origins(facts)
    measures = [
        (
            measure.key,
            number,
            made.digest,
            orjson.dumps([one for key in measure.read_measures for one in origins.get(key, [])]).decode(),
            None if (begun := made.begun.get(measure.key)) is None else begun.first_day,
        )
        for measure in made.measures
    ]
    named = ["measure", "since", "digest", "origins", "begun"]
    await driver.copy_records_to_table("published_measure", columns=named, records=measures)
    for (party, quarter), states in made.states.items():
        await driver.execute(
            _KEEP_STATES, made.measures[0].key, party, quarter, orjson.dumps(states).decode()
        )


def _origins(facts: Iterable[Filed]) -> Mapping[str, list[Any]]:
    """Where the facts of each measure came from, each origin once."""
    found: dict[str, dict[tuple[str, str, str], Any]] = defaultdict(dict)
    for cell, author, provenance in facts:
        told = (author, cell.source, provenance)
        if told not in found[cell.measure]:
            found[cell.measure][told] = {
                "source": author,
                "supplier": cell.source,
                **orjson.loads(provenance),
            }
    return {measure: list(origins.values()) for measure, origins in found.items()}
