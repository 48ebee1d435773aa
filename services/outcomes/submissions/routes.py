"""Sending a feed, watching it, reading what became of it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from services.outcomes.errors import FileNotRead, FileRejected, MultipartBroken, NotASupplier, UnknownFeed
from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.question import Question
from services.outcomes.parameters import PeriodParam, asked_period, declared_feed
from services.outcomes.settings import Settings
from services.outcomes.submissions.actions import Sending
from services.outcomes.submissions.bodies import OPENAPI, read_sent_file
from services.outcomes.submissions.errors_csv import errors_csv
from services.outcomes.submissions.queries import submission, submissions
from services.outcomes.submissions.receiving import Posted, check_file, post_file
from services.outcomes.submissions.rules import Wait, read_wait, supplier, visible_councils
from services.outcomes.submissions.schemas import SubmissionDocument, location_of, submission_document
from shared.auth import Caller
from shared.http.answers import json_answer
from shared.http.cursors import decode_cursor, encode_cursor, page
from shared.http.path_ids import PathId
from shared.http.query import DEFAULT_LIST, CursorParam, Flag, Limit
from shared.idempotency import route_of
from shared.idempotency.errors import BodyMismatch, KeyMalformed, KeyRequired, StillRunning
from shared.months import Month
from shared.problems import (
    BadRequest,
    Forbidden,
    Invalid,
    NotFound,
    RequestTimeout,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
    responses,
)
from shared.service.deps import IdempotencyKey, PlatformOf, Session
from shared.service.guard import Requires
from shared.service.platform import Platform

router = APIRouter(prefix="/v1/feeds/{feed}/submissions", tags=["feeds"])

Sender = Annotated[Caller, Requires("feeds.write")]
Reader = Annotated[Caller, Requires("feeds.read", "feeds.write")]
Status = Literal["received", "processing", "accepted", "rejected", "failed"]


@router.post(
    "",
    openapi_extra=OPENAPI,
    responses={
        200: {"model": SubmissionDocument, "description": "Accepted, or found without errors"},
        202: {"model": SubmissionDocument, "description": "Being read; watch the Location"},
        **responses(
            BadRequest,
            MultipartBroken,
            KeyRequired,
            KeyMalformed,
            Unauthenticated,
            Forbidden,
            NotASupplier,
            NotFound,
            UnknownFeed,
            BodyMismatch,
            StillRunning,
            TooLarge,
            UnsupportedMediaType,
            RequestTimeout,
            FileRejected,
            Unavailable,
            FileNotRead,
        ),
    },
)
async def send_submission(
    request: Request,
    caller: Sender,
    platform: PlatformOf,
    feed: str,
    key: IdempotencyKey,
    *,
    period: PeriodParam = None,
    validate_only: Annotated[Flag, Query(description="Check everything, store nothing")] = False,
    prefer: Annotated[str | None, Header(description="wait=N (at most 30) or respond-async")] = None,
) -> Response:
    """Send a council's return as it is: long form or printed table, CSV, XLSX or JSON.

    The answer is held for the result for some seconds. The same bytes and period still in force give the same
    submission; a resend with other figures supersedes, table by table and month by month.
    """
    if key is None and not validate_only:
        raise KeyRequired
    declared, council = _supplied(request, platform, caller, feed)
    asked = asked_period(period)
    settings: Settings = request.app.state.settings
    wait = read_wait(prefer, usual=settings.feed_wait)
    file = await read_sent_file(request)
    if key is None or validate_only:
        question = Question(feed, council, file.form, asked, received_in=Month.of(platform.clock()))
        return _checked(await check_file(platform, request.app.state.parser, file, question, declared))
    sending = Sending(caller, feed, council, file, asked, route_of(request), key)
    return _answered(await post_file(platform, sending, seconds=wait.seconds), feed, wait)


@router.get("", responses=responses(BadRequest, Unauthenticated, Forbidden, UnknownFeed, Invalid))
async def list_submissions(
    request: Request,
    caller: Reader,
    session: Session,
    platform: PlatformOf,
    feed: str,
    *,
    council: Annotated[str | None, Query(max_length=40)] = None,
    period: PeriodParam = None,
    status: Status | None = None,
    limit: Limit = DEFAULT_LIST,
    cursor: CursorParam = None,
) -> Response:
    """A feed's submissions that the caller may see, newest first."""
    declared_feed(request, feed)
    asked = asked_period(period)
    _check_council(platform, council)
    seen = visible_councils(caller, platform.registry)
    if seen is not None and (not seen or (council is not None and council not in seen)):
        raise Forbidden("These submissions belong to others.")
    filters = {"feed": feed, "council": council, "period": asked.label if asked else None, "status": status}
    before = None
    if cursor is not None:
        before = UUID(
            decode_cursor(
                platform.cursor_key, cursor, of="submissions", client=caller.client, filters=filters
            )[0]
        )
    councils = {council} if council is not None else seen
    rows = await submissions(
        session, feed=feed, councils=councils, filters=filters, before=before, limit=limit + 1
    )
    following = None
    if len(rows) > limit:
        position = [str(rows[limit - 1]["id"])]
        following = encode_cursor(
            platform.cursor_key, of="submissions", client=caller.client, filters=filters, position=position
        )
    return page([submission_document(row) for row in rows[:limit]], following, request)


