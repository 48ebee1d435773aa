"""Facts that this service is the author of: written in the transaction of what they come from, without a pull.

What a submission gave is kept as it was given, with the moment it became known. The facts are derived from that, so a
rebuild finds the same versions again.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.ingest.actions import drop_epoch, hold_subscription, raise_version
from services.trajectories.ingest.grouping import group_facts
from services.trajectories.ingest.tables import FactSubscription
from shared.db.copying import copy_rows
from shared.facts.cells import Cell, breakdown_key
from shared.ids import new_id

AUTHOR = "trajectories"

_MOMENT = text("select greatest(clock_timestamp(), max(known_at) + interval '1 microsecond') from kept_cell")
_MOMENTS = text("select distinct known_at from kept_cell order by known_at")
_MONTHS = text("""
    select measure, month, count(*) as cells from kept_cell where known_at = :known_at
     group by measure, month order by measure, month
""")
_TOGETHER = 20_000
"""About so many cells are a statement: more, and a busy server is not through with it in the time that one may take."""
_IN_RANGE = "new.known_at = :known_at and new.measure = :measure and new.month between :first and :last"
# The measure and months once more, so that only their facts are read.
_SAME_CELL = """
    fact.author = :author and fact.epoch = :epoch and fact.measure = :measure and fact.month between :first and :last
    and fact.measure = new.measure and fact.month = new.month
    and fact.place = new.place and fact.breakdown_key = new.breakdown_key and fact.source = new.source
"""
# Within a transaction nobody has counted the new rows, and a loop over tens of thousands that looks like one over one row
# takes minutes: the standing cells are hashed.
_HASHING = text("set local enable_nestloop = off")
_AS_EVER = text("set local enable_nestloop = on")
_CLOSE = text(f"""
    update fact set replaced_at = new.known_at from kept_cell new
     where {_IN_RANGE} and {_SAME_CELL} and fact.replaced_at is null
       and (fact.numerator, fact.denominator, fact.provenance)
           is distinct from (new.numerator, new.denominator, new.provenance)
""")  # noqa: S608 -- constants of this module
# A cell that says what stands is no new version, and a withdrawal of what does not stand is none.
_OPEN = text(f"""
    with opened as (
        insert into fact (author, epoch, seq, measure, month, place, breakdowns, breakdown_key, source, numerator,
                          denominator, known_at, provenance)
        select cast(:author as text), cast(:epoch as uuid),
               :after + row_number() over (order by measure, month, place, breakdown_key, source),
               measure, month, place, breakdowns, breakdown_key, source, numerator, denominator, known_at, provenance
          from kept_cell new
         where {_IN_RANGE}
           and not exists (select from fact where {_SAME_CELL} and fact.replaced_at is null)
           and (new.numerator is not null
                or exists (select from fact where {_SAME_CELL} and fact.replaced_at = new.known_at))
        returning seq)
    select coalesce(max(seq), :after) from opened
""")  # noqa: S608 -- constants of this module


async def author_facts(session: AsyncSession, cells: Sequence[Cell]) -> datetime | None:
    """Keep cells and put them in force, in the caller's transaction: answers have them from its commit on.

    cells: each once; one whose numerator is None withdraws what stands. A restated cell ends the older one's interval.
    Returns the moment from which they are known, None without any cell.
    """
    if not cells:
        return None
    subscription, _ = await hold_subscription(session, AUTHOR)
    known_at: datetime = (await (await session.connection()).execute(_MOMENT)).scalar_one()
    await _keep(session, cells, known_at=known_at)
    subscription.serving = subscription.serving or new_id()
    await _derive(session, subscription, subscription.serving, known_at=known_at)
    await group_facts(session, AUTHOR, subscription.serving)
    await raise_version(session)
    return known_at


async def rebuild_own_facts(session: AsyncSession) -> int:
    """Derive this service's facts again from the kept cells, under a new epoch. Returns how many moments there were.

    The answers for every past `as_at` come out the same.
    """
    subscription, _ = await hold_subscription(session, AUTHOR)
    over, epoch = subscription.serving, new_id()
    subscription.cursor = 0
    moments = (await (await session.connection()).execute(_MOMENTS)).scalars().all()
    for known_at in moments:
        await _derive(session, subscription, epoch, known_at=known_at)
    await group_facts(session, AUTHOR, epoch)
    subscription.serving = epoch
    await drop_epoch(session, AUTHOR, over)
    await raise_version(session)
    return len(moments)


async def _derive(
    session: AsyncSession, subscription: FactSubscription, epoch: UUID, *, known_at: datetime
) -> None:
    """Turn what became known at a moment into versions of cells."""
    connection = await session.connection()
    months = (await connection.execute(_MONTHS, {"known_at": known_at})).all()
    await connection.execute(_HASHING)
    for measure, first, last in _ranges((row.measure, row.month, row.cells) for row in months):
        scope = {"known_at": known_at, "measure": measure, "first": first, "last": last}
        given = {"author": AUTHOR, "epoch": epoch, **scope}
        await connection.execute(_CLOSE, given)
        opened = await connection.execute(_OPEN, {**given, "after": subscription.cursor})
        subscription.cursor = opened.scalar_one()
    await connection.execute(_AS_EVER)


def _ranges(months: Iterable[tuple[str, date, int]]) -> list[tuple[str, date, date]]:
    """Months of a measure one after the other, as many together as have no more cells than a statement takes.

    months: each measure's with the number of its cells, in order.
    """
    ranges: list[tuple[str, date, date]] = []
    together = 0
    for measure, month, cells in months:
        together += cells
        if ranges and ranges[-1][0] == measure and together <= _TOGETHER:
            ranges[-1] = (measure, ranges[-1][1], month)
        else:
            ranges.append((measure, month, month))
            together = cells
    return ranges


async def _keep(session: AsyncSession, cells: Sequence[Cell], *, known_at: datetime) -> None:
    """Write the cells by COPY: a year of every practice and band is many rows, of which most say the same of themselves."""
    # By the object: that of a file is one for all its cells.
    origins = {id(cell.provenance): cell.provenance for cell in cells}
    provenance = {key: orjson.dumps(dict(one)).decode() for key, one in origins.items()}
    broken_down = {
        one: (breakdown_key(one), orjson.dumps(dict(one)).decode())
        for one in {cell.breakdowns for cell in cells}
    }
    rows = [
        {
            "known_at": known_at,
            "measure": cell.measure,
            "month": cell.month.first_day,
            "place": cell.place,
            "breakdown_key": broken_down[cell.breakdowns][0],
            "source": cell.source,
            "breakdowns": broken_down[cell.breakdowns][1],
            "numerator": cell.numerator,
            "denominator": cell.denominator,
            "provenance": provenance[id(cell.provenance)],
        }
        for cell in cells
    ]
    await copy_rows(session, "kept_cell", rows)
