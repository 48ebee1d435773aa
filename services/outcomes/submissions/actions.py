"""The only writers of submissions: receiving a file, and deciding it in one transaction with everything that follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import TextClause, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.exchange import ParsedFile, SentFile
from services.outcomes.submissions.queries import (
    READ_WORK,
    same_in_force,
    standing_submissions,
    stated_by_others,
    sums_beside,
)
from services.outcomes.submissions.rules import (
    Standing,
    communities_of,
    differing_totals,
    left_out,
    stated_elsewhere,
)
from services.outcomes.submissions.schemas import rows_document, totals_document
from services.outcomes.submissions.tables import FEED_TOPIC
from shared.audit import record
from shared.auth.caller import Caller
from shared.facts import record_fact_event
from shared.ids import new_id
from shared.months import Period
from shared.registry import Registry
from shared.work import add_work

UNDECIDED: Final = frozenset({"received", "failed"})
"""The states in which a file may still be read."""

_INSERT = text("""
    insert into feed_submission (id, feed, council, client, form, sha256, stated_period)
    values (:id, :feed, :council, :client, :form, :sha256, :stated)
    on conflict (feed, council, sha256, stated_period) where live do nothing returning id
""")
_LEAVE_BEHIND = text("""
    update feed_submission s set live = false
     where live and status = 'accepted' and feed = :feed and council = :council and sha256 = :sha256
       and exists (select from feed_submission later
                    where later.feed = s.feed and later.council = s.council and later.status = 'received'
                      and (later.received_at, later.id) > (s.received_at, s.id))
""")
_INSERT_FILE = text("insert into feed_file (submission_id, content) values (:id, :content)")
_FORGET_FILE = text("delete from feed_file where submission_id = :id")
_INSERT_KEY = text("""
    insert into feed_submission_key (client, route, key, submission_id) values (:client, :route, :key, :id)
    on conflict (client, route, key) do update set submission_id = excluded.submission_id, created_at = now()
""")
_RELEASE_KEYS = text("""
    with released as (delete from feed_submission_key where submission_id = :id returning client, route, key)
    delete from idempotency i using released k where (i.client, i.route, i.key) = (k.client, k.route, k.key)
""")
_RELEASE_KEY = text("delete from idempotency where client = :client and route = :route and key = :key")
_HOLD = text("select status, received_at from feed_submission where id = :id for update")
_FEED_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
_WITHDRAW = text("""
    update feed_coverage set in_force = false
     where submission_id = any(:older) and feed = :feed and council = :council and in_force
       and table_key = any(:tables) and month between :first and :last
""")
_SUPERSEDE = text("update feed_submission set live = false, superseded_by = :id where id = any(:older)")
_COVER = text("""
    insert into feed_coverage (submission_id, feed, council, table_key, month, in_force)
    values (:id, :feed, :council, :table, :month, :in_force)
""")
_ACCEPT = text("""
    update feed_submission
       set status = 'accepted', live = :live, decided_at = now(), period = :period, first_month = :first,
           last_month = :last, period_named = :named, rows_read = :read, rows_accepted = :accepted, rows_rejected = 0,
           rows_skipped = :skipped, totals = cast(:totals as jsonb), warnings = cast(:warnings as jsonb),
           aliases_used = cast(:aliases as jsonb), supersedes = :supersedes, superseded_by = :superseded_by
     where id = :id
""")
_REJECT = text("""
    update feed_submission
       set status = 'rejected', live = false, decided_at = now(), period = :period, rows_read = :read, rows_accepted = 0,
           rows_rejected = :read, rows_skipped = 0, totals = cast(:totals as jsonb), errors = cast(:errors as jsonb),
           errors_total = :errors_total, warnings = cast(:warnings as jsonb), aliases_used = cast(:aliases as jsonb)
     where id = :id
""")
_FAIL = text("""
    update feed_submission set status = 'failed', live = false, decided_at = now() where id = :id returning feed
""")

FORGET_KEYS = """
    delete from feed_submission_key where (client, route, key) in (
        select client, route, key from feed_submission_key
        where created_at < now() - make_interval(days => $1) order by created_at limit $2
        for update skip locked)
"""
"""For `prune_batch`: which submission a key led to is of use for as long as the key's answer is kept."""


