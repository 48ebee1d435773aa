"""Whether a return is there, when it was complete, and what it still lacks."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from services.outcomes.feeds.declarations import Feed
from services.outcomes.signals.rules import due_on, return_of, returns_between
from shared.months import Month, Period, london_day
from shared.registry import Registry

Status = Literal["supplied", "late", "due", "overdue"]

SHOWN_OF_SILENT: Final = 4
"""So many returns are shown, unless others are asked for, of a council that never sent one."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What one submission gave for one table in one month. places: of which it has any figure.

    changed: whether the submission changed any figure that was in force.
    """

    submission: UUID
    council: str
    table: str
    month: Month
    received_at: datetime
    in_force: bool
    changed: bool
    places: tuple[str, ...]

    @property
    def part(self) -> tuple[str, Month]:
        """The table and month."""
        return self.table, self.month


@dataclass(frozen=True, slots=True)
class Lack:
    """What a return lacks of a table at a place."""

    table: str
    place: str
    months: tuple[Month, ...]


@dataclass(frozen=True, slots=True)
class Return:
    """One council's return of a period. received_at: when it was first complete.

    days_late: after `due_on`, of one that came late or is still awaited.   restated: submissions that changed its figures.
    missing: what is absent of a return of which something came.
    """

    council: str
    period: Period
    status: Status
    due_on: date
    received_at: datetime | None = None
    days_late: int | None = None
    restated: int = 0
    submissions: tuple[UUID, ...] = ()
    missing: tuple[Lack, ...] = field(default=())


Awaited = tuple[str, Period]
"""A council and the period of a return of it."""


def awaited_returns(feed: Feed, registry: Registry, periods: Sequence[Period]) -> Iterator[Awaited]:
    """Whose return is awaited for each period: of every council that answers for a place in one of its months."""
    for period in periods:
        councils = {
            council
            for month in period
            for council, _ in places_awaited(feed, registry, month)
            if council is not None
        }
        yield from ((council, period) for council in sorted(councils))


def returns_to_show(
    feed: Feed, registry: Registry, *, today: Month, first_sent: Mapping[str, Month]
) -> list[Awaited]:
    """The returns shown where no period is asked for, the newest first.

    first_sent: the first month of which a council sent anything: its returns are shown from there on, those of a council
    that never sent one for the last year, up to the one that runs or its last.
    """
    newest = return_of(feed, today).last
    found: list[Awaited] = []
    for council in registry.file.councils:
        if council.kind not in feed.suppliers or Month.of(council.valid_from) > newest:
            continue
        end = min(newest, Month.of(council.valid_to)) if council.valid_to else newest
        length = len(return_of(feed, end).months)
        start = min(first_sent.get(council.slug, end), end - length * (SHOWN_OF_SILENT - 1))
        start = max(start, Month.of(council.valid_from))
        found += [
            one
            for one in awaited_returns(feed, registry, returns_between(feed, start, end))
            if one[0] == council.slug
        ]
    return sorted(found, key=lambda one: (-one[1].last.first_day.toordinal(), one[0]))


def return_told(
    feed: Feed, registry: Registry, awaited: Awaited, sendings: Sequence[Sending], *, today: date
) -> Return:
    """Where a council's return of a period stands on a day.

    It is supplied once the feed's first table has a figure in every month for which it is awaited; a table or a place that
    is absent beside it is told in `missing`.   sendings: everybody's, in the order they were received.
    """
    council, period = awaited
    own = [one for one in sendings if one.council == council and one.month in period]
    due = due_on(feed, period)
    months = [
        month for month in period if any(who == council for who, _ in places_awaited(feed, registry, month))
    ]
    complete = _complete_since(own, feed.tables[0].key, months)
    late = ((london_day(complete) if complete else today) - due).days
    if complete:
        status: Status = "late" if late > 0 else "supplied"
    else:
        status = "overdue" if late > 0 else "due"
    standing = [one for one in sendings if one.in_force and one.places]
    return Return(
        council=council,
        period=period,
        status=status,
        due_on=due,
        received_at=complete,
        days_late=late if late > 0 else None,
        restated=len(_restating(own)),
        submissions=tuple(dict.fromkeys(one.submission for one in own if one.in_force and one.places)),
        missing=tuple(_lacks(feed, registry, council, months, standing)) if own else (),
    )


def _complete_since(own: Sequence[Sending], table: str, months: Sequence[Month]) -> datetime | None:
    """When a table had first come for all months; None while one of them has no figure in force."""
    first: dict[Month, datetime] = {}
    standing: set[Month] = set()
    for one in own:
        if one.table == table and one.places:
            first.setdefault(one.month, one.received_at)
            standing |= {one.month} if one.in_force else set()
    return max(first[month] for month in months) if months and standing.issuperset(months) else None


def _restating(own: Sequence[Sending]) -> set[UUID]:
    """The submissions that changed figures of which there were some already."""
    there: set[tuple[str, Month]] = set()
    restating: set[UUID] = set()
    for one in own:
        if one.changed and one.part in there:
            restating.add(one.submission)
        there.add(one.part)
    return restating


def _lacks(
    feed: Feed, registry: Registry, council: str, months: Sequence[Month], standing: Sequence[Sending]
) -> Iterator[Lack]:
    """What of a council's return nobody has given. standing: what everybody's submissions in force have figures of."""
    for table in feed.tables:
        absent: dict[str, list[Month]] = {}
        for month in months:
            for who, place in places_awaited(feed, registry, month, table.key):
                given = (
                    one.places
                    for one in standing
                    if one.part == (table.key, month) and (who is None or one.council == council)
                )
                if who in {None, council} and not any(
                    _gives(registry, places, place, month) for places in given
                ):
                    absent.setdefault(place, []).append(month)
        yield from (Lack(table.key, place, tuple(lacking)) for place, lacking in absent.items())


def places_awaited(
    feed: Feed, registry: Registry, month: Month, table: str | None = None
) -> Iterator[tuple[str | None, str]]:
    """Who should report on what: each community's own council of the kind that sends the feed.

    table: the feed's first where none is named. A table by the whole system is nobody's in particular (None).
    """
    on = month.first_day
    kinds = feed.places_of(table or feed.tables[0].key)
    if "system" in kinds:
        yield None, registry.system
        return
    suppliers = [one for one in registry.file.councils if one.kind in feed.suppliers and one.holds(on)]
    if "council" in kinds:
        yield from ((one.slug, one.slug) for one in suppliers if not one.mostly_outside)
        return
    for community in registry.communities(on, "icc"):
        serving = set(registry.councils_of(community.slug, on))
        yield from ((one.slug, community.slug) for one in suppliers if one.slug in serving)


def _gives(registry: Registry, places: Collection[str], place: str, month: Month) -> bool:
    on = month.first_day
    return any(
        one == place or (registry.practice(one) and registry.icc_of_practice(one, on) == place)
        for one in places
    )
