"""What happens between a posted file and its answer: receive it, or check it only; wait; say what became of it.

A post is not one transaction like other requests: the file is committed first, and only then is the answer held for
its result, in short looks that hold no connection.
"""

from typing import Any
from uuid import UUID

import orjson
from fastapi import Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.errors import FileNotRead, FileRejected, NotASupplier
from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.parse_process import Parser
from services.outcomes.feeds.parsing import Question, Upload
from services.outcomes.parameters import asked_period, declared_feed
from services.outcomes.settings import Settings
from services.outcomes.submissions.actions import Sending, receive_submission, release_key, sums_beside
from services.outcomes.submissions.queries import submission
from services.outcomes.submissions.rules import Wait, differing_totals, read_wait, supplier
from services.outcomes.submissions.schemas import (
    SHOWN_ERRORS,
    rows_document,
    submission_document,
    totals_document,
)
from services.outcomes.submissions.uploads import read_upload
from services.outcomes.submissions.waiting import decided_submission
from shared.auth.caller import Caller
from shared.http.answers import json_answer, json_bytes
from shared.http.platform import Platform
from shared.idempotency import StoredAnswer, keep_answer, replay_or_claim, route_of
from shared.idempotency.errors import KeyRequired
from shared.months import Month
from shared.work.after_commit import noted_nudges


async def check_file(
    request: Request, platform: Platform, caller: Caller, *, feed: str, period: str | None
) -> Response:
    """Everything a post would say, with nothing stored: 200 with the report, or the rejection."""
    declared, council = _sender(request, platform, caller, feed)
    asked = asked_period(period)
    upload = await read_upload(request)
    now = platform.clock()
    parser: Parser = request.app.state.parser
    question = Question(feed, council, upload.form, asked, Month.of(now).first_day)
    parsed = await parser.read(upload.content, question)
    warnings = parsed.warnings
    if not parsed.errors_total:
        async with platform.database.transaction() as session:
            sums = await sums_beside(session, {"council": council}, parsed, declared)
        warnings = [*warnings, *differing_totals(declared, sums)]
    report = {
        "id": None,
        "feed": feed,
        "council": council,
        "period": parsed.period.label if parsed.period else period,
        "status": "rejected" if parsed.errors_total else "accepted",
        "progress": 1.0,
        "rows": rows_document(parsed),
        "totals": totals_document(parsed, [table.key for table in declared.tables]),
        "errors": parsed.errors[:SHOWN_ERRORS],
        "errors_total": parsed.errors_total,
        "warnings": warnings,
        "supersedes": None,
        "superseded_by": None,
        "sha256": upload.sha256,
        "aliases_used": parsed.aliases,
        "received_at": now,
        "decided_at": now,
        "validate_only": True,
    }
    if parsed.errors_total:
        raise FileRejected(report)
    return json_answer(report)


async def post_file(
    request: Request,
    platform: Platform,
    caller: Caller,
    *,
    feed: str,
    period: str | None,
    key: str | None,
    prefer: str | None,
) -> Response:
    """Receive a file and hold the answer for its result. The first answer of a key is kept and replayed."""
    if key is None:
        raise KeyRequired
    _, council = _sender(request, platform, caller, feed)
    asked = asked_period(period)
    settings: Settings = request.app.state.settings
    wait = read_wait(prefer, usual=settings.feed_wait)
    sending = Sending(caller, feed, council, await read_upload(request), asked, route_of(request), key)
    submission_id, stored = await _receive(platform, sending)
    if stored is not None and stored.status == 200:  # noqa: PLR2004 - OK, the whole answer was kept
        return stored.as_response()
    row = await decided_submission(platform, submission_id, seconds=wait.seconds)
    return await _answer(platform, sending, row, wait, replayed=stored is not None)


async def _receive(platform: Platform, sending: Sending) -> tuple[UUID, StoredAnswer | None]:
    """One transaction: the key is claimed, the file stored, its work added; or what the key brought the first time."""
    async with platform.database.transaction() as session:
        stored = await _claim(session, sending)
        if stored is not None:
            first = UUID(orjson.loads(stored.body)["id"])
            row = await submission(session, first)
            if row is not None and row["status"] not in {"rejected", "failed"}:
                return first, stored
            # Decided while this key was being kept with it: a refused request is not kept.
            await release_key(session, sending)
            await _claim(session, sending)
        submission_id, _ = await receive_submission(session, sending)
        answer = json_bytes({"id": submission_id})
        headers = {"Location": _location(sending.feed, submission_id), "Content-Type": "application/json"}
        await _keep(session, sending, status=202, headers=headers, body=answer)
    platform.nudges.ring(noted_nudges(session))
    return submission_id, None


async def _claim(session: AsyncSession, sending: Sending) -> StoredAnswer | None:
    return await replay_or_claim(
        session, caller=sending.caller, route=sending.route, key=sending.key, body=_identity(sending)
    )


async def _keep(
    session: AsyncSession, sending: Sending, *, status: int, headers: dict[str, str], body: bytes
) -> None:
    await keep_answer(
        session,
        caller=sending.caller,
        route=sending.route,
        key=sending.key,
        status=status,
        headers=headers,
        body=body,
    )


async def _answer(
    platform: Platform, sending: Sending, row: dict[str, Any], wait: Wait, *, replayed: bool
) -> Response:
    document = submission_document(row)
    location = _location(sending.feed, row["id"])
    headers = {"Location": location, "Content-Type": "application/json"}
    if row["status"] == "rejected":
        raise FileRejected(document, location=location)
    if row["status"] == "failed":
        raise FileNotRead(
            f"The submission {row['id']} failed and nothing was changed. Send the file again, or have the operator try it again."
        )
    shown = {**headers, **({"Preference-Applied": wait.applied} if wait.applied else {})}
    shown |= {"Idempotent-Replayed": "true"} if replayed else {}
    if row["status"] != "accepted":
        return json_answer(document, status=202, headers={**shown, "Retry-After": "1"})
    body = json_bytes(document)
    async with platform.database.transaction() as session:
        await _keep(session, sending, status=200, headers=headers, body=body)
    return Response(body, headers=shown)


def _sender(request: Request, platform: Platform, caller: Caller, feed: str) -> tuple[Feed, str]:
    """The feed and the council the caller sends it for, before a byte of the body is read."""
    declared = declared_feed(request, feed)
    council = supplier(caller, declared, platform.registry)
    if council is None:
        raise NotASupplier(
            f"The {feed} feed is sent by {' and '.join(declared.suppliers)} councils, each for itself."
        )
    return declared, council


def _identity(sending: Sending) -> bytes:
    """What makes a repetition the same request: the bytes, their form and the period they were sent for."""
    upload: Upload = sending.upload
    return f"{upload.sha256} {upload.form} {sending.stated}".encode()


def _location(feed: str, submission_id: UUID) -> str:
    return f"/v1/feeds/{feed}/submissions/{submission_id}"
