"""What is known of a measure's activity, and where it came from: what a version of shares is counted from."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.shares.rules.windows import Activity
from shared.db.bare import Bare, driver_of
from shared.months import Month

# By hand: three years of every practice of the country are 200,000 facts, by age two million. Of most months they stand
# gathered since they came (`ingest/grouping.py`); of others they are gathered now.
# Lines by age make a total too; those by sex or deprivation stand beside it.
_OF_TOTAL = "(breakdown_key = '' or breakdown_key like 'age=%')"
_MONTHS = """
    with asked as (
        select author, epoch, measure, month, grouped_at is not null as gathered
          from fact_month join fact_subscription using (author)
         where serving = epoch and measure = {measure} and month between {first} and {last})
"""
_ACTIVITY = f"""
    {_MONTHS.format(measure="$1", first="'-infinity'", last="$2")}
    select month, places, numerators, known_at
      from asked join fact_group using (author, epoch, measure, month) where gathered and {_OF_TOTAL}
     union all
    select month, array_agg(place), array_agg(numerator), max(known_at)
      from asked join fact using (author, epoch, measure, month)
     where not gathered and {_OF_TOTAL} and replaced_at is null and numerator is not null
     group by month, breakdown_key
"""  # noqa: S608 -- constants of this module
_SOURCES = Bare(f"""
    {_MONTHS.format(measure=":measure", first=":first", last=":last")}
    select author, source, provenance::text as told from (
        select author, source, provenance
          from asked join fact_group using (author, epoch, measure, month)
         where gathered and {_OF_TOTAL} and cardinality(array_remove(numerators, null)) > 0
         union
        select author, source, provenance
          from asked join fact using (author, epoch, measure, month)
         where not gathered and {_OF_TOTAL} and replaced_at is null and numerator is not null
    ) as known order by author, source, provenance
""")  # noqa: S608 -- constants of this module
_TOGETHER: Final = 8
"""So many rows are taken at once: each may have all practices of the country, and others are answered between them."""


class KnownActivity(NamedTuple):
    """What is known of a measure up to a month, and when the newest of it was learnt; None without any."""

    by_place: Activity
    known_at: datetime | None


async def activity_until(session: AsyncSession, measure: str, last: Month) -> KnownActivity:
    """Every place's figures up to a month, as they are known now."""
    driver = await driver_of(session)
    found = driver.cursor(_ACTIVITY, measure, last.first_day, prefetch=_TOGETHER)
    return await asyncio.to_thread(_by_place, [row async for row in found])


def _by_place(rows: Sequence[Any]) -> KnownActivity:
    """rows: a month, places in it, what each has, and when the newest of that was learnt; a month may have several."""
    totals: dict[date, dict[str, int]] = defaultdict(dict)
    learnt = []
    for day, places, numerators, known_at in rows:
        standing = [one for one in zip(places, numerators, strict=True) if one[1] is not None]
        if standing:  # the others were withdrawn
            learnt.append(known_at)
        total = totals[day]
        for place, units in standing:
            total[place] = total.get(place, 0) + units
    found: dict[str, dict[Month, int]] = defaultdict(dict)
    for day, total in totals.items():
        month = Month.of(day)
        for place, units in total.items():
            found[place][month] = units
    return KnownActivity(found, max(learnt, default=None))


async def sources_of(session: AsyncSession, measure: str, first: Month, last: Month) -> list[dict[str, Any]]:
    """Where the figures of some months came from, each origin once, in an order that depends on nothing else."""
    given = {"measure": measure, "first": first.first_day, "last": last.first_day}
    rows = await _SOURCES.rows(session, given)
    return [{"source": row["author"], "supplier": row["source"], **orjson.loads(row["told"])} for row in rows]
