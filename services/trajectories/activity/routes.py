"""`/v1/activity/submissions`: sending files of activity, and reading what became of them."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from services.trajectories.activity.actions import Sent, check_file
from services.trajectories.activity.bodies import FORMS, arriving_file, declared_size
from services.trajectories.activity.count_process import Counter
from services.trajectories.activity.exchange import Question
from services.trajectories.activity.posting import post_file
from services.trajectories.activity.queries import submission_of, submissions_listed
from services.trajectories.activity.rules.kinds import COLUMNS, MEASURES, NON_ELECTIVE, Kind
from services.trajectories.activity.schemas import ADDRESS, ActivitySubmissionAnswer, answer_to, errors_csv
from services.trajectories.activity.tables import ActivitySubmission
from services.trajectories.errors import FileNotRead, FileRejected
from shared.auth.caller import Caller
from shared.http.answers import json_answer
from shared.http.forms import MULTIPART, MultipartBroken
from shared.http.parameters import Flag, PathId
from shared.idempotency.keys import (
    KEY_PARAMETER,
    BodyMismatch,
    KeyMalformed,
    KeyRequired,
    StillRunning,
    key_of,
)
from shared.months import london_day
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
from shared.registry.names import nearest
from shared.service.acting import Act
from shared.service.guard import PlatformOf, Requires, answer_again, may, route_of
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(prefix="/v1/activity", tags=["activity"])

WRITE: Final = "activity.write"
Sender = Annotated[Caller, Requires(WRITE)]
Reader = Annotated[Act, may(WRITE)]
_DESCRIBED: Final[dict[str, Any]] = {
    "parameters": [{**KEY_PARAMETER, "required": True}],
    "requestBody": {
        "required": True,
        "content": {
            **{name: {"schema": {"type": "string", "format": "binary"}} for name in FORMS},
            MULTIPART: {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    },
}
_CSV: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/csv": {}}}}


# Not an ordinary act: the body is counted while it arrives, and no connection waits for it.
@router.api_route(
    "/submissions",
    methods=["POST"],
    openapi_extra=_DESCRIBED,
    responses={
        200: {"model": ActivitySubmissionAnswer, "description": "Accepted, or found without errors"},
        **responses(
            BadRequest,
            MultipartBroken,
            KeyRequired,
            KeyMalformed,
            Unauthenticated,
            Forbidden,
            BodyMismatch,
            StillRunning,
            TooLarge,
            UnsupportedMediaType,
            RequestTimeout,
            Invalid,
            FileRejected,
            Unavailable,
            FileNotRead,
        ),
    },
)
async def send_activity(
    request: Request,
    caller: Sender,
    platform: PlatformOf,
    measure: Annotated[str | None, Query(max_length=255, examples=[NON_ELECTIVE])] = None,
    *,
    validate_only: Annotated[Flag, Query(description="Check everything, store nothing")] = False,
) -> Response:
    """Send monthly counts, or records of admissions or attendances, which are counted while they arrive and not stored.

    A month of a practice that is sent again replaces what stood. Counts are taken whole or not at all; of records a few
    bad rows are left aside and named. The same bytes still wholly in force give the same submission.
    """
    key = key_of(request.scope["headers"])
    if key is None and not validate_only:
        raise KeyRequired
    if measure is not None and measure not in MEASURES:
        near = nearest(measure, MEASURES)
        hint = f" The nearest is {near}." if near else ""
        raise Invalid.one(
            "code.unknown", "/measure", f"Activity is sent as one of {', '.join(MEASURES)}.{hint}"
        )
    now = platform.clock()
    counter: Counter = request.app.state.counter
    form, pieces = await arriving_file(request)
    question = Question(form, measure, london_day(now))
    counted, sha256 = await counter.count(pieces, question, size=declared_size(request))
    sent = Sent(caller, measure or NON_ELECTIVE, form, counted, sha256, now)
    if key is None or validate_only:
        async with platform.database.transaction() as session:
            checked = await check_file(session, sent)
        return _answered(checked, caller, checked=True)
    posted = await post_file(platform, sent, route=route_of(request), key=key)
    if posted.kept is not None:
        return answer_again(posted.kept)
    return _answered(posted.row, caller)


@router.get("/submissions")
async def list_activity(
    act: Reader,
    paging: Paging,
    measure: Annotated[str | None, Query(max_length=255, examples=[NON_ELECTIVE])] = None,
    status: Literal["accepted", "rejected"] | None = None,
) -> Page[ActivitySubmissionAnswer]:
    """Files of activity, newest first: all for whoever works on the whole Bay, else those of one's own organisation."""
    after = paging.after()
    caller = act.caller
    rows = await submissions_listed(
        act.session,
        measure=measure,
        status=status,
        sender=None if caller.all_communities else (caller.client, caller.org),
        before=UUID(after[0]) if after else None,
        limit=paging.limit + 1,
    )
    return paging.page(rows, shown=lambda row: answer_to(row, caller), at=lambda row: [str(row.id)])


@router.get("/submissions/{submission_id}")
async def read_activity(act: Reader, submission_id: PathId) -> ActivitySubmissionAnswer:
    """One file of activity, and what became of it."""
    return answer_to(await _visible(act, submission_id), act.caller)


@router.get("/submissions/{submission_id}/errors.csv", response_class=Response, responses=_CSV)
async def read_activity_errors(act: Reader, submission_id: PathId) -> Response:
    """Every error of a file (the first 10,000), for the sender's spreadsheet."""
    row = await _visible(act, submission_id)
    headers = {"Content-Disposition": f'attachment; filename="errors-{row.id}.csv"'}
    return Response(errors_csv(row.errors), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/template", response_class=Response, responses=_CSV)
async def read_template(act: Reader, kind: Kind = "counts") -> Response:
    """The header of a file: every column there may be. Of the breakdowns a file has one."""
    required, optional = COLUMNS[kind]
    headers = {"Content-Disposition": f'attachment; filename="activity-{kind}.csv"'}
    return Response(
        ",".join((*required, *optional)) + "\r\n", media_type="text/csv; charset=utf-8", headers=headers
    )


async def _visible(act: Act, submission_id: UUID) -> ActivitySubmission:
    row = await submission_of(act.session, submission_id)
    caller = act.caller
    if row is None or not (
        caller.all_communities
        or (row.client == caller.client if caller.org is None else row.org == caller.org)
    ):
        raise NotFound
    return row


def _answered(row: ActivitySubmission, caller: Caller, *, checked: bool = False) -> Response:
    answer = answer_to(row, caller, checked=checked)
    location = None if checked else f"{ADDRESS}/{row.id}"
    if row.status == "rejected":
        raise FileRejected(answer.model_dump(mode="json", by_alias=True), location=location)
    return json_answer(answer, headers={"Location": location} if location else None)
