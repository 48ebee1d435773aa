"""Events become cell versions, which the author derives from its own rows.

One publisher at a time holds an advisory lock until its commit, so `seq` and `known_at` grow in commit order and a
reader's cursor can never step over a version that is still to appear. The events themselves are taken as rows, not by
a cursor, so one that commits late is simply taken later.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.bare import Bare
from shared.facts.cells import Cell
from shared.ids import new_id
from shared.work.nudges import note_nudge

_PUBLISHER_LOCK = 5_310_224_117  # any number; each service has its own database
_REBUILD_LOCK = 5_310_224_118  # held by a rebuild besides, so that others know what they would wait for
EVENTS_PER_ROUND = 1000
CELLS_PER_DELETE = 10_000

FACT_EVENT_INSERT = (
    "insert into fact_event (topic, subject) values (cast(:topic as text), cast(:subject as uuid))"
)
"""SQL of one event of facts, for a statement of a session that writes more; `note_fact_event` belongs to it."""
_RECORD = Bare(FACT_EVENT_INSERT)
_LOCK = text("select pg_advisory_xact_lock(:key)")
_TRY_LOCK = text("select pg_try_advisory_xact_lock(:key)")
_TRY_SHARED_LOCK = text("select pg_try_advisory_xact_lock_shared(:key)")
_STAMP = text("""
    with moment as (
        select greatest(clock_timestamp(), max(known_at) + interval '1 microsecond') as known_at from fact_event)
    update fact_event set known_at = moment.known_at from moment
     where id in (select id from fact_event where known_at is null and topic = any(:topics)
                   order by id limit :limit for update skip locked)
    returning topic, subject, fact_event.known_at
""")
_CORRECT = text("""
    insert into fact_event (topic, subject, known_at)
    select 'counts.corrected', :subject, greatest(clock_timestamp(), max(known_at) + interval '1 microsecond') from fact_event
    returning known_at
""")
_CELLS = """
    jsonb_to_recordset(cast(:cells as jsonb)) as new (
        measure text, month date, place text, breakdowns jsonb, breakdown_key text, source text,
        numerator bigint, denominator bigint, provenance jsonb)
"""
_SAME_CELL = """
    standing.measure = new.measure and standing.month = new.month and standing.place = new.place
    and standing.breakdown_key = new.breakdown_key and standing.source = new.source
"""
_CLOSE = text(f"""
    update fact_cell standing set replaced_at = :known_at from {_CELLS}
     where {_SAME_CELL} and standing.replaced_at is null
       and (standing.numerator, standing.denominator, standing.provenance)
           is distinct from (new.numerator, new.denominator, new.provenance)
""")  # noqa: S608 -- constants of this module
_OPEN = text(f"""
    insert into fact_cell (measure, month, place, breakdowns, breakdown_key, source, numerator, denominator, provenance,
                           known_at)
    select new.measure, new.month, new.place, new.breakdowns, new.breakdown_key, new.source, new.numerator,
           new.denominator, new.provenance, cast(:known_at as timestamptz)
      from {_CELLS}
     where not exists (select from fact_cell standing where {_SAME_CELL} and standing.replaced_at is null)
       and (new.numerator is not null
            or exists (select from fact_cell standing where {_SAME_CELL} and standing.replaced_at = :known_at))
     order by new.measure, new.month, new.place, new.breakdown_key, new.source
""")  # noqa: S608 -- constants of this module
_MOMENTS = text("select distinct known_at from fact_event where known_at is not null order by known_at")
_EVENTS_AT = text("select topic, subject, known_at from fact_event where known_at = :known_at")
# By a range of the key: a join would be planned by statistics that a table just filled does not have yet.
_DELETE_BATCH = text("""
    with batch as (select seq from fact_cell where seq > :after order by seq limit :limit),
         last as (select max(seq) as seq from batch),
         gone as (delete from fact_cell where seq > :after and seq <= (select seq from last))
    select seq from last
""")
_NEW_EPOCH = text("""
    insert into fact_epoch (id) values (1)
    on conflict (id) do update set epoch = gen_random_uuid(), started_at = now()
""")

Derive = Callable[..., Awaitable[list[Cell]]]
Place = tuple[date, str]
"""A month and a place, in the order in which cells are checked."""
FIRST_PLACE: Place = (date.min, "")


@dataclass(frozen=True, slots=True)
class CheckedCells:
    """Cells as they ought to be: those that stood wrongly, and those that an older release made in another shape."""

    wrong: list[Cell]
    reshaped: list[Cell]
    next: Place | None


Check = Callable[..., Awaitable[CheckedCells]]


@dataclass(frozen=True, slots=True)
class Checked:
    """How many cells stood wrongly, and behind which place the check goes on; None at its end."""

    wrong: int
    next: Place | None


@dataclass(frozen=True, slots=True)
class Topic:
    """A kind of event and how the cells it touches are derived.

    `derive(session, *, subjects, known_at)` returns every cell that the subjects touch, as known at `known_at`. The publisher
    calls it once for each moment, in order. It sees only rows whose own event was known by then.
    `check(session, *, after)` counts some cells again: those that must be published anew, and where to go on.
    daily: whether each London day is an event of it.
    """

    name: str
    derive: Derive
    check: Check | None = None
    daily: bool = False


async def record_fact_event(session: AsyncSession, *, topic: str, subject: UUID) -> None:
    """Say, in the transaction of the change itself, that the subject's facts must be derived again."""
    await _RECORD.rows(session, {"topic": topic, "subject": subject})
    note_fact_event(session)