@dataclass(frozen=True, slots=True)
class Sending:
    """One post of a file: who sends it as which council, what it is, and under which idempotency key."""

    caller: Caller
    feed: str
    council: str
    file: SentFile
    asked: Period | None
    route: str
    key: str

    @property
    def stated(self) -> str:
        """The period the request states, empty for none."""
        return "" if self.asked is None else self.asked.label

    @property
    def place(self) -> dict[str, str]:
        """Where the idempotency key is kept."""
        return {"client": self.caller.client, "route": self.route, "key": self.key}


async def receive_submission(session: AsyncSession, sending: Sending) -> tuple[UUID, bool]:
    """Store a file with the work that reads it; the same bytes and period still in force are the same submission.

    Returns the submission and whether it is new. Held by the unique index of live submissions: of many posts at once
    one inserts, the others wait for it and find its row.
    """
    file = sending.file
    about = {
        "feed": sending.feed,
        "council": sending.council,
        "sha256": file.sha256,
        "stated": sending.stated,
    }
    # What is in force now will not be once a later file has been read: sent after that one, these bytes come last again.
    await _run(session, _LEAVE_BEHIND, about)
    found = await same_in_force(session, **about)
    while found is None:
        submission_id = new_id()
        given = {**about, "id": submission_id, "client": sending.caller.client, "form": file.form}
        if (await _run(session, _INSERT, given)).first() is not None:
            await _store(session, sending, submission_id)
            return submission_id, True
        # Another post of the same file was first; it may be rejected before it is read here, then this one is new.
        found = await same_in_force(session, **about)
    await _run(session, _INSERT_KEY, {**sending.place, "id": found})
    return found, False


async def _store(session: AsyncSession, sending: Sending, submission_id: UUID) -> None:
    await _run(session, _INSERT_FILE, {"id": submission_id, "content": sending.file.content})
    await _run(session, _INSERT_KEY, {**sending.place, "id": submission_id})
    await add_work(session, kind=READ_WORK, subject=submission_id)
    record(
        session,
        caller=sending.caller,
        event="submission.received",
        resource_type="submission",
        resource_id=str(submission_id),
        detail={"feed": sending.feed, "sha256": sending.file.sha256, "bytes": len(sending.file.content)},
    )


async def release_key(session: AsyncSession, sending: Sending) -> None:
    """Forget a key whose submission was not accepted: a refused request is not kept."""
    await _run(session, _RELEASE_KEY, sending.place)


async def decide_submission(
    session: AsyncSession, row: Mapping[str, Any], parsed: ParsedFile, feed: Feed, registry: Registry
) -> bool:
    """Accept or reject a submission whose file has been read, all or nothing. Returns whether it was accepted.

    row: as `file_to_read` gives it. A submission that is decided already stays as it is; one that failed is decided
    when an operator has its work tried again.
    """
    held = (await _run(session, _HOLD, {"id": row["id"]})).one()
    if held.status not in UNDECIDED:
        return False
    if not parsed.errors_total:
        # One council's files are decided one after the other, and everybody's where a figure is shared.
        whose = "" if feed.shared_tables else row["council"]
        await _run(session, _FEED_LOCK, {"name": f"feed:{feed.feed}:{whose}"})
        others = await stated_by_others(session, council=row["council"], parsed=parsed, feed=feed)
        parsed.refuse(stated_elsewhere(parsed.figures, others))
    if parsed.errors_total:
        await _reject(session, row, parsed, feed)
    else:
        await _accept(session, row, parsed, feed, registry)
    outcome = "rejected" if parsed.errors_total else "accepted"
    record(
        session,
        caller=None,
        event=f"submission.{outcome}",
        resource_type="submission",
        resource_id=str(row["id"]),
        detail={"feed": feed.feed, **rows_document(parsed), "errors": parsed.errors_total},
    )
    return not parsed.errors_total


async def abandon_submission(session: AsyncSession, submission_id: UUID) -> None:
    """Mark a submission that nobody will read any more; its bytes may be sent again."""
    feed = (await _run(session, _FAIL, {"id": submission_id})).scalar_one()
    await _run(session, _RELEASE_KEYS, {"id": submission_id})
    record(
        session,
        caller=None,
        event="submission.failed",
        resource_type="submission",
        resource_id=str(submission_id),
        detail={"feed": feed},
    )


