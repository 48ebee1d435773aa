"""Reads of versions, and of the activity that shares are counted from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, or_
from sqlalchemy import select as columns_of
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.performance.aside import aside
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.shares.rules.drafting import PlaceKind
from services.trajectories.shares.rules.shown import Row, ShownShares
from services.trajectories.shares.rules.windows import window_length
from services.trajectories.shares.tables import TrajectoryShare, TrajectoryVersion
from shared.db.bare import driver_of
from shared.db.engine import Database
from shared.months import Month

_MANY_ROWS: Final = 1_000
# $1: a measure.   $2: months.   $3: the instant as at which, null for now.
_NEWEST = """
    newest as (
        select distinct on (asked.month) asked.month, id, effective_from, last_month, total
          from unnest($2::date[]) as asked (month) join trajectory_version on effective_from <= asked.month
         where measure = $1 and status = 'approved' and ($3::timestamptz is null or decided_at <= $3)
         order by asked.month, effective_from desc, decided_at desc, id desc
    ), in_force as (
        select id, effective_from, array_agg(month) as months
          from newest where month <= last_month and total <> 0 group by id, effective_from
    )
"""
# On the bare driver: it stands in the way of every new answer that shows trajectories.
_INTEGERS = f"""
    with {_NEWEST}
    select place, effective_from, months, integers
      from in_force join trajectory_share on version_id = id and place = any($4::text[])
"""  # noqa: S608 -- constants of this module
_PLANS = f"""
    with {_NEWEST}
    select version.id, in_force.months, plan.months::text
      from in_force join trajectory_version as version using (id)
      join bay_trajectory as plan on plan.id = bay_trajectory_id
"""  # noqa: S608 -- constants of this module
# Of a version all places: what is shown of one is a part of what is shown of all.
_COUNTS = """
    select version_id, window_first, window_last, excluded_months::text,
           place, kind, community, numerator, months_seen, estimated, counts
      from trajectory_share join trajectory_version on id = version_id where version_id = any($1::uuid[])
