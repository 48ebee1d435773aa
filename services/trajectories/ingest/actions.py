"""What writes the read model: the facts of a page, the cursor and the version, in one transaction.

The facts are stored and dropped by set-based SQL, since a rebuild brings millions of them.
"""

from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.ingest.queries import Position
from services.trajectories.ingest.tables import Fact, FactSubscription, ReadVersion
from shared.facts.cells import FactPage, breakdown_key

FACTS_PER_DELETE = 5_000  # a fraction of a second, whatever the copy has grown to

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


async def store_page(
    session: AsyncSession, *, author: str, position: Position, page: FactPage
) -> Position | None:
    """Keep one page that was read at a position; returns the position to go on from, None at the end of the facts.

    A page of a new epoch starts over; the served epoch stays in force until the new one has been read to its end.
    """
    subscription, now = await hold_subscription(session, author)
    if position != Position.of(subscription):
        # Another worker was quicker, or the page waited and its epoch is over.
        return Position.of(subscription)
    if page.epoch != position.epoch:
        await _turn_to(session, subscription, page.epoch)
        if subscription.cursor != position.cursor:
            return Position.of(subscription)
    if page.items:
        await _store_facts(session, author, page)
        subscription.cursor = page.items[-1].seq
    if page.next is not None:
        return Position.of(subscription)
    subscription.read_at = now
    if loaded := subscription.loading:
        over, subscription.serving, subscription.loading = subscription.serving, loaded, None
        await drop_epoch(session, author, over)
    if loaded or page.items:
        await raise_version(session)
    return None


async def hold_subscription(session: AsyncSession, author: str) -> tuple[FactSubscription, datetime]:
    """An author's subscription, locked until the commit so that nobody else stores facts of the author, and the time."""
    locked = insert(FactSubscription).values(author=author)
    locked = locked.on_conflict_do_update(index_elements=["author"], set_={"author": locked.excluded.author})
    subscription, now = (await session.exec(locked.returning(FactSubscription, func.now()))).one()
    return subscription, now


async def raise_version(session: AsyncSession) -> None:
    """Say that answers made before this transaction may be out of date."""
    raised = {"version": col(ReadVersion.version) + 1, "changed_at": func.now()}
    await session.exec(
        insert(ReadVersion).values(id=1).on_conflict_do_update(index_elements=["id"], set_=raised)
    )


async def _turn_to(session: AsyncSession, subscription: FactSubscription, epoch: UUID) -> None:
    """Read another epoch from here on, and throw away the one that was being loaded."""
    given_up = subscription.loading
    if epoch == subscription.serving:
        # The author's server failed over to a copy that has not seen the rebuild: go on where the served epoch ended.
        newest = select(func.coalesce(func.max(Fact.seq), 0))
        newest = newest.where(Fact.author == subscription.author, Fact.epoch == epoch)
        subscription.loading, subscription.cursor = None, (await session.exec(newest)).one()
    else:
        subscription.loading, subscription.cursor = epoch, 0
    await drop_epoch(session, subscription.author, given_up)


async def drop_epoch(session: AsyncSession, author: str, epoch: UUID | None) -> None:
    """Throw away the copy of an epoch that is over, a part at a time: each statement keeps the usual time-out."""
    connection = await session.connection()
    after: int | None = None if epoch is None else 0
    while after is not None:
        given = {"author": author, "epoch": epoch, "after": after, "limit": FACTS_PER_DELETE}
        after = (await connection.execute(_DELETE_BATCH, given)).scalar_one()


async def _store_facts(session: AsyncSession, author: str, page: FactPage) -> None:
    rows = [
        {
            **fact.model_dump(mode="json"),
            "month": f"{fact.month}-01",
            "breakdown_key": breakdown_key(fact.breakdowns.items()),
        }
        for fact in page.items
    ]
    given = {"author": author, "epoch": page.epoch, "facts": orjson.dumps(rows).decode()}
    connection = await session.connection()
    await connection.execute(_CLOSE_REPLACED, given)
    await connection.execute(_STORE, given)
