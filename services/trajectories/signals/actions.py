"""Giving signals. Each is given once, whoever comes to give it again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.signals.rules import Basis, Kind, Noticed
from services.trajectories.signals.tables import PerformanceSignal
from shared.deliveries.events import tell
from shared.ids import new_id
from shared.months import Month


async def give_signals(
    session: AsyncSession, noticed: Sequence[Noticed], *, basis: Basis, now: datetime
) -> int:
    """Give what was not given before, of each place and measure the first that may be told. Returns how many those are."""
    if not noticed:
        return 0
    rows = [
        {
            "id": new_id(),
            "kinds": list(one.kinds),
            "measure": one.measure,
            "place": one.place,
            "month": one.month.first_day,
            "basis": basis,
            "variation": one.variation,
            "given_in": Month.of(now).first_day,
        }
        for one in noticed
    ]
    given = insert(PerformanceSignal).values(rows).on_conflict_do_nothing()
    new = (await session.exec(given.returning(col(PerformanceSignal.id)))).scalars().all()
    for row in rows:
        if row["id"] in new:
            await _tell(session, row, now=now)
    return len(new)


async def signal_version(
    session: AsyncSession,
    kind: Kind,
    *,
    measure: str,
    place: str,
    effective_from: Month,
    version_id: UUID,
    now: datetime,
) -> None:
    """Tell of a version. A further one of the same month takes the place of the earlier in the month's one signal."""
    row = {
        "id": new_id(),
        "kinds": [kind],
        "measure": measure,
        "place": place,
        "month": effective_from.first_day,
        "version_id": version_id,
        "given_in": Month.of(now).first_day,
    }
    told = insert(PerformanceSignal).values(row)
    again = told.on_conflict_do_update(
        index_elements=["kinds", "measure", "place", "month", "given_in"],
        index_where=text("version_id is not null"),
        set_={"version_id": version_id, "at": text("now()")},
    )
    kept = (await session.exec(again.returning(col(PerformanceSignal.id)))).scalar_one()
    if kept == row["id"]:  # of the later ones of a month the feed alone tells
        await _tell(session, row, now=now)


async def _tell(session: AsyncSession, signal: Mapping[str, Any], *, now: datetime) -> None:
    """Let webhooks know of a new signal. Its id is that of the event, so nobody is told twice."""
    version = signal.get("version_id")
    data = {
        "kinds": signal["kinds"],
        "measure": signal["measure"],
        "community": signal["place"],
        "month": str(Month.of(signal["month"])),
        "basis": signal.get("basis"),
        "variation": signal.get("variation"),
        "version_id": None if version is None else str(version),
    }
    await tell(session, signal["id"], signal["kinds"], data, at=now)
