"""What a post does with a file: check it only, or receive it and hold the answer for its result.

A post is not one transaction like other requests. It commits the file first; only then it waits for the result, in short
looks that hold no connection.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.exchange import Question, SentFile
from services.outcomes.feeds.parse_process import Parser
from services.outcomes.feeds.reading import ShownRow
from services.outcomes.submissions.comparing import Change
from services.outcomes.submissions.consequences import consequences_of
from services.outcomes.submissions.queries import (
    READ_WORK,
    same_in_force,
    stated_by_others,
    submission_state,
)
from services.outcomes.submissions.rules import stated_elsewhere
from services.outcomes.submissions.schemas import (
    SubmissionDocument,
    checked_document,
    location_of,
    submission_document,
)
from services.outcomes.submissions.sealing import sealed_file
from services.outcomes.submissions.tables import SubmissionFile, SubmissionState
from shared.audit import record
from shared.auth.caller import Caller
from shared.http.answers import json_bytes
from shared.idempotency.answers import Kept, KeyedRequest, claim_key, keep_answer
from shared.idempotency.tables import IdempotencyRow
from shared.ids import new_id
from shared.months import Month
from shared.service.platform import Platform
from shared.work import add_work

FIRST_PAUSE, LONGEST_PAUSE = 0.03, 0.25
DECIDED: Final = frozenset({"accepted", "rejected", "failed"})
_OK, _ACCEPTED = 200, 202
"""A kept answer is whole, or names only the submission to which its key led."""

# By hand, for what they do on a conflict: as expressions they made a post cost a quarter more, and are longer.
_INSERT = text("""
    insert into feed_submission (id, feed, council, client, form, sha256, stated_period, stated_withdrawal)
    values (:id, :feed, :council, :client, :form, :sha256, :stated_period, :stated_withdrawal)
    on conflict (feed, council, sha256, stated_period) where live do nothing returning id
""")
_INSERT_KEY = text("""
    insert into feed_submission_key (client, route, key, submission_id) values (:client, :route, :key, :id)
    on conflict (client, route, key) do update set submission_id = excluded.submission_id, created_at = now()
""")
# While a later file waits to be read, what is in force now soon will not be: the same bytes, sent again, come last again.
_LEAVE_BEHIND = text("""
    update feed_submission s set live = false
     where live and status = 'accepted' and feed = :feed and council = :council and sha256 = :sha256
       and exists (select from feed_submission later
                    where later.feed = s.feed and later.council = s.council and later.status = 'received'
                      and (later.received_at, later.id) > (s.received_at, s.id))
""")
# The same bytes that take other months out of force ask for something new, so what they led to before is not the answer.
_MAKE_WAY = text("""
    update feed_submission set live = false
     where live and feed = :feed and council = :council and sha256 = :sha256 and stated_period = :stated_period
       and :stated_withdrawal not in ('', stated_withdrawal)
""")


@dataclass(frozen=True, slots=True)
class Sending:
    """One post of a file: who sends it as which council, what it is, and under which idempotency key.

    stated_period, stated_withdrawal: the request's, empty for none.
    """

    caller: Caller
    feed: str
    council: str
    file: SentFile
    stated_period: str
    stated_withdrawal: str
    keyed: KeyedRequest


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a post. state: where the submission stands after the wait.

    repeated: whether the client had sent its key before.   whole: the answer to that key, once the file was accepted.
    """

    state: SubmissionState
    repeated: bool
    whole: Kept | None


async def check_file(
    platform: Platform,
    parser: Parser,
    file: SentFile,
    question: Question,
    *,
    feed: Feed,
    withdrawn: Sequence[Month],
) -> SubmissionDocument:
    """The report on a file of which nothing is stored: everything that a post would say of it."""
    report, _ = await check_file_shown(platform, parser, file, question, feed=feed, withdrawn=withdrawn)
    return report


async def check_file_shown(
    platform: Platform,
    parser: Parser,
    file: SentFile,
    question: Question,
    *,
    feed: Feed,
    withdrawn: Sequence[Month],
) -> tuple[SubmissionDocument, list[ShownRow]]:
    """The same report, and the file's own rows where the question asks for them."""
    parsed = await parser.read(file.content, question)
    superseded: list[UUID] = []
    changes: list[Change] | None = None
    if parsed.period is not None and not parsed.errors_total:
        council, registry = question.council, platform.registry
        async with platform.database.transaction() as session:
            found = await consequences_of(
                session, council, parsed, feed=feed, registry=registry, withdrawn=withdrawn
            )
            others = await stated_by_others(session, council, parsed, feed)
        parsed.refuse(stated_elsewhere(parsed.figures, others, places_at=parsed.places_at))
        parsed.warnings += found.warnings
        superseded, changes = found.superseded, found.changes
    if parsed.errors_total:
        superseded, changes = [], None
    document = checked_document(
        parsed,
        file,
        question,
        feed,
        superseded=superseded,
        changes=changes,
        withdrawn=withdrawn,
        now=platform.clock(),
    )
    return document, parsed.rows


