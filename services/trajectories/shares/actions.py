"""The only writers of versions: a draft is made, and another person approves or rejects it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.bay_trajectories.queries import agreed_plan
from services.trajectories.bay_trajectories.tables import BayTrajectory
from services.trajectories.errors import OwnDraft
from services.trajectories.ingest.actions import raise_version
from services.trajectories.performance.rules.places import Geography
from services.trajectories.settings import Settings
from services.trajectories.shares.known import activity_until, sources_of
from services.trajectories.shares.rules.drafting import Drafted, NewPractices, draft_shares
from services.trajectories.shares.rules.standing import communities_on, ends_of_reporting, standings_on
from services.trajectories.shares.rules.windows import Activity, ChosenWindow, choose_window, wanted_window
from services.trajectories.shares.tables import TrajectoryVersion
from services.trajectories.signals.actions import signal_version
from shared.db.copying import copy_rows
from shared.ids import new_id
from shared.months import Month, month_range
from shared.problems import Conflict, Invalid, NotFound
from shared.registry.registry import Registry
from shared.service.acting import Act

WINDOW_MONTHS, LAG_MONTHS = 12, 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """A version that is to be drafted; the defaults are those of the quarterly one."""

    measure: str
    effective_from: Month
    window_months: int = WINDOW_MONTHS
    lag_months: int = LAG_MONTHS
    excluded_months: Sequence[Month] = field(default=())
    excluded_reason: str | None = None
    new_practices: NewPractices = "literal"


async def draft_version(
    session: AsyncSession, registry: Registry, wanted: Wanted, *, drafted_by: str | None, now: datetime
) -> TrajectoryVersion:
    """Draft a version from what is known now; it takes the place of an undecided draft of the same month. Raises Invalid.

    drafted_by: the client, None for the worker.
    """
    lock = func.pg_advisory_xact_lock(func.hashtextextended(f"trajectory-version:{wanted.measure}", 0))
    await session.exec(select(lock))
    plan = await agreed_plan(session, wanted.measure, wanted.effective_from)
    if plan is None:
        raise Invalid.one(
            "date.implausible", "/effective_from", "No agreed Bay-wide trajectory has this month."
        )
    first, last = wanted_window(
        wanted.effective_from, window_months=wanted.window_months, lag_months=wanted.lag_months
    )
    activity, known_at = await activity_until(session, wanted.measure, last)
    window = await asyncio.to_thread(
        choose_window,
        activity,
        wanted=(first, last),
        excluded=frozenset(wanted.excluded_months),
        carried_from=ends_of_reporting(registry, activity),
    )
    if window is None or known_at is None:
        detail = f"No {wanted.window_months} months before this one are complete for every practice."
        raise Invalid.one("date.implausible", "/effective_from", detail)
    months, drafted = await asyncio.to_thread(_drafted, activity, registry, window, plan, wanted)
    version = TrajectoryVersion(
        **_columns_of(wanted, window),
        id=new_id(),
        last_month=months[-1].first_day,
        bay_trajectory_id=plan.id,
        total=drafted.total,
        sources=await sources_of(session, wanted.measure, window.first, window.last),
        data_known_at=known_at,
        registry_digest=registry.digest,
        drafted_by=drafted_by,
        drafted_at=now,
    )
    await _supersede(session, version)
    session.add(version)
    await session.flush()
    await _keep_shares(session, version.id, drafted)
    await _signal(session, registry, version, now=now)
    await session.refresh(version)
    return version


def _columns_of(wanted: Wanted, window: ChosenWindow) -> dict[str, Any]:
    """What was asked for, and the months that the shares are counted over, as columns of a version."""
    return {
        "measure": wanted.measure,
        "effective_from": wanted.effective_from.first_day,
        "window_months": wanted.window_months,
        "lag_months": wanted.lag_months,
        "window_first": window.first.first_day,
        "window_last": window.last.first_day,
        "excluded_months": [str(month) for month in sorted(wanted.excluded_months)],
        "excluded_reason": wanted.excluded_reason,
        "blocked": [str(month) for month in window.blocked],
        "new_practices": wanted.new_practices,
    }


async def propose_version(act: Act, wanted: Wanted) -> TrajectoryVersion:
    """Draft the version that a caller asks for. Raises Invalid."""
    version = await draft_version(
        act.session, act.registry, wanted, drafted_by=act.caller.client, now=act.now
    )
    await act.happened("trajectory.drafted", resource_type="trajectory-version", resource_id=version.id)
    return version


async def approve_version(act: Act, version_id: UUID, reason: str | None) -> TrajectoryVersion:
    """Put a draft in force, as another person than its author. Raises NotFound, OwnDraft, Conflict."""
    version = await _held_draft(act, version_id)
    settings = act.platform.settings_of(Settings)
    if version.drafted_by == act.caller.client and not settings.self_approval:
        raise OwnDraft
    await _decide(act, version, "approved", reason)
    await _signal(act.session, act.registry, version, now=act.now)
    await raise_version(act.session)
    return version


async def reject_version(act: Act, version_id: UUID, reason: str) -> TrajectoryVersion:
    """Decide that a draft never comes into force. Raises NotFound, Conflict."""
    version = await _held_draft(act, version_id)
    await _decide(act, version, "rejected", reason)
    return version


def _drafted(
    activity: Activity, registry: Registry, window: ChosenWindow, plan: BayTrajectory, wanted: Wanted
) -> tuple[list[Month], Drafted]:
    """The months of the plan from the first that the version is for, and every place's part of them."""
    months = month_range(wanted.effective_from, max(map(Month.parse, plan.months)))
    drafted = draft_shares(
        activity,
        standings_on(registry, activity, wanted.effective_from),
        communities_on(registry, wanted.effective_from),
        window=window,
        plan=[plan.months[str(month)] for month in months],
        new_practices=wanted.new_practices,
    )
    return months, drafted