"""


async def versions_in_force(
    session: AsyncSession, measure: str, months: Sequence[Month], *, as_at: datetime | None
) -> dict[Month, TrajectoryVersion]:
    """The version in force in each month that has one: the newest effective by then, of those approved at an instant."""
    approved = select(TrajectoryVersion).where(
        col(TrajectoryVersion.measure) == measure,
        col(TrajectoryVersion.status) == "approved",
        col(TrajectoryVersion.effective_from) <= months[-1].first_day,
    )
    if as_at is not None:
        approved = approved.where(col(TrajectoryVersion.decided_at) <= as_at)
    newest_last = approved.order_by(
        col(TrajectoryVersion.effective_from), col(TrajectoryVersion.decided_at), col(TrajectoryVersion.id)
    )
    versions = (await session.exec(newest_last)).all()
    found = {}
    for month in months:
        begun = [one for one in versions if one.effective_from <= month.first_day]
        if begun and month.first_day <= begun[-1].last_month:
            found[month] = begun[-1]
    return found


class ShareRow(NamedTuple):
    """A place of a version, as `TrajectoryShare` has it: a version of the whole country has thousands."""

    version_id: UUID
    place: str
    kind: PlaceKind
    community: str
    numerator: int
    months_seen: int
    estimated: bool
    integers: Sequence[int] | None


async def shares_of(
    session: AsyncSession, versions: Sequence[UUID], places: Sequence[str] | None = None
) -> dict[tuple[UUID, str], ShareRow]:
    """The shares of some versions, by version and place; of these places only, where they are named."""
    named = () if places is None else (col(TrajectoryShare.place).in_(places),)
    rows = await _shares(session, col(TrajectoryShare.version_id).in_(versions), *named)
    return {(one.version_id, one.place): one for one in rows}


async def shares_of_version(
    session: AsyncSession, version_id: UUID, kind: PlaceKind | None = None
) -> list[ShareRow]:
    """The shares of one version, of one kind of place where it is named."""
    of_kind = () if kind is None else (col(TrajectoryShare.kind) == kind,)
    return await _shares(session, col(TrajectoryShare.version_id) == version_id, *of_kind)


async def practices_within(session: AsyncSession, version_id: UUID, rows: Sequence[str]) -> list[ShareRow]:
    """The practices of a version that are some of these rows, or count in a community that is."""
    row = TrajectoryShare
    return await _shares(
        session,
        col(row.version_id) == version_id,
        col(row.kind) == "practice",
        or_(col(row.place).in_(rows), col(row.community).in_(rows)),
    )


async def _shares(session: AsyncSession, *which: ColumnElement[bool]) -> list[ShareRow]:
    columns = [TrajectoryShare.__table__.c[name] for name in ShareRow._fields]  # type: ignore[attr-defined]  # a table
    found = await (await session.connection()).execute(columns_of(*columns).where(*which))
    return [ShareRow._make(row) for row in found]


async def integers_in_force(
    database: Database,
    measure: str,
    months: Sequence[Month],
    places: Sequence[str],
    *,
    as_at: datetime | None,
) -> dict[tuple[str, Month], int]:
    """The whole number of each place and month that has one in the version in force, chosen as by `versions_in_force`."""
    asked = [month.first_day for month in months]
    async with database.connection() as connection:
        rows = await connection.fetch(_INTEGERS, measure, asked, as_at, places)
    found: dict[tuple[str, Month], int] = {}
    for place, effective_from, days, integers in rows:
        first = Month.of(effective_from)
        found |= {(place, month): integers[month - first] for month in map(Month.of, days)}
    return found


class CountsInForce(NamedTuple):
    """What a version in force shows of its shares, and its plan by month."""

    shares: ShownShares
    plan: Mapping[str, int]


async def counts_in_force(
    database: Database, measure: str, months: Sequence[Month], *, policy: Policy, as_at: datetime | None
) -> dict[Month, CountsInForce]:
    """What the version in force of each month shows to those who see no exact figures, chosen as by `versions_in_force`."""
    asked = [month.first_day for month in months]
    async with database.connection() as connection:
        plans = await connection.fetch(_PLANS, measure, asked, as_at)
        rows = await connection.fetch(_COUNTS, [one["id"] for one in plans]) if plans else []
    shown = await _shown(rows, policy)
    found: dict[Month, CountsInForce] = {}
    for version_id, days, plan in plans:
        known = CountsInForce(shown[version_id], orjson.loads(plan))
        found |= {Month.of(day): known for day in days}
    return found


async def shown_shares(
    session: AsyncSession, versions: Iterable[TrajectoryVersion], policy: Policy
) -> dict[UUID, ShownShares]:
    """What some versions show to those who see no exact figures."""
    ids = sorted({one.id for one in versions})
    return await _shown(await (await driver_of(session)).fetch(_COUNTS, ids), policy)


async def _shown(rows: Sequence[Any], policy: Policy) -> dict[UUID, ShownShares]:
    return await aside(len(rows), _shares_shown, rows, policy, many=_MANY_ROWS)


def _shares_shown(rows: Sequence[Any], policy: Policy) -> dict[UUID, ShownShares]:
    places: dict[UUID, list[Row]] = defaultdict(list)
    lengths: dict[UUID, int] = {}
    for version_id, first, last, excluded, *row in rows:
        if version_id not in lengths:
            lengths[version_id] = window_length(Month.of(first), Month.of(last), orjson.loads(excluded))
        places[version_id].append(Row._make(row))
    return {
        key: ShownShares.of(own, window_months=lengths[key], policy=policy) for key, own in places.items()
    }


async def versions_listed(
    session: AsyncSession, *, measure: str | None, status: str | None, before: UUID | None, limit: int
) -> Sequence[TrajectoryVersion]:
    """Versions, newest first. before: only those older than this one."""
    asked = select(TrajectoryVersion)
    if measure is not None:
        asked = asked.where(col(TrajectoryVersion.measure) == measure)
    if status is not None:
        asked = asked.where(col(TrajectoryVersion.status) == status)
    if before is not None:
        asked = asked.where(col(TrajectoryVersion.id) < before)
    return (await session.exec(asked.order_by(col(TrajectoryVersion.id).desc()).limit(limit))).all()


async def versions_of(session: AsyncSession, measure: str) -> Sequence[TrajectoryVersion]:
    """Every version of a measure, whatever became of it; those that come into force later stand later."""
    asked = select(TrajectoryVersion).where(col(TrajectoryVersion.measure) == measure)
    in_order = asked.order_by(
        col(TrajectoryVersion.effective_from), col(TrajectoryVersion.decided_at), col(TrajectoryVersion.id)
    )
    return (await session.exec(in_order)).all()
