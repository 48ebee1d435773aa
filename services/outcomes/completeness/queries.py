"""Reads of what was sent of a feed and of the signals about it, each named by its answer."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import inspect
from sqlmodel import col, distinct, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.completeness.rules import Sending
from services.outcomes.feeds.declarations import Feed
from services.outcomes.signals.tables import FeedSignal
from services.outcomes.submissions.queries import FIGURES_OF_COVERAGE
from services.outcomes.submissions.tables import FeedCoverage, FeedFigure, Submission
from shared.months import Month
from shared.service.paging import Pager


async def first_months_sent(session: AsyncSession, feed: Feed) -> dict[str, Month]:
    """The first month of which each council sent anything."""
    found = (
        select(col(FeedCoverage.council), func.min(FeedCoverage.month))
        .where(col(FeedCoverage.feed) == feed.feed)
        .group_by(col(FeedCoverage.council))
    )
    return {council: Month.of(first) for council, first in await session.exec(found)}


async def sendings_of(session: AsyncSession, feed: Feed, months: Iterable[Month]) -> list[Sending]:
    """What every submission of a feed gave in some months, in the order they were received; what is superseded too."""
    places = func.array_agg(distinct(FeedFigure.place)).filter(col(FeedFigure.count).is_not(None))
    changed = func.coalesce(Submission.changes_total, 0) > 0
    found = (
        select(FeedCoverage, Submission.received_at, changed, places)
        .join(Submission, col(Submission.id) == FeedCoverage.submission_id)
        .outerjoin(FeedFigure, FIGURES_OF_COVERAGE)
        .where(
            col(FeedCoverage.feed) == feed.feed,
            col(FeedCoverage.month).in_([month.first_day for month in months]),
        )
        .group_by(*inspect(FeedCoverage).primary_key, col(Submission.id))
        .order_by(col(Submission.received_at), col(Submission.id))
    )
    return [
        Sending(
            submission=one.submission_id,
            council=one.council,
            table=one.table_key,
            month=Month.of(one.month),
            received_at=received_at,
            in_force=one.in_force,
            changed=differs,
            places=tuple(given or ()),
        )
        for one, received_at, differs, given in await session.exec(found)
    ]


async def newest_signals(
    session: AsyncSession, councils: Collection[str] | None, *, feed: str | None, paging: Pager
) -> list[FeedSignal]:
    """The signals about some councils' returns (None: everybody's), the newest first."""
    found = select(FeedSignal)
    if councils is not None:
        found = found.where(col(FeedSignal.council).in_(sorted(councils)))
    if feed is not None:
        found = found.where(col(FeedSignal.feed) == feed)
    if before := paging.after():
        found = found.where(col(FeedSignal.id) < UUID(before[0]))
    newest = found.order_by(col(FeedSignal.id).desc()).limit(paging.limit + 1)
    return list(await session.exec(newest))
