"""Deciding a submission: accepting or rejecting it in one transaction, with everything that follows."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, delete, func, select, tuple_, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.exchange import ParsedFile
from services.outcomes.signals.actions import signal_revision
from services.outcomes.submissions.consequences import Consequences, consequences_of
from services.outcomes.submissions.queries import stated_by_others
from services.outcomes.submissions.rules import stated_elsewhere
from services.outcomes.submissions.schemas import (
    SHOWN_CHANGES,
    rows_document,
    totals_document,
    withdrawn_months,
)
from services.outcomes.submissions.tables import FEED_TOPIC, FeedCoverage, Submission, SubmissionFile
from shared.audit import record
from shared.facts.publishing import record_fact_event
from shared.months import Month
from shared.registry import Registry
from shared.workbooks.findings import told_name

FORGET_FILES = """
    delete from feed_file where submission_id in (
        select f.submission_id from feed_file f join feed_submission s on s.id = f.submission_id
        where s.status = 'failed' and s.decided_at < now() - make_interval(days => $1) limit $2
        for update of f skip locked)
"""
"""For `prune_batch`: a file that could not be read waits for an operator's second try, but not for ever."""

UNDECIDED: Final = frozenset({"received", "failed"})
"""The states in which a file may still be read."""

# One statement, so that no key is left without its answer or the other way round.
_RELEASE_KEYS = text("""
    with released as (delete from feed_submission_key where submission_id = :id returning client, route, key)
    delete from idempotency i using released k where (i.client, i.route, i.key) = (k.client, k.route, k.key)
""")

FORGET_KEYS = """
    delete from feed_submission_key where (client, route, key) in (
        select client, route, key from feed_submission_key
        where created_at < now() - make_interval(days => $1) order by created_at limit $2
        for update skip locked)
"""
"""For `prune_batch`: which submission a key led to is of use for as long as the key's answer is kept."""


async def decide_submission(
    session: AsyncSession, submission_id: UUID, parsed: ParsedFile, feed: Feed, registry: Registry
) -> bool:
    """Accept or reject a submission whose file has been read, all or nothing. Returns whether it was accepted.

    A submission that is decided already stays as it is; one that failed is decided when an operator has its work tried again.
    """
    held = select(Submission, func.now()).where(col(Submission.id) == submission_id).with_for_update()
    submission, now = (await session.exec(held)).one()
    if submission.status not in UNDECIDED:
        return False
    if not parsed.errors_total:
        # One council's files are decided one after the other, and everybody's where a figure is shared.
        whose = "" if feed.shared_tables else submission.council
        lock = func.pg_advisory_xact_lock(func.hashtextextended(f"feed:{feed.feed}:{whose}", 0))
        await session.exec(select(lock))
        others = await stated_by_others(session, submission.council, parsed, feed)
        parsed.refuse(stated_elsewhere(parsed.figures, others, places_at=parsed.places_at))
    # Nothing needs the bytes any more, and they may be no return at all: an export of persons, sent by mistake.
    await session.exec(delete(SubmissionFile).where(col(SubmissionFile.submission_id) == submission.id))
    submission.decided_at = now
    submission.period = parsed.period.label if parsed.period else None
    submission.totals = totals_document(parsed, feed)
    submission.aliases_used = parsed.aliases
    rows = rows_document(parsed)
    for name, count in rows.items():
        setattr(submission, f"rows_{name}", count)
    submission.status = "rejected" if parsed.errors_total else "accepted"
    if parsed.errors_total:
        await _reject(session, submission, parsed)
    else:
        await _accept(session, submission, parsed, feed, registry)
    _record(session, submission, **rows, errors=parsed.errors_total)
    await session.flush()  # the facts are derived from these rows
    return not parsed.errors_total


async def abandon_submission(session: AsyncSession, submission_id: UUID) -> None:
    """Mark a submission that nobody will read any more; the council may send its bytes again."""
    held = select(Submission, func.now()).where(col(Submission.id) == submission_id).with_for_update()
    submission, now = (await session.exec(held)).one()
    submission.status, submission.live, submission.decided_at = "failed", False, now
    await (await session.connection()).execute(_RELEASE_KEYS, {"id": submission_id})
    _record(session, submission)


