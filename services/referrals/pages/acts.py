"""The forms by which referrals and cases are worked: each is done by the action that the interface calls, under its rules."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.referrals.addresses import refuse_personal_query
from services.referrals.contacts.actions import record_contact
from services.referrals.contacts.schemas import ContactRequest
from services.referrals.discharges.actions import discharge
from services.referrals.discharges.schemas import DischargeRequest
from services.referrals.pages.record import read_record
from services.referrals.pages.saying import (
    assignment_said,
    contact_said,
    discharge_said,
    review_said,
    triage_said,
)
from services.referrals.pages.schemas import Done
from services.referrals.pages.showing import Attempt, record_page
from services.referrals.records.scope import WORK
from services.referrals.reviews.actions import review_case
from services.referrals.reviews.schemas import ReviewRequest
from services.referrals.triage.actions import triage_referral
from services.referrals.triage.schemas import TriageRequest
from services.referrals.worklists.actions import assign_referral
from services.referrals.worklists.schemas import AssignRequest
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
from shared.service.browsing.forms import Filled, done_once, form_of_session, understood, version_of
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
Manager = Annotated[Caller, Seen(WORK)]
CaseManager = Annotated[Caller, Seen("cases.work")]
OF_REFERRAL = "/worklist/referrals/{referral_id}"
OF_CASE = "/worklist/referrals/{referral_id}/cases/{case_id}"


@router.post(f"{OF_REFERRAL}/triage")
async def triage_by_form(request: Request, caller: Manager, referral_id: PathId) -> Response:
    """Accept, reject or redirect a referral, or ask its sender."""

    async def decide(act: Act, form: Filled) -> None:
        decided = understood(triage_said(form), TriageRequest, platform=act.platform)
        await triage_referral(act, referral_id, decided, expected=version_of(form))

    return await _taken(request, caller, referral_id, "triage", decide)


@router.post(f"{OF_REFERRAL}/assign")
async def assign_by_form(request: Request, caller: Manager, referral_id: PathId) -> Response:
    """Give a referral to oneself, to somebody else, or back to the team."""

    async def give(act: Act, form: Filled) -> None:
        to = understood(assignment_said(form, me=caller.client), AssignRequest, platform=act.platform)
        await assign_referral(act, referral_id, to, expected=version_of(form))

    return await _taken(request, caller, referral_id, "assign", give)


@router.post(f"{OF_CASE}/contact")
async def contact_by_form(
    request: Request, caller: CaseManager, referral_id: PathId, case_id: PathId
) -> Response:
    """Record a contact or a visit."""

    async def record(act: Act, form: Filled) -> None:
        made = understood(contact_said(form), ContactRequest, platform=act.platform)
        await record_contact(act, case_id, made)

    return await _taken(request, caller, referral_id, "contact", record)


@router.post(f"{OF_CASE}/review")
async def review_by_form(
    request: Request, caller: CaseManager, referral_id: PathId, case_id: PathId
) -> Response:
    """Record a review, and by when the next one is due."""

    async def record(act: Act, form: Filled) -> None:
        made = understood(review_said(form), ReviewRequest, platform=act.platform)
        await review_case(act, case_id, made, expected=version_of(form))

    return await _taken(request, caller, referral_id, "review", record)


@router.post(f"{OF_CASE}/discharge")
async def discharge_by_form(
    request: Request, caller: CaseManager, referral_id: PathId, case_id: PathId
) -> Response:
    """End a case, and its referral with it."""

    async def end(act: Act, form: Filled) -> None:
        ended = understood(discharge_said(form), DischargeRequest, platform=act.platform)
        await discharge(act, case_id, ended, expected=version_of(form))

    return await _taken(request, caller, referral_id, "discharge", end)


async def _taken(
    request: Request,
    caller: Caller,
    referral_id: UUID,
    name: Done,
    do: Callable[[Act, Filled], Awaitable[None]],
) -> Response:
    """Do what a form asks and show the record again; what is refused is told beside the form, which keeps its content."""
    form = await form_of_session(request)

    async def act_on(act: Act) -> str:
        await do(act, form)
        return f"/worklist/referrals/{referral_id}?done={name}"

    try:
        return await done_once(request, caller, form, act_on)
    except (BadRequest, Invalid, Conflict, PreconditionFailed, PreconditionRequired) as problem:
        refused = Attempt(name, form, problem)
    await note_refusal(request, refused.problem)
    platform: Platform = request.app.state.platform
    record = await read_record(platform, referral_id, caller=caller)
    return record_page(request, record, attempt=refused)
