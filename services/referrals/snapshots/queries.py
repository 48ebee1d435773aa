"""Reads for a snapshot: what is open, and what the snapshots before it say."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.pathways.rules import UNROUTED
from services.referrals.records.states import OPEN_STATUSES
from services.referrals.snapshots.rules import Line, Open
from services.referrals.snapshots.tables import WorklistDay

# A referral stands on the lists of the community that works for the person, also where an urgent team has it.
_OPEN = text(f"""
    select case icc when '{UNROUTED}' then counted_place else icc end as place, status, count(*) as referrals,
           count(*) filter (where case status when 'accepted' then start_by else triage_by end < :at) as late
      from referral where status in {OPEN_STATUSES!r}
     group by 1, status
""")  # noqa: S608 -- names of our code


async def open_referrals(session: AsyncSession, *, at: datetime) -> list[Open]:
    """The referrals that are open now, by place and status. at: what is late is judged by this instant."""
    rows = (await (await session.connection()).execute(_OPEN, {"at": at})).all()
    return [Open(row.place, row.status, row.referrals, row.late) for row in rows]


async def snapshot_of(session: AsyncSession, known_at: datetime) -> list[Line] | None:
    """The lines of the snapshot that was taken for a day event; None before it is."""
    taken = await session.get(WorklistDay, known_at)
    return None if taken is None else [Line(*line) for line in taken.lines]


async def places_before(session: AsyncSession) -> set[str]:
    """The places of the newest snapshot."""
    newest = select(WorklistDay).order_by(col(WorklistDay.known_at).desc()).limit(1)
    taken = (await session.exec(newest)).first()
    return set() if taken is None else {line[0] for line in taken.lines}