async def _held_draft(act: Act, version_id: UUID) -> TrajectoryVersion:
    held = select(TrajectoryVersion).where(col(TrajectoryVersion.id) == version_id).with_for_update()
    version = (await act.session.exec(held)).first()
    if version is None:
        raise NotFound
    if version.status != "draft":
        raise Conflict(f"This version is {version.status} already.", code="state.transition")
    if version.superseded_by is not None:
        raise Conflict("A newer draft of the same month has taken its place.", code="state.transition")
    return version


async def _decide(act: Act, version: TrajectoryVersion, status: str, reason: str | None) -> None:
    # As near to the commit as can be: a question as at an instant before it must not see the decision.
    decided_at = (await act.session.exec(select(func.clock_timestamp()))).one()
    version.status, version.decided_by = status, act.caller.client
    version.decided_at, version.decision_reason = decided_at, reason
    about: dict[str, Any] = {"resource_type": "trajectory-version", "resource_id": version.id}
    await act.happened(f"trajectory.{status}", **about)
    await act.session.flush()


async def _signal(
    session: AsyncSession, registry: Registry, version: TrajectoryVersion, *, now: datetime
) -> None:
    """Tell that a version was drafted or approved."""
    await signal_version(
        session,
        "trajectory.approved" if version.status == "approved" else "trajectory.drafted",
        measure=version.measure,
        place=Geography(registry).whole.token,
        effective_from=Month.of(version.effective_from),
        version_id=version.id,
        now=now,
    )


async def _supersede(session: AsyncSession, version: TrajectoryVersion) -> None:
    older = update(TrajectoryVersion).where(
        col(TrajectoryVersion.measure) == version.measure,
        col(TrajectoryVersion.effective_from) == version.effective_from,
        col(TrajectoryVersion.status) == "draft",
        col(TrajectoryVersion.superseded_by).is_(None),
    )
    await session.exec(older.values(superseded_by=version.id))


async def _keep_shares(session: AsyncSession, version_id: UUID, drafted: Drafted) -> None:
    """Write the shares by COPY: every practice and community of a version is a row."""
    await copy_rows(
        session,
        "trajectory_share",
        [
            {
                "version_id": version_id,
                "place": one.place,
                "kind": one.kind,
                "community": one.community,
                "numerator": one.numerator,
                "months_seen": one.months_seen,
                "estimated": one.estimated,
                "integers": None if one.integers is None else list(one.integers),
                "counts": one.counts,
            }
            for one in drafted.places
        ],
    )
