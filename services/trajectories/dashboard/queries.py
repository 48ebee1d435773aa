"""Up to which month a caller may know of any figure."""

from collections.abc import Collection
from datetime import date

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
