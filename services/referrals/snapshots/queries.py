"""Reads for a snapshot: what is open, and what the snapshots before it say."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.directory.catalogue import services_that_count
from services.referrals.pathways.catalogue import catalogue
from services.referrals.pathways.rules import UNROUTED
from services.referrals.settings import Settings
from services.referrals.snapshots.rates import RATES_STATEMENT
from services.referrals.snapshots.rules import Line, Rate, Standing
from services.referrals.snapshots.tables import CaseworkDay, WorklistDay
from shared.registry.entries import CareHome, School
from shared.registry.registry import Registry
from shared.service.platform import registry_behind, settings_behind

# An item stands at the community that works for the person, also where an urgent team has it. An alert is never overdue.
_STANDING = text(f"""
    select case referral.icc when '{UNROUTED}' then referral.counted_place else referral.icc end as place, standing.stage,
           count(*) as items, count(*) filter (where standing.stage <> 'alert' and standing.due < :at) as late
      from (select id as referral_id, stage, stage_due as due from referral where stage is not null union all
            select referral_id, stage, due_at from worklist_item where done_at is null) as standing
      join referral on referral.id = standing.referral_id
     group by 1, standing.stage
""")  # noqa: S608 -- names of our code


_RATES = text(RATES_STATEMENT)


async def rates_standing(session: AsyncSession, *, at: datetime, day: date) -> list[Rate]:
    """The figures of casework on a day: of the caseload as it is, and of what was done this month and the last."""
    window, pathways = settings_behind(session, Settings), catalogue()
    registry = registry_behind(session)
    given = {
        "at": at,
        "day": day,
        "opens": window.two_hours_from,
        "closes": window.two_hours_until,
        "falls_services": services_that_count("falls"),
        "equipping_services": services_that_count("assistive-technology"),
        "hot_pathways": [one.key for one in pathways.pathways.values() if one.hot],
        "hot_priority": pathways.hot_priority,
        **_places("home", (one for one in registry.file.care_homes if one.cqc_location), registry, day),
        **_places("school", (one for one in registry.file.schools if one.urn), registry, day),
    }
    rows = (await (await session.connection()).execute(_RATES, given)).all()
    return sorted(
        Rate(row.measure, row.place, row.month.isoformat(), row.line, row.numerator, row.denominator)
        for row in rows
    )


def _places(
    what: str, entries: Iterable[CareHome | School], registry: Registry, day: date
) -> dict[str, list[str]]:
    """Codes of entries of the registry, and where each counts on a day, side by side as `unnest` takes them.

    Only those with a number of the official register are given: others, named in passing, are no whole to count among.
    """
    found = [(one.code, place) for one in entries if (place := registry.where_counts(one, day)) is not None]
    return {f"{what}s": [code for code, _ in found], f"{what}_places": [place for _, place in found]}


async def rates_of(session: AsyncSession, known_at: datetime) -> list[Rate] | None:
    """The rates of the snapshot that was taken for a day event; None before it is."""
    taken = await session.get(CaseworkDay, known_at)
    return None if taken is None else [Rate(*rate) for rate in taken.rates]


async def items_standing(session: AsyncSession, *, at: datetime) -> list[Standing]:
    """What stands on the lists now, by place and stage. at: what is late is judged by this instant."""
    rows = (await (await session.connection()).execute(_STANDING, {"at": at})).all()
    return [Standing(row.place, row.stage, row.items, row.late) for row in rows]


async def snapshot_of(session: AsyncSession, known_at: datetime) -> list[Line] | None:
    """The lines of the snapshot that was taken for a day event; None before it is."""
    taken = await session.get(WorklistDay, known_at)
    return None if taken is None else [Line(*line) for line in taken.lines]


async def places_before(session: AsyncSession) -> set[str]:
    """The places of the newest snapshot."""
    newest = select(WorklistDay).order_by(col(WorklistDay.known_at).desc()).limit(1)
    taken = (await session.exec(newest)).first()
    return set() if taken is None else {line[0] for line in taken.lines}