def _record(session: AsyncSession, submission: Submission, **detail: int) -> None:
    record(
        session,
        caller=None,
        event=f"submission.{submission.status}",
        resource_type="submission",
        resource_id=str(submission.id),
        detail={"feed": submission.feed, **detail},
    )


async def _reject(session: AsyncSession, submission: Submission, parsed: ParsedFile) -> None:
    submission.live = False
    submission.errors, submission.errors_total = parsed.errors, parsed.errors_total
    submission.warnings = parsed.warnings
    await (await session.connection()).execute(_RELEASE_KEYS, {"id": submission.id})


async def _accept(
    session: AsyncSession, submission: Submission, parsed: ParsedFile, feed: Feed, registry: Registry
) -> None:
    period = parsed.period
    if period is None:
        raise ValueError("a file without errors is about a period")
    found = await consequences_of(
        session,
        submission.council,
        parsed,
        feed=feed,
        registry=registry,
        withdrawn=withdrawn_months(submission),
        # A slower reader may be overtaken: what came later stands before it.
        received=(submission.received_at, submission.id),
    )
    await _take_over(session, submission, found)
    await _copy_figures(session, submission.id, parsed)
    submission.first_month, submission.last_month = period.first.first_day, period.last.first_day
    submission.period_named = parsed.period_named
    submission.supersedes = found.superseded[-1] if found.superseded else None
    submission.superseded = [str(one) for one in found.superseded]
    if found.changes is not None:
        submission.changes = found.changes[:SHOWN_CHANGES]
        submission.changes_total = len(found.changes)
        changed = {Month.parse(change["month"]) for change in found.changes}
        await signal_revision(session, feed, submission.council, submission=submission.id, months=changed)
    submission.superseded_by = found.newer[-1].submission if found.newer else None
    submission.live = not found.newer and await _may_be_live(session, submission)
    submission.warnings = [*parsed.warnings, *found.warnings]
    await record_fact_event(session, topic=FEED_TOPIC, subject=submission.id)


async def _may_be_live(session: AsyncSession, submission: Submission) -> bool:
    """Whether no other submission of the same bytes and period was made the answer to them since."""
    if submission.live:
        return True
    others = select(Submission.id).where(
        col(Submission.live),
        *(
            getattr(Submission, name) == getattr(submission, name)
            for name in ("feed", "council", "sha256", "stated_period")
        ),
    )
    return (await session.exec(others)).first() is None


async def _take_over(session: AsyncSession, submission: Submission, found: Consequences) -> None:
    """Put the parts that the file takes over in force, and out of force what stood for them."""
    if found.older:
        parts = [(table, month.first_day) for table, month in found.parts]
        withdrawn = update(FeedCoverage).where(
            col(FeedCoverage.submission_id).in_(found.superseded),
            col(FeedCoverage.in_force),
            tuple_(col(FeedCoverage.table_key), col(FeedCoverage.month)).in_(parts),
        )
        superseded = update(Submission).where(col(Submission.id).in_(found.superseded))
        quick = {"synchronize_session": False}
        await session.exec(withdrawn.values(in_force=False).execution_options(**quick))
        await session.exec(
            superseded.values(live=False, superseded_by=submission.id).execution_options(**quick)
        )
    taken = {one.part for one in found.newer}
    session.add_all(
        FeedCoverage(
            submission_id=submission.id,
            table_key=table,
            month=month.first_day,
            feed=submission.feed,
            council=submission.council,
            in_force=(table, month) not in taken,
        )
        for table, month in sorted(found.parts)
    )


async def _copy_figures(session: AsyncSession, submission_id: UUID, parsed: ParsedFile) -> None:
    """Write the figures by COPY, within the session's transaction."""
    # A large return is not a million inserts.
    raw = await (await session.connection()).get_raw_connection()
    driver: Any = raw.driver_connection
    await driver.copy_records_to_table(
        "feed_figure",
        columns=["submission_id", "table_key", "month", "place", "category", "count", "sheet", "cell"],
        records=[
            (
                submission_id,
                one.table,
                one.month.first_day,
                one.place,
                one.category,
                one.count,
                one.sheet and told_name(one.sheet),
                one.cell,
            )
            for one in parsed.figures
        ],
    )
