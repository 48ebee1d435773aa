"""Which measures have any figure that a caller may know of."""

from collections.abc import Collection, Sequence
from datetime import datetime

from services.trajectories.measures.catalogue import Measure
from shared.db.engine import Database
from shared.months import Month

_FILED = """
    select key from unnest($1::text[]) as asked (key)
     where exists (select from serving_fact
                    where measure = key and month between $2 and $3 and place = any($4::text[]) and numerator is not null
                      and known_at <= coalesce($5, now()) and (replaced_at is null or replaced_at > $5))
"""
_PUBLISHED = """
    with newest as (select max(number) as number from publication where $4::timestamptz is null or published_at <= $4)
    select key from unnest($1::text[]) as asked (key) cross join newest
     where exists (select from published_cell
                    where measure = key and grain = 'month' and month between $2 and $3
                      and since <= newest.number and (until is null or until > newest.number))
"""


async def measures_with_figures(
    database: Database,
    measures: Sequence[Measure],
    codes: Collection[str],
    *,
    months: tuple[Month, Month],
    published: bool,
    as_at: datetime | None,
) -> list[Measure]:
    """The measures of which something was filed under codes that the caller sees exactly, or published.

    published: whether the caller sees anything of what is published.
    """
    ends = (months[0].first_day, months[1].first_day)
    keys = sorted({read for measure in measures for read in (measure.key, *measure.made_of)})
    async with database.connection() as connection:
        rows = await connection.fetch(_FILED, keys, *ends, sorted(codes), as_at) if codes else []
        told = await connection.fetch(_PUBLISHED, keys, *ends, as_at) if published else []
    filed, shown = {row["key"] for row in rows}, {row["key"] for row in told}
    return [one for one in measures if one.key in shown or filed.issuperset(one.made_of)]