async def _reject(session: AsyncSession, row: Mapping[str, Any], parsed: ParsedFile, feed: Feed) -> None:
    await _run(
        session,
        _REJECT,
        {
            **_told(parsed, feed),
            "id": row["id"],
            "errors": _json(parsed.errors),
            "errors_total": parsed.errors_total,
        },
    )
    # Nothing comes of it any more, and it may be no return at all: an export of persons, sent by mistake.
    await _run(session, _FORGET_FILE, {"id": row["id"]})
    await _run(session, _RELEASE_KEYS, {"id": row["id"]})


async def _accept(
    session: AsyncSession, row: Mapping[str, Any], parsed: ParsedFile, feed: Feed, registry: Registry
) -> None:
    if parsed.period is None:
        raise ValueError("a file without errors is about a period")
    sums = await sums_beside(session, council=row["council"], parsed=parsed, feed=feed)
    standing = await standing_submissions(session, council=row["council"], parsed=parsed, feed=feed)
    older, newer = await _take_over(session, row, parsed, standing)
    superseded = [one for one in standing if one.submission in older]
    warnings = [
        *parsed.warnings,
        *differing_totals(feed, sums),
        *left_out(feed, parsed.figures, superseded, communities_of(registry)),
    ]
    await _copy_figures(session, row["id"], parsed)
    told = {
        **_told(parsed, feed),
        "id": row["id"],
        "first": parsed.period.first.first_day,
        "last": parsed.period.last.first_day,
        "named": parsed.period_named,
        "accepted": len(parsed.figures),
        "skipped": parsed.skipped,
        "warnings": _json(warnings),
        "supersedes": older[-1] if older else None,
        "superseded_by": newer[-1] if newer else None,
        "live": not newer,
    }
    await _run(session, _ACCEPT, told)
    await record_fact_event(session, topic=FEED_TOPIC, subject=row["id"])


async def _take_over(
    session: AsyncSession, row: Mapping[str, Any], parsed: ParsedFile, standing: Sequence[Standing]
) -> tuple[list[UUID], list[UUID]]:
    """Put the file's months of its tables in force, and out of force what stood for them.

    Returns the submissions it supersedes and those that came later and stand before it (a slower reader may be
    overtaken), each in the order they were received.
    """
    about = {
        "id": row["id"],
        "feed": row["feed"],
        "council": row["council"],
        "tables": parsed.tables,
        "first": parsed.period.first.first_day if parsed.period else None,
        "last": parsed.period.last.first_day if parsed.period else None,
    }
    place = (row["received_at"], row["id"])
    older = list(
        dict.fromkeys(one.submission for one in standing if (one.received_at, one.submission) < place)
    )
    after = [one for one in standing if (one.received_at, one.submission) > place]
    newer = list(dict.fromkeys(one.submission for one in after))
    taken = {(one.table, one.month.first_day) for one in after}
    if older:
        await _run(session, _WITHDRAW, {**about, "older": older})
        await _run(session, _SUPERSEDE, {"older": older, "id": row["id"]})
    months = [month.first_day for month in parsed.period.months] if parsed.period else []
    for table in parsed.tables:
        for month in months:
            covering = {**about, "table": table, "month": month, "in_force": (table, month) not in taken}
            await _run(session, _COVER, covering)
    return older, newer


async def _copy_figures(session: AsyncSession, submission_id: UUID, parsed: ParsedFile) -> None:
    """Write the figures by COPY, within the session's transaction: a large return is not a million inserts."""
    raw = await (await session.connection()).get_raw_connection()
    driver: Any = raw.driver_connection
    await driver.copy_records_to_table(
        "feed_figure",
        columns=["submission_id", "table_key", "month", "place", "category", "count"],
        records=[
            (submission_id, one.table, one.month.first_day, one.place, one.category, one.count)
            for one in parsed.figures
        ],
    )


def _told(parsed: ParsedFile, feed: Feed) -> dict[str, Any]:
    return {
        "period": parsed.period.label if parsed.period else None,
        "read": parsed.read,
        "totals": _json(totals_document(parsed, [table.key for table in feed.tables])),
        "warnings": _json(parsed.warnings),
        "aliases": _json(parsed.aliases),
    }


def _json(document: Sequence[Any] | Mapping[str, Any] | None) -> str | None:
    return None if document is None else orjson.dumps(document).decode()


async def _run(session: AsyncSession, statement: TextClause, given: Mapping[str, Any]) -> Any:
    return await (await session.connection()).execute(statement, dict(given))
