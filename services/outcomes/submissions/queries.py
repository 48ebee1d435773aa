"""Reads of submissions, each named by its answer; short statements, so that waiting for a result holds nothing."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, bindparam, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.exchange import ParsedFile
from services.outcomes.submissions.rules import Standing, sum_by_place
from services.outcomes.submissions.tables import FEED_TOPIC
from shared.months import Month

READ_WORK = "feed.read"
"""The kind of work that reads a submission's file."""

_DECIDED_AT = f"""
    greatest(s.decided_at,
             (select max(e.known_at) from fact_event e where e.subject = s.id and e.topic = '{FEED_TOPIC}'))
"""  # noqa: S608 -- a constant
"""When what was decided was known too: whoever asks as of this instant is answered with the submission's figures."""
_COLUMNS = f"""
    s.id, s.feed, s.council, s.stated_period, s.period, s.status, s.rows_read, s.rows_accepted, s.rows_rejected,
    s.rows_skipped, s.totals, s.errors, s.errors_total, s.warnings, s.aliases_used, s.supersedes, s.superseded_by,
    s.sha256, s.received_at, {_DECIDED_AT} as decided_at, s.form, w.state as work_state, w.progress as work_progress
"""
_SHOWN_STATUS = (
    "case when s.status = 'received' and w.state = 'processing' then 'processing' else s.status end"
)
"""As `submission_document` shows it: `processing` is the work's state, and never written to the submission."""
_SHOWN_PERIOD = "coalesce(s.period, nullif(s.stated_period, ''))"
"""As `submission_document` shows it: what was asked, until the file has said what it is about."""
_FROM = f"from feed_submission s left join work w on w.subject = s.id and w.kind = '{READ_WORK}'"
_ONE = text(f"select {_COLUMNS} {_FROM} where s.id = :id")
_LIST = text(f"""
    select {_COLUMNS} {_FROM}
     where s.feed = :feed and (cast(:councils as text[]) is null or s.council = any(:councils))
       and (cast(:period as text) is null or {_SHOWN_PERIOD} = :period)
       and (cast(:status as text) is null or {_SHOWN_STATUS} = :status)
       and (cast(:before as uuid) is null or s.id < :before)
     order by s.id desc limit :limit
""")
_FILE = text("""
    select s.id, s.feed, s.council, s.form, s.stated_period, s.received_at, s.status, f.content
      from feed_submission s join feed_file f on f.submission_id = s.id where s.id = :id
""")
_SAME = text("""
    select id from feed_submission
     where live and feed = :feed and council = :council and sha256 = :sha256
       and (stated_period = :stated or period = :stated or (period_named and :stated = ''))
     order by id desc limit 1 for share
""")
_SUMS = text("""
    select f.month, f.place, sum(f.count)::bigint as count
      from feed_coverage c
      join feed_figure f on f.submission_id = c.submission_id and f.table_key = c.table_key and f.month = c.month
     where c.in_force and c.feed = :feed and c.council = :council and c.table_key = :table and c.month in :months
       and f.count is not null
     group by f.month, f.place
""").bindparams(bindparam("months", expanding=True))
_STANDING = text("""
    select c.submission_id, c.table_key, c.month, s.received_at,
           array_agg(distinct f.place) filter (where f.count is not null) as places
      from feed_coverage c
      join feed_submission s on s.id = c.submission_id
      left join feed_figure f
        on f.submission_id = c.submission_id and f.table_key = c.table_key and f.month = c.month
     where c.in_force and c.feed = :feed and c.council = :council and c.table_key = any(:tables)
       and c.month between :first and :last
     group by c.submission_id, c.table_key, c.month, s.received_at
     order by s.received_at, c.submission_id
""")
_STATED_BY_OTHERS = text("""
    select distinct c.table_key, c.month, c.council
      from feed_coverage c
      join feed_figure f on f.submission_id = c.submission_id and f.table_key = c.table_key and f.month = c.month
     where c.in_force and c.feed = :feed and c.council <> :council and c.table_key = any(:tables)
       and c.month between :first and :last and f.count is not null
""")