@router.get(
    "/{submission_id}",
    responses={
        200: {"model": SubmissionDocument},
        **responses(BadRequest, Unauthenticated, Forbidden, NotFound),
    },
)
async def read_submission(
    caller: Reader, session: Session, platform: PlatformOf, feed: str, submission_id: PathId
) -> Response:
    """One submission: where it stands, what it held, what is wrong with it."""
    return json_answer(
        submission_document(await _visible(session, caller, platform, feed=feed, submission_id=submission_id))
    )


@router.get(
    "/{submission_id}/errors.csv",
    response_class=Response,
    responses={
        200: {"content": {"text/csv": {}}},
        **responses(BadRequest, Unauthenticated, Forbidden, NotFound),
    },
)
async def read_errors(
    caller: Reader, session: Session, platform: PlatformOf, feed: str, submission_id: PathId
) -> Response:
    """Every error of a rejected submission (the first 10,000), for the sender's spreadsheet."""
    row = await _visible(session, caller, platform, feed=feed, submission_id=submission_id)
    headers = {"Content-Disposition": f'attachment; filename="errors-{submission_id}.csv"'}
    return Response(errors_csv(row["errors"] or []), media_type="text/csv; charset=utf-8", headers=headers)


async def _visible(
    session: Session, caller: Caller, platform: PlatformOf, *, feed: str, submission_id: UUID
) -> dict[str, Any]:
    """The submission if it is one of this feed's and the caller may see it; NotFound for both otherwise."""
    row = await submission(session, submission_id)
    seen = visible_councils(caller, platform.registry)
    if row is None or row["feed"] != feed or (seen is not None and row["council"] not in seen):
        raise NotFound
    return row


def _supplied(request: Request, platform: Platform, caller: Caller, feed: str) -> tuple[Feed, str]:
    """The feed and the council the caller sends it for, before a byte of the body is read."""
    declared = declared_feed(request, feed)
    council = supplier(caller, declared, platform.registry)
    if council is None:
        raise NotASupplier(
            f"The {feed} feed is sent by {' and '.join(declared.suppliers)} councils, each for itself."
        )
    return declared, council


def _check_council(platform: Platform, council: str | None) -> None:
    if council is not None and platform.registry.council(council) is None:
        raise Invalid.one("code.unknown", "/council", "The registry knows no such council.")


def _checked(report: dict[str, Any]) -> Response:
    if report["errors_total"]:
        raise FileRejected(report)
    return json_answer(report)


def _answered(posted: Posted, feed: str, wait: Wait) -> Response:
    """The answer to a post: the one its key was given before, or what has become of the submission so far."""
    if posted.whole is not None:
        return posted.whole.as_response()
    document = submission_document(posted.row)
    location = location_of(feed, posted.row["id"])
    if posted.row["status"] == "rejected":
        raise FileRejected(document, location=location)
    if posted.row["status"] == "failed":
        raise FileNotRead(
            f"The submission {posted.row['id']} failed and nothing was changed. "
            "Send the file again, or have the operator try it again."
        )
    headers = {"Location": location}
    if wait.applied:
        headers["Preference-Applied"] = wait.applied
    if posted.repeated:
        headers["Idempotent-Replayed"] = "true"
    if posted.row["status"] != "accepted":
        return json_answer(document, status=202, headers={**headers, "Retry-After": "1"})
    return json_answer(document, headers=headers)
