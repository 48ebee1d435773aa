"""Reads of submissions, each named by its answer. The statements are short: a client who waits for a result holds nothing."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, inspect, tuple_
from sqlalchemy import select as columns
from sqlmodel import and_, case, col, distinct, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.exchange import ParsedFile
from services.outcomes.submissions.rules import Part, Standing, sum_by_place
from services.outcomes.submissions.tables import (
    FEED_TOPIC,
    RECEIVED,
    FeedCoverage,
    FeedFigure,
    Submission,
    SubmissionFile,
    SubmissionState,
)
from shared.facts.tables import FactEvent
from shared.months import Month, Period
from shared.service.paging import Pager
from shared.work.tables import Work

READ_WORK: Final = "feed.read"
"""The kind of work that reads a submission's file."""


# `processing` is the work's state, and never written to the submission.
_STATUS = case(
    (and_(col(Submission.status) == RECEIVED, col(Work.state) == "processing"), "processing"),
    else_=col(Submission.status),
)
# What the request said, until the file has said what it is about.
_PERIOD = func.coalesce(Submission.period, func.nullif(Submission.stated_period, ""))
_KNOWN_AT = (
    select(func.max(FactEvent.known_at))
    .where(col(FactEvent.subject) == Submission.id, col(FactEvent.topic) == FEED_TOPIC)
    .scalar_subquery()
)
_STATES = select(
    Submission, _STATUS, Work.progress, func.greatest(Submission.decided_at, _KNOWN_AT)
).outerjoin(Work, and_(col(Work.subject) == Submission.id, col(Work.kind) == READ_WORK))
FIGURES_OF_COVERAGE = and_(
    col(FeedFigure.submission_id) == FeedCoverage.submission_id,
    col(FeedFigure.table_key) == FeedCoverage.table_key,
    col(FeedFigure.month) == FeedCoverage.month,
)


async def submission_state(session: AsyncSession, submission_id: UUID) -> SubmissionState | None:
    """One submission and where it stands."""
    row = (await session.exec(_STATES.where(col(Submission.id) == submission_id))).first()
    return None if row is None else SubmissionState(*row)


async def submission_states(
    session: AsyncSession,
    feed: str,
    councils: Collection[str] | None,
    *,
    period: Period | None,
    status: str | None,
    paging: Pager,
) -> list[SubmissionState]:
    """A feed's submissions of some councils (None: all), newest first."""
    found = _STATES.where(col(Submission.feed) == feed)
    if councils is not None:
        found = found.where(col(Submission.council).in_(sorted(councils)))
    if period is not None:
        found = found.where(period.label == _PERIOD)
    if status is not None:
        found = found.where(status == _STATUS)
    if before := paging.after():
        found = found.where(col(Submission.id) < UUID(before[0]))
    newest = found.order_by(col(Submission.id).desc()).limit(paging.limit + 1)
    return [SubmissionState(*row) for row in await session.exec(newest)]


async def newest_states(
    session: AsyncSession, councils: Collection[str] | None, *, limit: int
) -> list[SubmissionState]:
    """The newest submissions of all feeds, of some councils (None: of all)."""
    found = _STATES if councils is None else _STATES.where(col(Submission.council).in_(sorted(councils)))
    newest = found.order_by(col(Submission.id).desc()).limit(limit)
    return [SubmissionState(*row) for row in await session.exec(newest)]


async def figures_of(session: AsyncSession, submission_id: UUID, paging: Pager) -> list[FeedFigure]:
    """The figures that were read from a submission's file, in the order of their keys."""
    key = (FeedFigure.table_key, FeedFigure.month, FeedFigure.place, FeedFigure.category)
    found = select(FeedFigure).where(col(FeedFigure.submission_id) == submission_id)
    if before := paging.after():
        table, month, place, category = before
        found = found.where(tuple_(*map(col, key)) > (table, date.fromisoformat(month), place, category))
    return list(await session.exec(found.order_by(*map(col, key)).limit(paging.limit + 1)))


async def file_to_read(
    session: AsyncSession, submission_id: UUID
) -> tuple[Submission, SubmissionFile] | None:
    """A submission and its bytes; None when they were thrown away."""
    found = select(Submission, SubmissionFile).join(SubmissionFile)
    return (await session.exec(found.where(col(Submission.id) == submission_id))).first()


async def same_in_force(
    session: AsyncSession, *, feed: str, council: str, sha256: str, stated_period: str, stated_withdrawal: str
) -> UUID | None:
    """The submission of the same bytes and period that is being read or wholly in force; held against its decision.

    stated_period: the request's, empty for none. The request may state the period, or the file may name it.
    stated_withdrawal: the months that it takes out of force, empty for none; that asks for more than the same bytes alone.
    """
    same_period = or_(
        col(Submission.stated_period) == stated_period,
        col(Submission.period) == stated_period if stated_period else col(Submission.period_named),
    )
    found = select(Submission.id).where(
        col(Submission.live),
        col(Submission.feed) == feed,
        col(Submission.council) == council,
        col(Submission.sha256) == sha256,
        same_period,
    )
    if stated_withdrawal:
        found = found.where(col(Submission.stated_withdrawal) == stated_withdrawal)
    newest = found.order_by(col(Submission.id).desc()).limit(1).with_for_update(read=True)
    return (await session.exec(newest)).first()


