"""What has been supplied, and what has not: by month, community and table, with the council that answers for it."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.feeds.declarations import Feed
from shared.months import Month
from shared.registry import Registry

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

Supplied = dict[tuple[str, str, Month], dict[str, Any]]


async def supplied_months(session: AsyncSession, *, feed: str, months: Sequence[Month]) -> Supplied:
    """The submission in force for each council, table and month, with the places it has any figure of."""
    given = {"feed": feed, "months": [month.first_day for month in months]}
    rows = (await (await session.connection()).execute(_SUPPLIED, given)).mappings()
    return {(row["council"], row["table_key"], Month.of(row["month"])): dict(row) for row in rows}


def completeness(
    feed: Feed, registry: Registry, *, months: Sequence[Month], supplied: Supplied
) -> Iterator[dict[str, Any]]:
    """For every month, community and table: `supplied`, `not-supplied`, and by whom it was or should be.

    A community is supplied where its council's return has any figure of it or of one of its practices. A feed about
    councils themselves has a line for each of them instead.
    """
    for month in months:
        for council, place in _expected(feed, registry, month):
            for table in feed.tables:
                row = supplied.get((council, table.key, month))
                given = row is not None and _gives(registry, row["places"] or [], place, month)
                yield {
                    "month": str(month),
                    "council": council,
                    "place": place,
                    "table": table.key,
                    "status": "supplied" if given else "not-supplied",
                    "submission": row["submission_id"] if row is not None and given else None,
                    "received_at": row["received_at"] if row is not None and given else None,
                }


def _expected(feed: Feed, registry: Registry, month: Month) -> Iterator[tuple[str, str]]:
    """Who should report on what: each community's own council of the kind that sends the feed."""
    on = month.first_day
    suppliers = [one.slug for one in registry.file.councils if one.kind in feed.suppliers and one.holds(on)]
    if feed.places[0] == "council":
        yield from ((council, council) for council in suppliers)
        return
    for community in registry.communities(on, "icc"):
        serving = set(registry.councils_of(community.slug, on))
        yield from ((council, community.slug) for council in suppliers if council in serving)


def _gives(registry: Registry, places: Sequence[str], place: str, month: Month) -> bool:
    on = month.first_day
    return any(
        one == place or (registry.practice(one) and registry.icc_of_practice(one, on) == place)
        for one in places
    )
