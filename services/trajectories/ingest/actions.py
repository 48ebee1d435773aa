"""Storing a page of an author's facts: the facts, the cursor and the read model's version in one transaction."""

from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.ingest.queries import Position
from shared.facts.cells import Fact, FactPage, breakdown_key

FACTS_PER_DELETE = 5_000  # a fraction of a second, whatever the copy has grown to

# The row is locked until the commit, so two workers never store the same page at once.
_SUBSCRIPTION = text("""
    insert into fact_subscription (author) values (:author)
    on conflict (author) do update set author = excluded.author
    returning serving, loading, cursor
""")
_START_EPOCH = text("update fact_subscription set loading = :epoch, cursor = 0 where author = :author")
_RESUME_SERVED = text("""
    update fact_subscription
       set loading = null,
           cursor = (select coalesce(max(seq), 0) from fact where fact.author = :author and fact.epoch = serving)
     where author = :author
    returning cursor
""")
# By a run of the key: a join to the batch may be planned as a walk of the whole copy for each of its rows.
_DELETE_BATCH = text("""
    with batch as (select max(seq) as last from (
             select seq from fact where author = :author and epoch = :epoch and seq > :after order by seq limit :limit) as run),
         gone as (delete from fact
                   where author = :author and epoch = :epoch and seq > :after and seq <= (select last from batch))
    select last from batch
""")
_NEW = """
    jsonb_to_recordset(cast(:facts as jsonb)) as new (
        seq bigint, measure text, month date, place text, breakdowns jsonb, breakdown_key text, source text,
        numerator bigint, denominator bigint, known_at timestamptz, provenance jsonb)
"""
_CELL = "measure, month, place, breakdown_key, source"
# A page comes in the order of commits, so what it replaces is what stands open, and the rest it replaces itself.
_CLOSE_REPLACED = text(f"""
    update fact set replaced_at = first.known_at
      from (select {_CELL}, min(known_at) as known_at from {_NEW} group by {_CELL}) as first
     where fact.author = :author and fact.epoch = :epoch and fact.replaced_at is null
       and fact.measure = first.measure and fact.month = first.month and fact.place = first.place
       and fact.breakdown_key = first.breakdown_key and fact.source = first.source
""")  # noqa: S608 -- constants of this module
_STORE = text(f"""
    insert into fact (author, epoch, seq, measure, month, place, breakdowns, breakdown_key, source, numerator, denominator,
                      known_at, provenance, replaced_at)
    select cast(:author as text), cast(:epoch as uuid), new.*,
           lead(known_at) over (partition by {_CELL} order by known_at)
      from {_NEW}
""")  # noqa: S608 -- constants of this module
_MOVE_CURSOR = text("update fact_subscription set cursor = :cursor where author = :author")
_NOTE_END = text("update fact_subscription set read_at = now() where author = :author")
_SERVE = text("""
    update fact_subscription set serving = loading, loading = null where author = :author and loading is not null
""")
_RAISE_VERSION = text("""
    insert into read_version (id) values (1)
    on conflict (id) do update set version = read_version.version + 1, changed_at = now()
""")


async def store_page(
    session: AsyncSession, *, author: str, position: Position, page: FactPage
) -> Position | None:
    """Keep one page that was read at a position; returns the position to go on from, None when all has been read.

    A page read at another position than the stored one is dropped: another worker was quicker, and a page that waited
    may be of an epoch that is over. A page of a new epoch starts over; what was served stays in force until the new
    epoch has been read to its end.
    """
    connection = await session.connection()
    serving, loading, cursor = (await connection.execute(_SUBSCRIPTION, {"author": author})).one()
    current = Position(loading or serving, cursor)
    if position != current:
        return current
    if page.epoch != current.epoch:
        position = await _turn_to(connection, author=author, epoch=page.epoch, served=page.epoch == serving)
        await _drop_epoch(connection, author=author, epoch=loading)
        if current.cursor != position.cursor:
            return position
    await _store_facts(connection, author=author, epoch=page.epoch, facts=page.items)
    if page.items:
        position = Position(page.epoch, page.items[-1].seq)
        await connection.execute(_MOVE_CURSOR, {"author": author, "cursor": position.cursor})
    if page.next is not None:
        return position
    await connection.execute(_NOTE_END, {"author": author})
    replaced = (await connection.execute(_SERVE, {"author": author})).rowcount
    if replaced:
        await _drop_epoch(connection, author=author, epoch=serving)
    if replaced or page.items:
        # Answers made before this transaction may be out of date.
        await connection.execute(_RAISE_VERSION)
    return None


async def _turn_to(connection: AsyncConnection, *, author: str, epoch: UUID, served: bool) -> Position:
    """Read another epoch from here on: a new one from its start, the served one from where it was read to.

    An author comes back to the epoch that is served when the one that was being loaded is lost: her server failed over
    to a copy that had not seen the rebuild.
    """
    if served:
        cursor = (await connection.execute(_RESUME_SERVED, {"author": author})).scalar_one()
    else:
        cursor = 0
        await connection.execute(_START_EPOCH, {"author": author, "epoch": epoch})
    return Position(epoch, cursor)


async def _drop_epoch(connection: AsyncConnection, *, author: str, epoch: UUID | None) -> None:
    """Throw away the copy of an epoch that is over, a part at a time: each statement keeps the usual time-out."""
    after: int | None = None if epoch is None else 0
    while after is not None:
        given = {"author": author, "epoch": epoch, "after": after, "limit": FACTS_PER_DELETE}
        after = (await connection.execute(_DELETE_BATCH, given)).scalar_one()


async def _store_facts(connection: AsyncConnection, *, author: str, epoch: UUID, facts: list[Fact]) -> None:
    if not facts:
        return
    rows = [
        {
            **fact.model_dump(mode="json"),
            "month": f"{fact.month}-01",
            "breakdown_key": breakdown_key(fact.breakdowns.items()),
        }
        for fact in facts
    ]
    given = {"author": author, "epoch": epoch, "facts": orjson.dumps(rows).decode()}
    await connection.execute(_CLOSE_REPLACED, given)
    await connection.execute(_STORE, given)
