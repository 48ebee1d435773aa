"""Giving signals. Each is given once, whoever comes to give it again."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.feeds.declarations import Feed
from services.outcomes.signals.rules import Kind, due_on, returns_of
from services.outcomes.signals.tables import FeedSignal, FeedWatch
from shared.deliveries.events import tell
from shared.ids import new_id
from shared.months import Month, Period


async def give_signals(session: AsyncSession, feed: Feed, signals: Iterable[tuple[Kind, str, Period]]) -> int:
    """Give the signals (kind, council, period) that were not given before. Returns how many those are."""
    return await _insert(session, [_row(feed, council, period, kind) for kind, council, period in signals])


async def signal_revision(
    session: AsyncSession, feed: Feed, council: str, *, submission: UUID, months: Collection[Month]
) -> int:
    """Tell that a submission changed figures that were in force: one signal for each return of which it changed a month."""
    rows = [
        {**_row(feed, council, period, "feed.revised"), "submission_id": submission}
        for period in returns_of(feed, months)
    ]
    return await _insert(session, rows)


async def watch_since(session: AsyncSession, today: date) -> date:
    """The first day on which returns were awaited: today, where nobody awaited any before."""
    await session.exec(insert(FeedWatch).values(one=True, begun_on=today).on_conflict_do_nothing())
    return (await session.exec(select(col(FeedWatch.begun_on)))).one()


def _row(feed: Feed, council: str, period: Period, kind: Kind) -> dict[str, Any]:
    return {
        "id": new_id(),
        "kind": kind,
        "feed": feed.feed,
        "council": council,
        "period": period.label,
        "due_on": due_on(feed, period),
    }


async def _insert(session: AsyncSession, rows: list[dict[str, Any]]) -> int:
    if not rows:
        return 0
    given = insert(FeedSignal).values(rows).on_conflict_do_nothing()
    new = (await session.exec(given.returning(col(FeedSignal.id), col(FeedSignal.at)))).all()
    by_id = {row["id"]: row for row in rows}
    for signal, at in new:
        await _tell(session, by_id[signal], at=at)
    return len(new)


async def _tell(session: AsyncSession, signal: Mapping[str, Any], *, at: datetime) -> None:
    """Let webhooks know of a new signal. Its id is that of the event, so nobody is told twice."""
    submission = signal.get("submission_id")
    data = {
        "feed": signal["feed"],
        "council": signal["council"],
        "period": signal["period"],
        "due_on": signal["due_on"].isoformat(),
        "submission": None if submission is None else str(submission),
    }
    await tell(session, signal["id"], [signal["kind"]], data, at=at)
