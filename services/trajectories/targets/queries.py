"""Reads of targets, and what each comes to for one audience."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, cast
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.published import Then, published_then
from services.trajectories.performance.rules.figure import value_of
from services.trajectories.performance.rules.question import Grain, Window
from services.trajectories.performance.rules.question import windows as windows_of
from services.trajectories.performance.rules.view import Shown
from services.trajectories.targets.rules import Promise, TargetKind, TargetUnit, exact
from services.trajectories.targets.tables import Target
from shared.db.engine import Database
from shared.db.seen import newest_seen
from shared.months import Month
from shared.registry.selection import Selection

_STANDING = """
    select distinct on (measure, community, month)
           measure, community, month, kind, value, unit, baseline_grain, baseline_month, baseline_numerator,
           baseline_denominator, set_at
      from target
     where measure = any($1::text[]) and community = any($2::text[]) and grain = $3 and month between $4 and $5
       and ($6::timestamptz is null or set_at <= $6)
     order by measure, community, month, id desc
"""
_LENGTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which targets a list shows. None: whatever they say."""

    measures: Sequence[str] | None = None
    communities: Sequence[str] | None = None
    period: str | None = None
    kind: TargetKind | None = None
    unit: TargetUnit | None = None
    baseline_period: str | None = None


def window_from(grain: str, month: date) -> Window:
    """The window of a period that begins in a month."""
    first = Month.of(month)
    return windows_of(first, first + (_LENGTHS[grain] - 1), cast("Grain", grain))[0]


def promise_in(row: Mapping[str, Any], measure: Measure) -> Promise:
    """What a row of a target chose."""
    return Promise(measure, row["kind"], exact(row["value"]), row["unit"])


async def standing_target(
    session: AsyncSession, *, measure: str, community: str, window: Window
) -> Target | None:
    """The target in force of a figure."""
    asked = select(Target).where(
        col(Target.measure) == measure,
        col(Target.community) == community,
        col(Target.grain) == window.grain,
        col(Target.month) == window.month.first_day,
        col(Target.superseded_by).is_(None),
    )
    return (await session.exec(asked)).first()


async def targets_listed(
    session: AsyncSession, wanted: Wanted, *, sees: Callable[[Target], bool], before: UUID | None, limit: int
) -> list[Target]:
    """Targets that a caller may read, newest first."""

    async def read(before: UUID | None) -> Sequence[Target]:
        return (await session.exec(_asked(wanted, before).limit(limit))).all()

    return await newest_seen(read, sees=sees, before=before, limit=limit)


def _asked(wanted: Wanted, before: UUID | None) -> SelectOfScalar[Target]:
    asked = select(Target)
    if wanted.measures is not None:
        asked = asked.where(col(Target.measure).in_(wanted.measures))
    if wanted.communities is not None:
        asked = asked.where(col(Target.community).in_(wanted.communities))
    for name in ("period", "kind", "unit", "baseline_period"):
        if (value := getattr(wanted, name)) is not None:
            asked = asked.where(col(getattr(Target, name)) == value)
    if before is not None:
        asked = asked.where(col(Target.id) < before)
    return asked.order_by(col(Target.id).desc())


async def target_points(
    database: Database,
    measures: Sequence[Measure],
    selections: Sequence[Selection],
    windows: Sequence[Window],
    *,
    sees: Callable[[Selection, Window], bool],
    as_at: datetime | None,
) -> Mapping[tuple[str, Selection, Window], Fraction]:
    """The target of each measure, place and window that has one, as an audience may see it.

    sees: whether it sees the true figures of a place and window. To all others an increase counts from what was published.
    """
    months = [window.month for window in windows]
    known = {measure.key: measure for measure in measures}
    places = {place.token: place for place in selections}
    of_month = {window.month.first_day: window for window in windows if window.whole}
    ends = (min(months).first_day, max(months).first_day)
    async with database.connection() as connection:
        rows = await connection.fetch(_STANDING, list(known), list(places), windows[0].grain, *ends, as_at)
    rows = [row for row in rows if row["month"] in of_month]
    owned = [is_exact(row, places[row["community"]], of_month[row["month"]], sees) for row in rows]
    baselines = await baselines_of(database, rows, owned, known, as_at=as_at)
    found = {}
    for row, baseline in zip(rows, baselines, strict=True):
        target = promise_in(row, known[row["measure"]]).comes_to(None if baseline is None else baseline.value)
        if target is not None:
            found[row["measure"], places[row["community"]], of_month[row["month"]]] = target
    return found


def is_exact(
    row: Mapping[str, Any],
    place: Selection,
    window: Window,
    sees: Callable[[Selection, Window], bool],
) -> bool:
    """Whether an audience sees the true figures of a target's period, and of its baseline where it has one."""
    if row["baseline_month"] is None:
        return sees(place, window)
    return sees(place, window) and sees(place, window_from(row["baseline_grain"], row["baseline_month"]))


async def baselines_of(
    database: Database,
    rows: Sequence[Mapping[str, Any]],
    owned: Sequence[bool],
    measures: Mapping[str, Measure],
    *,
    as_at: datetime | None = None,
) -> list[Shown | None]:
    """The baseline of each target: as it was known when it was set, or what was published of it then.

    owned: whether the audience sees the true one.   Each None where there is none.
    """
    published = [
        Then(row["measure"], row["community"], row["baseline_grain"], row["baseline_month"], row["set_at"])
        for row, own in zip(rows, owned, strict=True)
        if row["baseline_month"] is not None and not own
    ]
    seen = iter(await published_then(database, published, measures, as_at=as_at))
    found: list[Shown | None] = []
    for row, own in zip(rows, owned, strict=True):
        if row["baseline_month"] is None:
            found.append(None)
        elif own:
            parts = row["baseline_numerator"], row["baseline_denominator"]
            value = value_of(measures[row["measure"]], *parts)
            found.append(Shown(value, *parts, suppressed=False, status="final"))
        else:
            found.append(next(seen))
    return found
