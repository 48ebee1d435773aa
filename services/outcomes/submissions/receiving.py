"""What happens to a file between its request and its answer: check it only, or receive it and wait for what becomes of it.

A post is not one transaction like other requests: the file is committed first, and only then is the answer held for
its result, in short looks that hold no connection.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.exchange import ParsedFile, Question, SentFile
from services.outcomes.feeds.parse_process import Parser
from services.outcomes.submissions.actions import Sending, receive_submission, release_key
from services.outcomes.submissions.queries import (
    standing_submissions,
    stated_by_others,
    submission,
    sums_beside,
)
from services.outcomes.submissions.rules import communities_of, differing_totals, left_out, stated_elsewhere
from services.outcomes.submissions.schemas import (
    SHOWN_ERRORS,
    SubmissionDocument,
    location_of,
    rows_document,
    submission_document,
    totals_document,
)
from services.outcomes.submissions.waiting import decided_submission
from shared.http.answers import json_bytes
from shared.idempotency.answers import Kept, KeyedRequest, claim_key, keep_answer
from shared.idempotency.keys import digest_of
from shared.registry import Registry
from shared.service.platform import Platform
from shared.work.after_commit import noted_nudges

_OK, _ACCEPTED = 200, 202
"""With what an answer is kept: whole, or only with the submission its key led to."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a post. row: the submission as it stands after the wait.

    repeated: whether its key had come before.   whole: the answer that the key was given then, once it was accepted.
    """

    row: dict[str, Any]
    repeated: bool
    whole: Kept | None


async def check_file(
    platform: Platform, parser: Parser, file: SentFile, question: Question, feed: Feed
) -> SubmissionDocument:
    """The report of a file of which nothing is stored: everything that a post would say of it."""
    parsed = await parser.read(file.content, question)
    supersedes = None
    if not parsed.errors_total:
        async with platform.database.transaction() as session:
            supersedes = await _look_beside(session, parsed, question, feed, platform.registry)
    return _report(parsed, file, question, feed, supersedes=supersedes, now=platform.clock())


async def _look_beside(
    session: AsyncSession, parsed: ParsedFile, question: Question, feed: Feed, registry: Registry
) -> UUID | None:
    """Add to a checked file what only stands beside it; returns the submission it would supersede."""
    about: Any = {"council": question.council, "parsed": parsed, "feed": feed}
    standing = await standing_submissions(session, **about)
    parsed.warnings += differing_totals(feed, await sums_beside(session, **about))
    parsed.warnings += left_out(feed, parsed.figures, standing, communities_of(registry))
    parsed.refuse(stated_elsewhere(parsed.figures, await stated_by_others(session, **about)))
    return standing[-1].submission if standing else None


async def post_file(platform: Platform, sending: Sending, *, seconds: float) -> Posted:
    """Receive a file and wait so long for its result. The first answer of a key is kept, for its repetitions."""
    submission_id, earlier = await _receive(platform, sending)
    whole = earlier if earlier is not None and earlier.status == _OK else None
    row = await decided_submission(platform, submission_id, seconds=0 if whole else seconds)
    if row["status"] == "accepted" and whole is None:
        async with platform.database.transaction() as session:
            body = json_bytes(submission_document(row))
            await _keep(platform, session, sending, row["id"], status=_OK, body=body)
    return Posted(row, earlier is not None, whole)


async def _receive(platform: Platform, sending: Sending) -> tuple[UUID, Kept | None]:
    """One transaction: the key is claimed, the file stored, its work added; or what the key brought the first time."""
    async with platform.database.transaction() as session:
        earlier = await claim_key(session, platform.keyring, _keyed(sending))
        if earlier is not None:
            first = UUID(orjson.loads(earlier.body)["id"])
            row = await submission(session, first)
            if row is not None and row["status"] not in {"rejected", "failed"}:
                return first, earlier
            # Decided while this key was being kept with it: a refused request is not kept.
            await release_key(session, sending)
            await claim_key(session, platform.keyring, _keyed(sending))
        submission_id, _ = await receive_submission(session, sending)
        body = json_bytes({"id": submission_id})
        await _keep(platform, session, sending, submission_id, status=_ACCEPTED, body=body)
    platform.nudges.ring(noted_nudges(session))
    return submission_id, None


def _keyed(sending: Sending) -> KeyedRequest:
    """What makes a repetition the same: bytes, form and the period they were sent for."""
    identity = f"{sending.file.sha256} {sending.file.form} {sending.stated}".encode()
    return KeyedRequest(sending.caller.client, sending.route, sending.key, digest_of(identity))


async def _keep(
    platform: Platform,
    session: AsyncSession,
    sending: Sending,
    submission_id: UUID,
    *,
    status: int,
    body: bytes,
) -> None:
    await keep_answer(
        session,
        platform.keyring,
        _keyed(sending),
        status=status,
        headers={
            "Location": location_of(sending.feed, submission_id),
            "Content-Type": "application/json",
        },
        body=body,
    )


def _report(
    parsed: ParsedFile,
    file: SentFile,
    question: Question,
    feed: Feed,
    *,
    supersedes: UUID | None,
    now: datetime,
) -> SubmissionDocument:
    period = parsed.period or question.asked
    report = {
        "id": None,
        "feed": question.feed,
        "council": question.council,
        "period": period.label if period else None,
        "status": "rejected" if parsed.errors_total else "accepted",
        "progress": 1.0,
        "rows": rows_document(parsed),
        "totals": totals_document(parsed, [table.key for table in feed.tables]),
        "errors": parsed.errors[:SHOWN_ERRORS],
        "errors_total": parsed.errors_total,
        "warnings": parsed.warnings,
        "supersedes": None if parsed.errors_total else supersedes,
        "superseded_by": None,
        "sha256": file.sha256,
        "aliases_used": parsed.aliases,
        "received_at": now,
        "decided_at": now,
        "validate_only": True,
    }
    return SubmissionDocument.model_validate(report)