async def sums_beside(
    session: AsyncSession, council: str, parsed: ParsedFile, feed: Feed, *, parts: Collection[Part]
) -> dict[str, dict[tuple[Month, str], int]]:
    """What each table counts by month and place: the file's figures, beside those in force that it does not take over.

    parts: what the file takes over.
    """
    sums = sum_by_place(parsed.figures)
    if parsed.period is not None and len(feed.tables) > 1:
        in_force = (
            select(
                col(FeedFigure.table_key),
                col(FeedFigure.month),
                col(FeedFigure.place),
                func.sum(FeedFigure.count),
            )
            .join(FeedCoverage, FIGURES_OF_COVERAGE)
            .where(
                _in_force(feed, feed.by_table, parsed.period),
                col(FeedCoverage.council) == council,
                col(FeedFigure.count).is_not(None),
            )
            .group_by(col(FeedFigure.table_key), col(FeedFigure.month), col(FeedFigure.place))
        )
        for table, month, place, count in await session.exec(in_force):
            if (table, Month.of(month)) not in parts:
                sums.setdefault(table, {})[Month.of(month), place] = count or 0
    return sums


async def standing_submissions(
    session: AsyncSession,
    feed: Feed,
    months: Iterable[Month],
    *,
    tables: Iterable[str],
    council: str | None = None,
) -> list[Standing]:
    """What stands for tables in some months, of one council or all, in the order it was received."""
    places = func.array_agg(distinct(FeedFigure.place)).filter(col(FeedFigure.count).is_not(None))
    found = (
        select(FeedCoverage, Submission.received_at, places)
        .join(Submission, col(Submission.id) == FeedCoverage.submission_id)
        .outerjoin(FeedFigure, FIGURES_OF_COVERAGE)
        .where(_in_force(feed, tables, months))
        .group_by(*inspect(FeedCoverage).primary_key, col(Submission.id))
        .order_by(col(Submission.received_at), col(Submission.id))
    )
    if council is not None:
        found = found.where(col(FeedCoverage.council) == council)
    return [
        Standing(
            submission=one.submission_id,
            received_at=received_at,
            council=one.council,
            table=one.table_key,
            month=Month.of(one.month),
            places=tuple(given or ()),
        )
        for one, received_at, given in await session.exec(found)
    ]


async def figures_in_force(
    session: AsyncSession, feed: Feed, council: str, *, tables: Iterable[str], months: Iterable[Month]
) -> dict[Part, dict[tuple[str, str], int | None]]:
    """What a council's figures in force are, by table and month, then by place and category."""
    found = (
        columns(
            col(FeedFigure.table_key),
            col(FeedFigure.month),
            col(FeedFigure.place),
            col(FeedFigure.category),
            col(FeedFigure.count),
        )
        .join(FeedCoverage, FIGURES_OF_COVERAGE)
        .where(_in_force(feed, tables, months), col(FeedCoverage.council) == council)
        .order_by(col(FeedFigure.month), col(FeedFigure.place), col(FeedFigure.category))
    )
    parts: dict[Part, dict[tuple[str, str], int | None]] = {}
    for table, month, place, category, count in await (await session.connection()).execute(found):
        parts.setdefault((table, Month.of(month)), {})[place, category] = count
    return parts


async def stated_by_others(
    session: AsyncSession, council: str, parsed: ParsedFile, feed: Feed
) -> dict[tuple[str, Month], str]:
    """Which other council states the one figure of a table that everybody shares, by table and month of a file."""
    tables = [table for table in parsed.tables if table in feed.shared_tables]
    if parsed.period is None or not tables:
        return {}
    found = (
        select(col(FeedCoverage.table_key), col(FeedCoverage.month), col(FeedCoverage.council))
        .distinct()
        .join(FeedFigure, FIGURES_OF_COVERAGE)
        .where(
            _in_force(feed, tables, parsed.period),
            col(FeedCoverage.council) != council,
            col(FeedFigure.count).is_not(None),
        )
    )
    return {(table, Month.of(month)): other for table, month, other in await session.exec(found)}


def _in_force(feed: Feed, tables: Iterable[str], months: Iterable[Month]) -> ColumnElement[bool]:
    return and_(
        col(FeedCoverage.in_force),
        col(FeedCoverage.feed) == feed.feed,
        col(FeedCoverage.table_key).in_(tables),
        col(FeedCoverage.month).in_([month.first_day for month in months]),
    )
