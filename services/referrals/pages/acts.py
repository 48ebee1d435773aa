"""The addresses of the forms by which referrals and cases are worked. What is refused is told beside its form, which keeps its content."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.referrals.addresses import refuse_personal_query
from services.referrals.onward.actions import send_onward
from services.referrals.onward.schemas import OnwardAnswer, OnwardRequest
from services.referrals.pages.by_form import (
    ACTION,
    ANSWER,
    BENEFIT,
    OF_CASE,
    OF_REFERRAL,
    OF_SENDER,
    Doing,
)
from services.referrals.pages.faults import Attempt
from services.referrals.pages.record import read_question, read_record, read_same, read_sheet
from services.referrals.pages.rules import Done
from services.referrals.pages.saying import onward_said
from services.referrals.pages.sheets import (
    LONG,
    SHEET_BYTES,
    merging_page,
    question_page,
    sent_page,
    sheet_page,
)
from services.referrals.pages.showing import record_page
from services.referrals.records.scope import CREATE, UPDATE, WORK
from shared.auth.caller import Caller
from shared.http.parameters import PathId
from shared.problems import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    TooLarge,
    Unauthenticated,
    UnsupportedMediaType,
    responses,
)
from shared.service.acting import Act
from shared.service.browsing.forms import (
    Filled,
    Made,
    done_once,
    form_of_session,
    made_once,
    understood,
    version_of,
)
from shared.service.browsing.guard import Seen
from shared.service.handlers import note_refusal
from shared.service.platform import Platform

router = APIRouter(
    tags=["pages"],
    include_in_schema=False,
    dependencies=[Depends(refuse_personal_query)],
    responses=responses(
        BadRequest,
        Unauthenticated,
        Forbidden,
        NotFound,
        Conflict,
        PreconditionFailed,
        PreconditionRequired,
        TooLarge,
        UnsupportedMediaType,
        Invalid,
    ),
)
SenderOrManager = Annotated[Caller, Seen(CREATE, UPDATE, WORK)]
CaseManager = Annotated[Caller, Seen("cases.work")]
Meeting = Annotated[Caller, Seen("mdt.write")]
REFERRAL = "/worklist/referrals/{referral_id}"
CASE = f"{REFERRAL}/cases/{{case_id}}"
REFUSED = (BadRequest, Invalid, Conflict, PreconditionFailed, PreconditionRequired)
"""What is told beside a form; anything else is a page of its own."""


@router.post(f"{REFERRAL}/{{name}}")
async def work_referral(
    request: Request, caller: SenderOrManager, referral_id: PathId, name: str
) -> Response:
    """What a case manager does with a referral, or its sender: triage it, move it, answer the question about it …"""
    offered = OF_REFERRAL if caller.has(WORK) else OF_SENDER
    if name in OF_REFERRAL and name not in offered:
        raise Forbidden(f"Your sign-in does not open this form: it lacks {WORK}.")
    again = partial(_merging if name == "merge" else _record, referral_id)
    return await _done(request, caller, _one_of(offered, name), worked=referral_id, again=again)


@router.get(f"{REFERRAL}/same-person")
async def read_merging_page(
    request: Request, caller: Annotated[Caller, Seen(WORK)], referral_id: PathId
) -> Response:
    """The record beside the others under the person's number, to say whether one of them is the same."""
    platform: Platform = request.app.state.platform
    return merging_page(request, await read_same(platform, referral_id, caller=caller))


@router.get(f"{CASE}/{{name}}")
async def read_sheet_page(
    request: Request, caller: CaseManager, referral_id: PathId, case_id: PathId, name: str
) -> Response:
    """The page of a long form: an assessment, or the care plan."""
    if name not in LONG:
        raise NotFound
    platform: Platform = request.app.state.platform
    return sheet_page(request, await read_sheet(platform, referral_id, case_id, caller=caller), name)


@router.post(f"{CASE}/onward")
async def ask_partner(
    request: Request, caller: CaseManager, referral_id: PathId, case_id: PathId
) -> Response:
    """Ask a partner for something, and tell its one-time link: in this answer alone, for it stands in no address of ours."""
    form = await form_of_session(request)

    async def ask(act: Act) -> Made:
        asked = understood(onward_said(form), OnwardRequest, platform=act.platform)
        sent = await send_onward(act, case_id, asked, expected=version_of(form))
        return Made(_address(referral_id, "onward"), sent.model_dump_json().encode())

    try:
        made = await made_once(request, caller, form, ask)
    except REFUSED as problem:
        return await _again(request, caller, Attempt("onward", form, problem), partial(_record, referral_id))
    return sent_page(request, referral_id, OnwardAnswer.model_validate_json(made.body))


