"""What is missing, and from whom: by month, community and table, with the council that answers for it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.outcomes.feeds.declarations import Feed
from shared.months import Month
from shared.registry import Registry

Supplied = Mapping[tuple[str, str, Month], Mapping[str, Any]]
"""By council, table and month: the `submission_id` in force, when it was `received_at`, the `places` it has figures of."""


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
