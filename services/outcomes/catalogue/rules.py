"""What is missing, and from whom: by month, community and table, with the council that answers for it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from services.outcomes.feeds.declarations import Feed
from services.outcomes.submissions.rules import Standing
from shared.months import Month, Period, financial_quarter
from shared.registry import Registry
from shared.registry.entries import Council


def completeness(
    feed: Feed, registry: Registry, *, months: Sequence[Month], standing: Sequence[Standing]
) -> Iterator[dict[str, Any]]:
    """For every month, place and table: `supplied`, `not-supplied`, and by whom it was or should be.

    A community is supplied where its council's return has any figure of it or of one of its practices. A table about
    councils has a line for each of them; one that the whole system shares has one line, of the council that states it
    (None while nobody does).
    """
    for month in months:
        for table in feed.tables:
            for council, place in _expected(feed, registry, month, table.key):
                supplying = (
                    one
                    for one in standing
                    if (one.table, one.month) == (table.key, month)
                    and council in {None, one.council}
                    and _gives(registry, one.places, place, month)
                )
                found = next(supplying, None)
                yield {
                    "month": str(month),
                    "council": council if found is None else found.council,
                    "place": place,
                    "table": table.key,
                    "status": "not-supplied" if found is None else "supplied",
                    "submission": None if found is None else found.submission,
                    "received_at": None if found is None else found.received_at,
                }


def latest_quarter(council: Council | None, today: Month) -> Period:
    """The newest quarter of the financial year that has passed and through which a council stood."""
    newest = financial_quarter(today - 3)
    if council is None or council.valid_to is None or council.valid_to >= newest.last.last_day:
        return newest
    return financial_quarter(Month.of(council.valid_to + timedelta(days=1)) - 3)


def _expected(feed: Feed, registry: Registry, month: Month, table: str) -> Iterator[tuple[str | None, str]]:
    """Who should report on what: each community's own council of the kind that sends the feed."""
    on = month.first_day
    kinds = feed.places_of(table)
    if "system" in kinds:
        yield None, registry.system
        return
    suppliers = [one.slug for one in registry.file.councils if one.kind in feed.suppliers and one.holds(on)]
    if "council" in kinds:
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