@router.post(f"{CASE}/{{name}}")
async def work_case(
    request: Request, caller: CaseManager, referral_id: PathId, case_id: PathId, name: str
) -> Response:
    """Record something of a case, or end it. Of a long form, rows may be asked for instead."""
    act, do = _one_of(OF_CASE, name)
    if act not in LONG:
        again = partial(_record, referral_id)
        return await _done(request, caller, (act, do), worked=case_id, again=again)
    form = await form_of_session(request, limit=SHEET_BYTES)
    if form.get("more"):
        platform: Platform = request.app.state.platform
        sheet = await read_sheet(platform, referral_id, case_id, caller=caller)
        return sheet_page(request, sheet, act, before=form)
    return await _done(
        request, caller, (act, do), worked=case_id, again=partial(_sheet, referral_id, case_id), form=form
    )


@router.get(f"{REFERRAL}/onward/{{onward_id}}")
async def read_question_page(
    request: Request, caller: CaseManager, referral_id: PathId, onward_id: PathId
) -> Response:
    """What a partner was asked and answered, with the form of an answer that it gave by telephone."""
    platform: Platform = request.app.state.platform
    referral, onward = await read_question(platform, referral_id, onward_id, caller=caller)
    return question_page(request, referral, onward)


@router.post(f"{REFERRAL}/onward/{{onward_id}}/answer")
async def answer_for_partner(
    request: Request, caller: CaseManager, referral_id: PathId, onward_id: PathId
) -> Response:
    """Record what a partner answered by telephone, as given on its behalf."""
    if not caller.has("onward.respond"):
        raise Forbidden("Your sign-in does not open this form: it lacks onward.respond.")
    again = partial(_question, referral_id, onward_id)
    return await _done(request, caller, ("answer", ANSWER), worked=onward_id, again=again)


@router.post(f"{REFERRAL}/actions/{{action_id}}/action")
async def end_action(request: Request, caller: Meeting, referral_id: PathId, action_id: PathId) -> Response:
    """Say when something that a meeting agreed was done."""
    again = partial(_record, referral_id)
    return await _done(request, caller, ("action", ACTION), worked=action_id, again=again, thing=action_id)


@router.post(f"{REFERRAL}/discussions/{{discussion_id}}/benefit")
async def tell_benefit(
    request: Request, caller: Meeting, referral_id: PathId, discussion_id: PathId
) -> Response:
    """Say what a discussion was good for, asked three months after it."""
    again = partial(_record, referral_id)
    return await _done(
        request, caller, ("benefit", BENEFIT), worked=discussion_id, again=again, thing=discussion_id
    )


Again = Callable[[Request, Caller, Attempt], Awaitable[Response]]
"""Shows the page of a form again, with what was refused."""


async def _done(
    request: Request,
    caller: Caller,
    what: tuple[Done, Doing],
    *,
    worked: UUID,
    again: Again,
    form: Filled | None = None,
    thing: UUID | None = None,
) -> Response:
    """Do what a form asks and lead to the record; what is refused is told beside the form.

    form: where it was read already.   thing: what the form is about, where a page has several of them.
    """
    name, do = what
    filled = await form_of_session(request) if form is None else form
    referral_id = UUID(request.path_params["referral_id"])

    async def act_on(act: Act) -> str:
        await do(act, filled, worked)
        if name == "transfer" or filled.get("decision") == "redirect":
            return f"/worklist?done={name}"  # it may be somebody else's now
        return _address(referral_id, name)

    try:
        return await done_once(request, caller, filled, act_on)
    except REFUSED as problem:
        return await _again(request, caller, Attempt(name, filled, problem, thing), again)


async def _again(request: Request, caller: Caller, attempt: Attempt, again: Again) -> Response:
    await note_refusal(request, attempt.problem)
    return await again(request, caller, attempt)


async def _record(referral_id: UUID, request: Request, caller: Caller, attempt: Attempt) -> Response:
    platform: Platform = request.app.state.platform
    return record_page(request, await read_record(platform, referral_id, caller=caller), attempt=attempt)


async def _merging(referral_id: UUID, request: Request, caller: Caller, attempt: Attempt) -> Response:
    platform: Platform = request.app.state.platform
    return merging_page(request, await read_same(platform, referral_id, caller=caller), attempt=attempt)


async def _sheet(
    referral_id: UUID, case_id: UUID, request: Request, caller: Caller, attempt: Attempt
) -> Response:
    platform: Platform = request.app.state.platform
    sheet = await read_sheet(platform, referral_id, case_id, caller=caller)
    return sheet_page(request, sheet, attempt.act, attempt=attempt)


async def _question(
    referral_id: UUID, onward_id: UUID, request: Request, caller: Caller, attempt: Attempt
) -> Response:
    platform: Platform = request.app.state.platform
    referral, onward = await read_question(platform, referral_id, onward_id, caller=caller)
    return question_page(request, referral, onward, attempt=attempt)


def _one_of(offered: Mapping[Done, Doing], name: str) -> tuple[Done, Doing]:
    """The act of a name in an address. Raises NotFound."""
    for act, do in offered.items():
        if act == name:
            return act, do
    raise NotFound


def _address(referral_id: UUID, done: Done) -> str:
    return f"/worklist/referrals/{referral_id}?done={done}"
