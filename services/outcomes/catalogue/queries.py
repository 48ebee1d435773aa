"""What has been supplied: the submission in force for each council, table and month."""

from collections.abc import Sequence

from sqlalchemy import bindparam, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.catalogue.rules import Supplied
from shared.months import Month

_SUPPLIED = text("""
    select c.council, c.table_key, c.month, c.submission_id, s.received_at,
           array_agg(distinct f.place) filter (where f.count is not null) as places
      from feed_coverage c
      join feed_submission s on s.id = c.submission_id
      left join feed_figure f
        on f.submission_id = c.submission_id and f.table_key = c.table_key and f.month = c.month
     where c.in_force and c.feed = :feed and c.month in :months
     group by c.council, c.table_key, c.month, c.submission_id, s.received_at
""").bindparams(bindparam("months", expanding=True))


async def supplied_months(session: AsyncSession, *, feed: str, months: Sequence[Month]) -> Supplied:
    """The submission in force for each council, table and month, with the places it has any figure of."""
    given = {"feed": feed, "months": [month.first_day for month in months]}
    rows = (await (await session.connection()).execute(_SUPPLIED, given)).mappings()
    return {(row["council"], row["table_key"], Month.of(row["month"])): dict(row) for row in rows}
