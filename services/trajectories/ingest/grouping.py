"""Facts in force as columns: what an answer reads of a month whose facts come in whole files and seldom change.

A measure of every practice of a country has thousands of cells a month. To read them one by one, and to gather what they
have in common, is most of what a new answer takes, so it is done once, when they come.
"""

from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

_UNGROUPED = text("""
    select measure, month from fact_month
     where author = :author and epoch = :epoch and grouped_at is null order by measure, month
""")
_GROUP = text("""
    with kept as (
        insert into fact_group (author, epoch, measure, month, number, breakdown_key, source, provenance, known_at,
                                places, numerators, denominators)
        select author, epoch, measure, month,
               row_number() over (order by breakdown_key, source, known_at, provenance),
               breakdown_key, source, provenance, known_at, array_agg(place order by place),
               array_agg(numerator order by place), array_agg(denominator order by place)
          from fact
         where author = :author and epoch = :epoch and measure = :measure and month = :month and replaced_at is null
         group by author, epoch, measure, month, breakdown_key, source, provenance, known_at
        returning known_at)
    update fact_month set grouped_at = (select max(known_at) from kept)
     where author = :author and epoch = :epoch and measure = :measure and month = :month
""")


async def group_facts(session: AsyncSession, author: str, epoch: UUID) -> None:
    """Group every month of an author's facts that is not grouped, in the transaction that wrote them.

    The author's subscription is locked by then, so nobody else writes facts meanwhile.
    """
    connection = await session.connection()
    of_author = {"author": author, "epoch": epoch}
    # A month at a time: all of them may be more than one statement has time for.
    for measure, month in (await connection.execute(_UNGROUPED, of_author)).all():
        await connection.execute(_GROUP, {**of_author, "measure": measure, "month": month})
