"""Sending a feed, watching it, reading what became of it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Header, Query, Request, Response

from services.outcomes.errors import FileNotRead, FileRejected, MultipartBroken, NotASupplier, UnknownFeed
from services.outcomes.feeds.exchange import Question
from services.outcomes.parameters import AskedPeriod, DeclaredFeed
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
from shared.http.path_ids import PathId
from shared.http.query import Flag
from shared.idempotency.keys import BodyMismatch, KeyMalformed, KeyRequired, StillRunning, key_of
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
from shared.registry import Registry
from shared.service.acting import Act
from shared.service.guard import PlatformOf, Requires, answer_again, may, route_of
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(prefix="/v1/feeds/{feed}/submissions", tags=["feeds"])

Sender = Annotated[Caller, Requires("feeds.write")]
Reader = Annotated[Act, may("feeds.read", "feeds.write")]
Status = Literal["received", "processing", "accepted", "rejected", "failed"]


# Not an ordinary act: the file is committed first, then the answer is held for its result without a transaction.
@router.api_route(
    "",
    methods=["POST"],
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
    feed: DeclaredFeed,
    period: AskedPeriod,
    *,
    validate_only: Annotated[Flag, Query(description="Check everything, store nothing")] = False,
    prefer: Annotated[str | None, Header(description="wait=N (at most 30) or respond-async")] = None,
) -> Response:
    """Send a council's return as it is: long form or printed table, CSV, XLSX or JSON.

    The answer is held for the result for some seconds. The same bytes and period still in force give the same
    submission; a resend with other figures supersedes, table by table and month by month.
    """
    key = key_of(request.scope["headers"])
    if key is None and not validate_only:
        raise KeyRequired
    council = supplier(caller, feed, platform.registry)
    if council is None:
        senders = " and ".join(feed.suppliers)
        raise NotASupplier(f"The {feed.feed} feed is sent by {senders} councils, each for itself.")
    wait = read_wait(prefer, usual=platform.settings_of(Settings).feed_wait)
    file = await read_sent_file(request)
    if key is None or validate_only:
        question = Question(feed.feed, council, file.form, period, received_in=Month.of(platform.clock()))
        return _checked(await check_file(platform, request.app.state.parser, file, question, feed))
    sending = Sending(caller, feed.feed, council, file, period, route_of(request), key)
    return _answered(await post_file(platform, sending, seconds=wait.seconds), feed.feed, wait)


@router.get("", problems=(UnknownFeed, Invalid))
async def list_submissions(
    act: Reader,
    paging: Paging,
    feed: DeclaredFeed,
    period: AskedPeriod,
    council: Annotated[str | None, Query(max_length=40)] = None,
    status: Status | None = None,
) -> Page[SubmissionDocument]:
    """A feed's submissions that the caller may see, newest first."""
    _check_council(act.registry, council)
    seen = visible_councils(act.caller, act.registry)
    if seen is not None and (not seen or (council is not None and council not in seen)):
        raise Forbidden("These submissions belong to others.")
    before = paging.after()
    rows = await submissions(
        act.session,
        feed=feed.feed,
        councils=seen if council is None else {council},
        filters={"period": period.label if period else None, "status": status},
        before=UUID(before[0]) if before else None,
        limit=paging.limit + 1,
    )
    return paging.page(rows, shown=submission_document, at=lambda row: [str(row["id"])])


@router.get("/{submission_id}")
async def read_submission(act: Reader, feed: str, submission_id: PathId) -> SubmissionDocument:
    """One submission: where it stands, what it held, what is wrong with it."""
    return submission_document(await _visible(act, feed, submission_id))


@router.get(
    "/{submission_id}/errors.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}}
)
async def read_errors(act: Reader, feed: str, submission_id: PathId) -> Response:
    """Every error of a rejected submission (the first 10,000), for the sender's spreadsheet."""
    row = await _visible(act, feed, submission_id)
    headers = {"Content-Disposition": f'attachment; filename="errors-{submission_id}.csv"'}
    return Response(errors_csv(row["errors"] or []), media_type="text/csv; charset=utf-8", headers=headers)


async def _visible(act: Act, feed: str, submission_id: UUID) -> dict[str, Any]:
    """The submission if it is one of this feed's and the caller may see it; NotFound for both otherwise."""
    row = await submission(act.session, submission_id)
    seen = visible_councils(act.caller, act.registry)
    if row is None or row["feed"] != feed or (seen is not None and row["council"] not in seen):
        raise NotFound
    return row


def _check_council(registry: Registry, council: str | None) -> None:
    if council is not None and registry.council(council) is None:
        raise Invalid.one("code.unknown", "/council", "The registry knows no such council.")


def _checked(report: SubmissionDocument) -> Response:
    if report.errors_total:
        raise FileRejected(report.model_dump(mode="json"))
    return json_answer(report)


def _answered(posted: Posted, feed: str, wait: Wait) -> Response:
    """The answer to a post: the one its key was given before, or what has become of the submission so far."""
    if posted.whole is not None:
        return answer_again(posted.whole)
    document = submission_document(posted.row)
    location = location_of(feed, posted.row["id"])
    if posted.row["status"] == "rejected":
        raise FileRejected(document.model_dump(mode="json"), location=location)
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