def note_fact_event(session: AsyncSession) -> None:
    """Let the worker that publishes facts be rung once the session's transaction is committed."""
    note_nudge(session, "facts")


async def no_rebuild_runs(session: AsyncSession) -> bool:
    """Whether no rebuild is under way, and none begins before this transaction ends."""
    connection = await session.connection()
    free: bool = (await connection.execute(_TRY_SHARED_LOCK, {"key": _REBUILD_LOCK})).scalar_one()
    return free


async def publish_pending(session: AsyncSession, topics: Sequence[Topic], *, wait: bool = True) -> int:
    """Derive and publish what the waiting events touch, in the caller's transaction. Returns how many events it took.

    wait: False takes nothing while another publisher is at work. A caller with more in its transaction than facts asks
    so: the author's own sweep does wait, and the event's nudge wakes it.
    """
    connection = await session.connection()
    if wait:
        await connection.execute(_LOCK, {"key": _PUBLISHER_LOCK})
    elif not (await connection.execute(_TRY_LOCK, {"key": _PUBLISHER_LOCK})).scalar_one():
        return 0
    # Events of a topic that this release does not know wait for the one that does.
    known = {"limit": EVENTS_PER_ROUND, "topics": [topic.name for topic in topics]}
    events = (await connection.execute(_STAMP, known)).all()
    if not events:
        return 0
    await _publish(
        session, {topic.name: topic for topic in topics}, [(row[0], row[1]) for row in events], events[0][2]
    )
    note_nudge(session, "trajectories/pull")
    return len(events)


async def check_counts(session: AsyncSession, topic: Topic, *, after: Place) -> Checked:
    """Count some standing cells again, in order of month and place, and publish what stood wrongly.

    Checks nothing, and ends, while another publisher is at work: the next round comes in an hour.
    """
    connection = await session.connection()
    if (
        topic.check is None
        or not (await connection.execute(_TRY_LOCK, {"key": _PUBLISHER_LOCK})).scalar_one()
    ):
        return Checked(0, None)
    found: CheckedCells = await topic.check(session, after=after)
    if found.wrong or found.reshaped:
        # The correction is an event of its own: rounds after it have later times, and a rebuild passes it by.
        known_at = (await connection.execute(_CORRECT, {"subject": new_id()})).scalar_one()
        await _write(connection, [*found.wrong, *found.reshaped], known_at=known_at)
        note_nudge(session, "trajectories/pull")
    return Checked(len(found.wrong), found.next)


async def rebuild_facts(session: AsyncSession, topics: Sequence[Topic]) -> int:
    """Throw away every cell and derive the whole history again from the author's rows, under a new epoch.

    Returns how many moments of knowledge there were. The answers for every past `as_at` come out the same. However
    long the history, no statement is: each has a part of the cells or one moment, and keeps the usual time-outs.
    """
    connection = await session.connection()
    await connection.execute(_LOCK, {"key": _REBUILD_LOCK})
    await connection.execute(_LOCK, {"key": _PUBLISHER_LOCK})
    await _delete_cells(connection)
    await connection.execute(_NEW_EPOCH)
    by_name = {topic.name: topic for topic in topics}
    moments = (await connection.execute(_MOMENTS)).scalars().all()
    for moment in moments:
        events = (await connection.execute(_EVENTS_AT, {"known_at": moment})).all()
        await _publish(session, by_name, [(row[0], row[1]) for row in events], moment)
    note_nudge(session, "trajectories/pull")
    return len(moments)


async def _delete_cells(connection: AsyncConnection) -> None:
    after: int | None = 0
    while after is not None:
        given = {"after": after, "limit": CELLS_PER_DELETE}
        after = (await connection.execute(_DELETE_BATCH, given)).scalar_one()


async def _publish(
    session: AsyncSession, topics: Mapping[str, Topic], events: Sequence[tuple[str, UUID]], known_at: datetime
) -> None:
    subjects: dict[str, list[UUID]] = defaultdict(list)
    for topic, subject in events:
        subjects[topic].append(subject)
    cells: list[Cell] = []
    for name in sorted(subjects.keys() & topics.keys()):
        cells += await topics[name].derive(session, subjects=subjects[name], known_at=known_at)
    await _write(await session.connection(), cells, known_at=known_at)


async def _write(connection: AsyncConnection, cells: Sequence[Cell], *, known_at: datetime) -> None:
    if not cells:
        return
    given = {"cells": orjson.dumps([cell.to_row() for cell in cells]).decode(), "known_at": known_at}
    await connection.execute(_CLOSE, given)
    await connection.execute(_OPEN, given)