async def post_file(platform: Platform, sending: Sending, *, seconds: float) -> Posted:
    """Receive a file, wait so long for its result, and keep the first answer of its key for repetitions."""
    async with platform.transaction() as session:
        submission_id, earlier = await _receive(platform, session, sending)
    whole = earlier if earlier is not None and earlier.status == _OK else None
    state = await decided_submission(platform, submission_id, seconds=0 if whole else seconds)
    if state.status == "accepted" and whole is None:
        async with platform.database.transaction() as session:
            body = json_bytes(submission_document(state))
            await _keep(platform, session, sending, submission_id, status=_OK, body=body)
    return Posted(state, earlier is not None, whole)


async def _receive(platform: Platform, session: AsyncSession, sending: Sending) -> tuple[UUID, Kept | None]:
    """Claim the key and store the file with its work; or find what the key brought the first time."""
    keyed = sending.keyed
    earlier = await claim_key(session, platform.keyring, keyed)
    if earlier is not None:
        first = UUID(orjson.loads(earlier.body)["id"])
        state = await submission_state(session, first)
        if state is not None and state.submission.status not in {"rejected", "failed"}:
            return first, earlier
        # Decided while this key was being kept with it: a refused request is not kept.
        row = IdempotencyRow
        same = (col(row.client) == keyed.client, col(row.route) == keyed.route, col(row.key) == keyed.key)
        await session.exec(delete(row).where(*same))
        await claim_key(session, platform.keyring, keyed)
    submission_id = await receive_submission(platform, session, sending)
    body = json_bytes({"id": submission_id})
    await _keep(platform, session, sending, submission_id, status=_ACCEPTED, body=body)
    return submission_id, None


async def receive_submission(platform: Platform, session: AsyncSession, sending: Sending) -> UUID:
    """Store a file with the work that reads it; the same bytes and period still in force are the same submission."""
    # The unique index of live submissions decides: of many posts at once one inserts, the others wait and find its row.
    file, submission_id = sending.file, new_id()
    same = {
        "feed": sending.feed,
        "council": sending.council,
        "sha256": file.sha256,
        "stated_period": sending.stated_period,
        "stated_withdrawal": sending.stated_withdrawal,
    }
    connection = await session.connection()
    await connection.execute(_LEAVE_BEHIND, same)
    new = {**same, "id": submission_id, "client": sending.caller.client, "form": file.form}
    found = await same_in_force(session, **same)
    while found is None:
        await connection.execute(_MAKE_WAY, same)
        found = (await connection.execute(_INSERT, new)).scalar()
        # Another post of the same file was first; it may be rejected before it is read here, then this one is new.
        found = found or await same_in_force(session, **same)
    await connection.execute(_INSERT_KEY, {**sending.keyed.place, "id": found})
    if found == submission_id:
        sealed = await asyncio.to_thread(sealed_file, platform.keyring, submission_id, file.content)
        session.add(SubmissionFile(submission_id=submission_id, sealed=sealed))
        await add_work(session, kind=READ_WORK, subject=submission_id)
        record(
            session,
            caller=sending.caller,
            event="submission.received",
            resource_type="submission",
            resource_id=str(submission_id),
            detail={
                "feed": sending.feed,
                "sha256": file.sha256,
                "bytes": len(file.content),
                **({"withdraw": sending.stated_withdrawal} if sending.stated_withdrawal else {}),
            },
        )
    return found


async def _keep(
    platform: Platform,
    session: AsyncSession,
    sending: Sending,
    submission_id: UUID,
    *,
    status: int,
    body: bytes,
) -> None:
    headers = {"Location": location_of(sending.feed, submission_id), "Content-Type": "application/json"}
    await keep_answer(session, platform.keyring, sending.keyed, status=status, headers=headers, body=body)


async def decided_submission(platform: Platform, submission_id: UUID, *, seconds: float) -> SubmissionState:
    """The submission once it is decided, or as it stands after so many seconds."""
    until = time.monotonic() + seconds
    pause = FIRST_PAUSE
    while True:
        # Each look is a transaction of its own, so a waiting client costs no connection between two looks.
        async with platform.database.transaction() as session:
            state = await submission_state(session, submission_id)
        if state is None:
            raise LookupError("a submission is never deleted")
        left = until - time.monotonic()
        if state.status in DECIDED or left <= 0:
            return state
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)
