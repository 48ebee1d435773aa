"""The trajectory of a place in a month: which version speaks for it, and what that one says.

A community has a row of its own in a version. Everything larger, and everything that cuts through communities, is the sum
of its communities or practices.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Literal
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.bay_trajectories.tables import BayTrajectory
from services.trajectories.performance.rules.places import Geography
from services.trajectories.shares.queries import ShareRow, shares_of, versions_in_force
from services.trajectories.shares.rules.whole_numbers import parts_of, whole_numbers
from services.trajectories.shares.tables import TrajectoryVersion
from shared.months import Month, month_range
from shared.registry.selection import Selection

Reason = Literal["no-version", "not-in-version", "undefined-share", "no-plan"]


@dataclass(frozen=True, slots=True)
class Part:
    """A place's part in a month. bay: the plan's month.   numerator, total: of the share.   reason: why there is no figure."""

    month: Month
    version: TrajectoryVersion | None
    bay: int | None
    numerator: int | None
    total: int | None
    integer: int | None
    reason: Reason | None = None

    @property
    def exact(self) -> Fraction | None:
        """Share times plan."""
        if self.bay is None or self.numerator is None or not self.total:
            return None
        return Fraction(self.numerator * self.bay, self.total)


@dataclass(frozen=True, slots=True)
class InForce:
    """Everything in force over some months, with the shares that were read."""

    versions: Mapping[Month, TrajectoryVersion]
    shares: Mapping[tuple[UUID, str], ShareRow]
    plans: Mapping[UUID, Mapping[str, int]]

    def bay(self, month: Month) -> int | None:
        """The plan of the whole in a month."""
        version = self.versions.get(month)
        return None if version is None else self.plans[version.bay_trajectory_id].get(str(month))

    def part(self, rows: Iterable[str], month: Month) -> Part:
        """The sum of some rows of the version in force."""
        version = self.versions.get(month)
        if version is None:
            return Part(month, None, None, None, None, None, "no-version")
        found = [share for row in rows if (share := self.shares.get((version.id, row))) is not None]
        bay = self.bay(month)
        if not found:
            return Part(month, version, bay, None, version.total, None, "not-in-version")
        numerator = sum(share.numerator for share in found)
        if not version.total:
            return Part(month, version, bay, numerator, 0, None, "undefined-share")
        at = month - Month.of(version.effective_from)
        integer = sum((share.integers or [])[at] for share in found)
        return Part(month, version, bay, numerator, version.total, integer)


@lru_cache(50_000)  # months times places of the widest question
def rows_of(place: Selection, month: Month, places: Geography) -> tuple[str, ...]:
    """The rows of a version that add up to a place in a month."""
    registry, on = places.registry, month.first_day
    if place.kind in {"practice", "line"}:
        return (place.code,)
    if place.kind == "community" and not places.below_icc(place, month):
        return (*places.communities(place, month), *places.lines(place, month))
    practices = {registry.carrier_of(code, on) for code in places.practices(place, month)}
    return tuple(sorted(practices))


async def read_in_force(
    session: AsyncSession,
    measure: str,
    months: Sequence[Month],
    *,
    rows: Iterable[str] | None,
    as_at: datetime | None,
) -> InForce:
    """What is in force in some months. rows: the places whose shares are needed, None for all."""
    versions = await versions_in_force(session, measure, months, as_at=as_at)
    if not versions:
        return InForce({}, {}, {})
    ids = sorted({version.id for version in versions.values()})
    shares = await shares_of(session, ids, None if rows is None else sorted(set(rows)))
    return InForce(versions, shares, await _plans(session, versions.values()))


async def read_frozen(
    session: AsyncSession, measure: str, start: Month, last: Month, *, as_at: datetime | None
) -> InForce | None:
    """The shares in force in a month, on the plan in force of it and of all months after it, counted anew from it.

    None where no version was in force then.
    """
    current = await read_in_force(session, measure, month_range(start, last), rows=(), as_at=as_at)
    version = current.versions.get(start)
    if version is None:
        return None
    planned: dict[Month, int] = {}
    for month in month_range(start, last):
        bay = current.bay(month)
        if bay is None:
            break  # counting goes on from month to month, and cannot pass one without a plan
        planned[month] = bay
    shares = await shares_of(session, [version.id])
    counted = await asyncio.to_thread(_counted_anew, list(shares.values()), list(planned.values()))
    frozen = version.model_copy(update={"effective_from": start.first_day})
    anew = {key: share._replace(integers=counted.get(share.place)) for key, share in shares.items()}
    plan = {str(month): bay for month, bay in planned.items()}
    return InForce(dict.fromkeys(planned, frozen), anew, {version.bay_trajectory_id: plan})


def _counted_anew(shares: Sequence[ShareRow], plan: Sequence[int]) -> dict[str, list[int]]:
    """The whole numbers of both levels on another plan."""
    communities = {one.place: one.numerator for one in shares if one.kind == "community"}
    if not any(communities.values()):
        return {}
    members: dict[str, dict[str, int]] = defaultdict(dict)
    for one in shares:
        if one.kind == "practice":
            members[one.community][one.place] = one.numerator
    found = whole_numbers(plan, communities)
    for slug, own in members.items():
        found |= parts_of(found[slug], own)
    return found


async def _plans(
    session: AsyncSession, versions: Iterable[TrajectoryVersion]
) -> dict[UUID, Mapping[str, int]]:
    ids = sorted({version.bay_trajectory_id for version in versions})
    found = (await session.exec(select(BayTrajectory).where(col(BayTrajectory.id).in_(ids)))).all()
    return {plan.id: plan.months for plan in found}
