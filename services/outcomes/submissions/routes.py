"""Sending a feed, watching it, reading what became of it."""

import asyncio
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Header, Query, Request, Response

from services.outcomes.errors import FileNotRead, FileRejected, NotASupplier, UnknownFeed
from services.outcomes.feeds.exchange import Question
from services.outcomes.parameters import AskedPeriod, AskedWithdrawal, DeclaredFeed
from services.outcomes.settings import Settings
from services.outcomes.submissions.actions import Posted, Sending, check_file, post_file
from services.outcomes.submissions.bodies import OPENAPI, read_sent_file
from services.outcomes.submissions.queries import figures_of, submission_state, submission_states
from services.outcomes.submissions.rules import Wait, read_wait, sees_figures, supplier, visible_councils
from services.outcomes.submissions.schemas import (
    FigureDocument,
    SubmissionDocument,
    document_for,
    errors_csv,
    figure_document,
    location_of,
    submission_document,
)
from services.outcomes.submissions.tables import SubmissionState
from shared.auth import Caller
from shared.http.answers import json_answer
from shared.http.forms import MultipartBroken
from shared.http.parameters import Flag, PathId
from shared.idempotency.answers import KeyedRequest
from shared.idempotency.keys import (
    KEY_PARAMETER,
    BodyMismatch,
    KeyMalformed,
    KeyRequired,
    StillRunning,
    canonical_json,
    digest_of,
    key_of,
)
from shared.months import Month, london_day
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
    openapi_extra={**OPENAPI, "parameters": [{**KEY_PARAMETER, "required": True}]},
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
    withdraw: AskedWithdrawal,
    validate_only: Annotated[Flag, Query(description="Check everything, store nothing")] = False,
    prefer: Annotated[str | None, Header(description="wait=N (at most 30) or respond-async")] = None,
) -> Response:
    """Send a council's return as it is: long form or printed table, CSV, XLSX or JSON.

    The answer is held for the result for some seconds. The same bytes and period still in force give the same
    submission; a resend with other figures supersedes, table by table and month by month. Months of which the file says
    nothing stay as they are, unless `withdraw` names them.
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
        report = await check_file(
            platform, request.app.state.parser, file, question, feed=feed, withdrawn=withdraw
        )
        if report.errors_total:
            raise FileRejected(report.model_dump(mode="json"))
        return json_answer(report)
    stated = "" if period is None else period.label
    withdrawal = ",".join(map(str, withdraw))
    # What makes a repetition the same: bytes (of JSON what they say), form, the period they were sent for, the months they
    # withdraw.
    content = file.sha256 if file.form != "json" else await asyncio.to_thread(_said, file.content)
    digest = digest_of(f"{content} {file.form} {stated}{withdrawal and f' {withdrawal}'}".encode())
    keyed = KeyedRequest.of(platform.keyring, caller, route=route_of(request), key=key, digest=digest)
    sending = Sending(caller, feed.feed, council, file, stated, withdrawal, keyed)
    return _answered(await post_file(platform, sending, seconds=wait.seconds), feed.feed, wait)


@router.get("", problems=(UnknownFeed, Invalid))
async def list_submissions(
    act: Reader,
    paging: Paging,
    feed: DeclaredFeed,
    period: AskedPeriod,
    council: Annotated[str | None, Query(max_length=40, examples=["cumbria"])] = None,
    status: Status | None = None,
) -> Page[SubmissionDocument]:
    """A feed's submissions that the caller may see, newest first.

    Status, row counts and codes are shown to all of them, figures to those who have exact ones of the council.
    """
    if council is not None and act.registry.council(council) is None:
        raise Invalid.one("code.unknown", "/council", "The registry knows no such council.")
    seen = visible_councils(act.caller, act.registry)
    if seen is not None and (not seen or (council is not None and council not in seen)):
        raise Forbidden("These submissions belong to others.")
    wanted = seen if council is None else {council}
    found = await submission_states(
        act.session, feed.feed, wanted, period=period, status=status, paging=paging
    )
    return paging.page(found, shown=lambda one: _shown(act, one), at=lambda one: [str(one.submission.id)])


@router.get("/{submission_id}")
async def read_submission(act: Reader, feed: str, submission_id: PathId) -> SubmissionDocument:
    """One submission: where it stands, what it held, what is wrong with it.

    What it held and what is wrong is told to those who have exact figures of its council; others see its codes.
    """
    return _shown(act, await _visible(act, feed, submission_id))


@router.get(
    "/{submission_id}/errors.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}}
)
async def read_errors(act: Reader, feed: str, submission_id: PathId) -> Response:
    """Every error of a rejected submission (the first 10,000), for the sender's spreadsheet."""
    submission = (await _visible(act, feed, submission_id)).submission
    headers = {"Content-Disposition": f'attachment; filename="errors-{submission_id}.csv"'}
    return Response(
        errors_csv(submission.errors or [], protected=not _sees_figures(act, submission.council)),
        media_type="text/csv; charset=utf-8",
        headers=headers,
    )


@router.get("/{submission_id}/figures", problems=(Forbidden,))
async def read_figures(act: Reader, paging: Paging, feed: str, submission_id: PathId) -> Page[FigureDocument]:
    """What was read from a submission's file, figure by figure with the cell it came from. The file itself is not kept."""
    submission = (await _visible(act, feed, submission_id)).submission
    if not _sees_figures(act, submission.council):
        raise Forbidden("These figures are told to those who have exact ones of the council.")
    found = await figures_of(act.session, submission_id, paging)
    return paging.page(
        found,
        shown=figure_document,
        at=lambda one: [one.table_key, one.month.isoformat(), one.place, one.category],
    )


def _shown(act: Act, state: SubmissionState) -> SubmissionDocument:
    return document_for(state, act.caller, act.registry, on=london_day(act.now))


def _sees_figures(act: Act, council: str) -> bool:
    return sees_figures(act.caller, council, act.registry, on=london_day(act.now))


def _said(content: bytes) -> str:
    return digest_of(canonical_json(content)).hex()


async def _visible(act: Act, feed: str, submission_id: UUID) -> SubmissionState:
    """The submission if it is one of this feed's and the caller may see it; NotFound for both otherwise."""
    state = await submission_state(act.session, submission_id)
    seen = visible_councils(act.caller, act.registry)
    if state is None or state.submission.feed != feed:
        raise NotFound
    if seen is not None and state.submission.council not in seen:
        raise NotFound
    return state


def _answered(posted: Posted, feed: str, wait: Wait) -> Response:
    """The answer to a post: the first one of its key, or what has become of the submission so far."""
    if posted.whole is not None:
        return answer_again(posted.whole)
    submission = posted.state.submission
    document, location = submission_document(posted.state), location_of(feed, submission.id)
    if submission.status == "rejected":
        raise FileRejected(document.model_dump(mode="json"), location=location)
    if submission.status == "failed":
        raise FileNotRead(
            f"The submission {submission.id} failed and nothing was changed. "
            "Send the file again, or have the operator try it again."
        )
    headers = {"Location": location}
    if wait.applied:
        headers["Preference-Applied"] = wait.applied
    if posted.repeated:
        headers["Idempotent-Replayed"] = "true"
    if submission.status != "accepted":
        return json_answer(document, status=202, headers={**headers, "Retry-After": "1"})
    return json_answer(document, headers=headers)
