"""What is in force, and how it came about, as one caller may read it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.trajectories.bay_trajectories.rules import measure_faults
from services.trajectories.bay_trajectories.tables import BayTrajectory
from services.trajectories.errors import BelowCommunity
from services.trajectories.performance.aside import aside
from services.trajectories.performance.current import sight_of
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.shares.answers import (
    FOLLOWS,
    ZERO_SUM,
    explained,
    item_exactly,
    item_shown,
)
from services.trajectories.shares.in_force import InForce, Part, read_frozen, read_in_force, rows_of
from services.trajectories.shares.queries import practices_within, shown_shares
from services.trajectories.shares.rules.requests import IN_FORCE, frozen_month
from services.trajectories.shares.rules.shown import ShownShares
from services.trajectories.shares.schemas import ExplanationAnswer
from shared.http.answers import json_bytes
from shared.http.dates import CLOCK_TOLERANCE
from shared.months import Month, month_range
from shared.problems import Forbidden, Invalid, NotFound
from shared.registry.selection import Selection
from shared.service.acting import Act

MOST_MONTHS = 120
MOST_ITEMS = 20_000
YEAR = 12
_MANY = 500
"""More months of places than this take longer than a small answer may wait."""
EARLIEST, LATEST = Month(1900, 1), Month(2200, 12)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question for what is in force."""

    measure: str
    community: str | None
    first: Month | None
    last: Month | None
    basis: str
    as_at: datetime | None


@dataclass(frozen=True, slots=True)
class Given:
    """What an answer is made of. shown: what each version shows to those who see no exact figures, where the caller is one of them."""

    force: InForce | None
    shown: Mapping[UUID, ShownShares]


async def trajectories_in_force(act: Act, reporting: Reporting, asked: Asked) -> bytes:
    """The trajectory of some places month by month, as `InForceAnswer`. Raises Invalid, BelowCommunity."""
    _check_measure(reporting, asked.measure)
    start, months = _months(asked, act.now)
    places = _places(reporting, asked, months)
    sight = sight_of(act.caller, reporting.places)
    size = len(places) * len(months)

    def rows() -> set[str]:
        if not all(sight.may_ask(place, months) for place in places):
            raise BelowCommunity
        return {
            row for place in places for month in months for row in rows_of(place, month, reporting.places)
        }

    needed = await aside(size, rows, many=_MANY)
    if start is None:
        force: InForce | None = await read_in_force(
            act.session, asked.measure, months, rows=needed, as_at=asked.as_at
        )
    else:
        force = await read_frozen(act.session, asked.measure, start, months[-1], as_at=asked.as_at)
    shown: Mapping[UUID, ShownShares] = {}
    if force is not None and not _sees_all(sight, places, months):
        shown = await shown_shares(act.session, force.versions.values(), reporting.policy)
    given = Given(force, shown)
    return await aside(size, _answer, asked, places, months, given, sight, reporting, many=_MANY)


def _answer(
    asked: Asked,
    places: Sequence[Selection],
    months: Sequence[Month],
    given: Given,
    sight: Sight,
    reporting: Reporting,
) -> bytes:
    items = list(_items(places, months, given, sight=sight, reporting=reporting))
    policy = reporting.policy
    protection = None
    if not _sees_all(sight, places, months):
        protection = {"policy": policy.id, "threshold": policy.threshold, "base": policy.base}
    return json_bytes(
        {
            "measure": asked.measure,
            "basis": asked.basis,
            "items": items,
            "protection": protection,
            "notes": [ZERO_SUM, FOLLOWS] if asked.basis == IN_FORCE else [ZERO_SUM],
        }
    )


def _items(
    places: Sequence[Selection],
    months: Sequence[Month],
    given: Given,
    *,
    sight: Sight,
    reporting: Reporting,
) -> Iterator[dict[str, Any]]:
    force = given.force
    for place in places:
        for month in months:
            rows = rows_of(place, month, reporting.places)
            part = (
                Part(month, None, None, None, None, None, "no-version")
                if force is None
                else force.part(rows, month)
            )
            if sight.exactly(place, month) or part.version is None or not part.total:
                yield item_exactly(place, part)
            else:
                yield item_shown(place, part, given.shown[part.version.id], rows, policy=reporting.policy)


def _sees_all(sight: Sight, places: Sequence[Selection], months: Sequence[Month]) -> bool:
    return sight.of_everything or all(sight.exactly(place, month) for place in places for month in months)


async def explain_trajectory(
    act: Act, reporting: Reporting, *, measure: str, community: str, month: Month
) -> ExplanationAnswer:
    """How the figure of a place in a month came about, practice by practice.

    Raises Invalid; Forbidden for whoever sees no exact figures of the place; NotFound where no version is in force.
    """
    _check_measure(reporting, measure)
    place = reporting.places.registry.resolve(community)
    if not sight_of(act.caller, reporting.places).exactly(place, month):
        raise Forbidden("An explanation needs the right to exact figures of the place.")
    rows = rows_of(place, month, reporting.places)
    force = await read_in_force(act.session, measure, [month], rows=rows, as_at=None)
    version = force.versions.get(month)
    if version is None:
        raise NotFound("No version is in force in this month.")
    plan = await act.session.get_one(BayTrajectory, version.bay_trajectory_id)
    practices = await practices_within(act.session, version.id, rows)
    named = reporting.places.registry.practice
    names = {one.place: practice.name for one in practices if (practice := named(one.place)) is not None}
    return explained(
        place,
        force.part(rows, month),
        version,
        sorted(practices, key=lambda one: (one.community, one.place)),
        plan=plan,
        names=names,
    )


def _check_measure(reporting: Reporting, measure: str) -> None:
    if faults := list(measure_faults(reporting.catalogue.get(measure))):
        raise Invalid(errors=faults)


def _months(asked: Asked, now: datetime) -> tuple[Month | None, list[Month]]:
    """The frozen month, if any, and the months asked for: by default the twelve that end with the current one."""
    try:
        start = frozen_month(asked.basis)
    except ValueError:
        raise Invalid.one("enum", "/basis", "A basis is `in-force` or `frozen:YYYY-MM`.") from None
    if asked.as_at is not None and asked.as_at > now + CLOCK_TOLERANCE:
        raise Invalid.one("date.future", "/as_at", "What will be known later is not known yet.")
    for name, month in (("from", asked.first), ("to", asked.last), ("basis", start)):
        if month is not None and not EARLIEST <= month <= LATEST:
            raise Invalid.one(
                "date.implausible", f"/{name}", "There are trajectories from 1900 to 2200 only."
            )
    last = asked.last or (asked.first + (YEAR - 1) if asked.first else Month.of(now))
    first = asked.first or last - (YEAR - 1)
    if last < first:
        raise Invalid.one("date.order", "/to", "The range ends before it begins.")
    if last - first >= MOST_MONTHS or (start is not None and last - start >= MOST_MONTHS):
        raise Invalid.one("query.range_too_wide", "/from", f"An answer covers at most {MOST_MONTHS} months.")
    return start, month_range(first, last)


def _places(reporting: Reporting, asked: Asked, months: Sequence[Month]) -> tuple[Selection, ...]:
    places = (
        reporting.places.of_level("icc", months)
        if asked.community is None
        else reporting.places.registry.resolve_all(asked.community)
    )
    if len(places) * len(months) > MOST_ITEMS:
        detail = f"An answer has at most {MOST_ITEMS} months of places; ask for fewer."
        raise Invalid.one("query.too_many", "/community", detail)
    return places
