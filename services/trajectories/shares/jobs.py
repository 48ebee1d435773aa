"""The worker's part: a version proposes itself when its quarter has begun."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.bay_trajectories.queries import agreed_plan, planned_measures
from services.trajectories.bay_trajectories.tables import DRAFTING, BayTrajectory
from services.trajectories.shares.actions import Wanted, draft_version
from services.trajectories.shares.queries import versions_of
from services.trajectories.shares.rules.calendar import due_quarters
from services.trajectories.shares.tables import TrajectoryVersion
from shared.audit import record
from shared.months import Month, month_range
from shared.problems import Invalid
from shared.service.platform import Platform
from shared.service.worker import Periodic

LOOKED_AT_EVERY = timedelta(minutes=10)

log = structlog.get_logger()


def draft_periodic() -> Periodic:
    """The loop that drafts the versions of quarters that have begun, a quarter at a time, missed ones too."""
    return Periodic(DRAFTING, LOOKED_AT_EVERY, draft_due)


async def draft_due(platform: Platform) -> None:
    """Draft what is due. A quarter whose activity is not complete yet is looked at again in the next round."""
    async with platform.database.transaction() as session:
        planned = await planned_measures(session)
    for measure, first, last in planned:
        async with platform.database.transaction() as session:
            versions = await versions_of(session, measure)
            revised = await _revised_months(session, versions)
        made = {Month.of(version.effective_from) for version in versions}
        quarters = due_quarters(planned=(first, last), made=made, current=Month.of(platform.clock()))
        for month in (*revised, *quarters):
            await _draft(platform, Wanted(measure, month))


async def _revised_months(session: AsyncSession, versions: Sequence[TrajectoryVersion]) -> list[Month]:
    """The first month that a revision of the plan behind an approved version changes, while no version is made of it."""
    used = {version.bay_trajectory_id for version in versions}
    found = set()
    for version in versions:
        if version.status != "approved":
            continue
        begins, ends = Month.of(version.effective_from), Month.of(version.last_month)
        pinned = await session.get_one(BayTrajectory, version.bay_trajectory_id)
        newest = await agreed_plan(session, version.measure, ends)
        if newest is not None and newest.id not in used:
            changed = [
                month
                for month in month_range(begins, ends)
                if newest.months.get(str(month)) != pinned.months.get(str(month))
            ]
            found.update(changed[:1])
    return sorted(found)[:1]


async def _draft(platform: Platform, wanted: Wanted) -> None:
    try:
        async with platform.transaction() as session:
            version = await draft_version(
                session, platform.registry, wanted, drafted_by=None, now=platform.clock()
            )
            record(
                session,
                caller=None,
                event="trajectory.drafted",
                resource_type="trajectory-version",
                resource_id=version.id,
            )
    except Invalid as missing:
        log.info(
            "trajectory.not_drafted",
            measure=wanted.measure,
            effective_from=str(wanted.effective_from),
            why=missing.errors[0].code,
        )
