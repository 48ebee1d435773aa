"""Up to which month a caller may know of any figure, and what arrived when."""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from shared.db.engine import Database
from shared.months import Month

_FILED = """
    select max(month) as month from serving_fact
     where place = any($3::text[]) and month <= $1 and ($2::text[] is null or measure = any($2))
       and numerator is not null and replaced_at is null
"""
_PUBLISHED = """
    with newest as (select max(number) as number from publication)
    select max(month) as month from published_cell cross join newest
     where grain = 'month' and month <= $1 and ($2::text[] is null or measure = any($2)) and since <= newest.number and (until is null or until > newest.number)
"""

_ARRIVED = """
    select measure, source, max(month) as month, max(known_at) as known_at from serving_fact
     where month >= $1 and numerator is not null and replaced_at is null
     group by measure, source order by known_at desc, measure, source limit 200
"""


_NOTICE = """
    select text from annotation
     where measure is null and community is null and kind = 'data-quality' and withdrawn_at is null and month >= $1
     order by month desc, id desc limit 1
"""


class Arrival(NamedTuple):
    """What one source last brought of one measure: up to which month, and when."""

    measure: str
    source: str
    newest: Month
    arrived: datetime


async def arrivals(database: Database, *, since: Month) -> list[Arrival]:
    """What every source brought of months since one, the latest first."""
    async with database.connection() as connection:
        rows = await connection.fetch(_ARRIVED, since.first_day)
    return [Arrival(row["measure"], row["source"], Month.of(row["month"]), row["known_at"]) for row in rows]


async def newest_month(
    database: Database, until: Month, keys: list[str] | None, codes: Collection[str], *, published: bool
) -> Month | None:
    """The newest month, up to one, with a figure filed under codes that the caller sees exactly, or published.

    keys: of the measures; None for any.
    """
    found: list[date | None] = []
    async with database.connection() as connection:
        if codes:
            found.append(await connection.fetchval(_FILED, until.first_day, keys, sorted(codes)))
        if published:
            found.append(await connection.fetchval(_PUBLISHED, until.first_day, keys))
    return max((Month.of(one) for one in found if one is not None), default=None)


async def notice_since(database: Database, month: Month) -> str | None:
    """What is said of all figures, whatever the measure and place, of a month or a later one; the newest such note."""
    async with database.connection() as connection:
        found: str | None = await connection.fetchval(_NOTICE, month.first_day)
    return found