async def submission(session: AsyncSession, submission_id: UUID) -> dict[str, Any] | None:
    """One submission with the state and progress of the work that reads it."""
    rows = await _rows(session, _ONE, {"id": submission_id})
    return rows[0] if rows else None


async def submissions(
    session: AsyncSession,
    *,
    feed: str,
    councils: Collection[str] | None,
    filters: dict[str, str | None],
    before: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """A feed's submissions of some councils (None: all), newest first. filters: `period` and `status`."""
    given = {
        "feed": feed,
        "councils": None if councils is None else sorted(councils),
        "period": filters.get("period"),
        "status": filters.get("status"),
        "before": before,
        "limit": limit,
    }
    return await _rows(session, _LIST, given)


async def file_to_read(session: AsyncSession, submission_id: UUID) -> dict[str, Any] | None:
    """A submission's bytes and what they are to be read as."""
    rows = await _rows(session, _FILE, {"id": submission_id})
    return rows[0] if rows else None


async def same_in_force(
    session: AsyncSession, *, feed: str, council: str, sha256: str, stated: str
) -> UUID | None:
    """The submission of the same bytes and period that is being read or wholly in force; held against its decision.

    stated: the request's period, empty for none. The period may be stated by the request or named by the file.
    """
    given = {"feed": feed, "council": council, "sha256": sha256, "stated": stated}
    rows = await _rows(session, _SAME, given)
    return rows[0]["id"] if rows else None


async def sums_beside(
    session: AsyncSession, *, council: str, parsed: ParsedFile, feed: Feed
) -> dict[str, dict[tuple[Month, str], int]]:
    """What each table counts by month and place: the file's tables, beside those in force that it does not hold."""
    sums = sum_by_place(parsed.figures)
    months = parsed.period.months if parsed.period else []
    for table in feed.tables if months and len(feed.tables) > 1 else ():
        if table.key not in parsed.totals:
            sums[table.key] = await _sums_in_force(
                session, feed=feed.feed, council=council, table=table.key, months=months
            )
    return sums


async def standing_submissions(
    session: AsyncSession, *, council: str, parsed: ParsedFile, feed: Feed
) -> list[Standing]:
    """What stands for the tables and months of a file that its council sends, in the order it was received."""
    rows = await _rows(session, _STANDING, _reach(feed.feed, council, parsed, parsed.tables))
    return [
        Standing(
            row["submission_id"],
            row["received_at"],
            row["table_key"],
            Month.of(row["month"]),
            tuple(row["places"] or ()),
        )
        for row in rows
    ]


async def stated_by_others(
    session: AsyncSession, *, council: str, parsed: ParsedFile, feed: Feed
) -> dict[tuple[str, Month], str]:
    """Which other council states the one figure of a table that everybody shares, by table and month of a file."""
    tables = [table for table in parsed.tables if table in feed.shared_tables]
    if not tables:
        return {}
    rows = await _rows(session, _STATED_BY_OTHERS, _reach(feed.feed, council, parsed, tables))
    return {(row["table_key"], Month.of(row["month"])): row["council"] for row in rows}


def _reach(feed: str, council: str, parsed: ParsedFile, tables: Sequence[str]) -> dict[str, Any]:
    period = parsed.period
    return {
        "feed": feed,
        "council": council,
        "tables": list(tables),
        "first": period.first.first_day if period else None,
        "last": period.last.first_day if period else None,
    }


async def _sums_in_force(
    session: AsyncSession, *, feed: str, council: str, table: str, months: Sequence[Month]
) -> dict[tuple[Month, str], int]:
    days: list[date] = [month.first_day for month in months]
    rows = await _rows(session, _SUMS, {"feed": feed, "council": council, "table": table, "months": days})
    return {(Month.of(row["month"]), row["place"]): row["count"] for row in rows}


async def _rows(session: AsyncSession, statement: TextClause, given: dict[str, Any]) -> list[dict[str, Any]]:
    result = await (await session.connection()).execute(statement, given)
    return [dict(row) for row in result.mappings()]
