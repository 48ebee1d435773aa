"""Onward referrals: sent from a case, read and answered by the partner, or answered on its behalf."""

from typing import Annotated

from fastapi import Depends

from services.referrals.addresses import refuse_personal_query
from services.referrals.onward.actions import (
    list_onwards,
    list_onwards_of,
    read_onward,
    respond,
    send_onward,
)
from services.referrals.onward.schemas import OnwardAnswer, OnwardRequest, RespondRequest
from shared.http.conditional import IfMatch
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(tags=["cases"], dependencies=[Depends(refuse_personal_query)])
CaseWork = Annotated[Act, may("cases.work")]
Answering = Annotated[Act, may("onward.respond")]


@router.post("/v1/cases/{case_id}/onward-referrals")
async def post_onward(
    act: CaseWork, case_id: PathId, asked: OnwardRequest, expected: IfMatch
) -> OnwardAnswer:
    """Ask a partner's service for something, on the case's version. `link` is told once: whoever has it answers once.

    A voluntary partner is told nothing of a person who has not agreed.
    """
    sent = await send_onward(act, case_id, asked, expected=expected)
    act.headers["Location"] = f"/v1/onward-referrals/{sent.id}"
    return sent


@router.get("/v1/cases/{case_id}/onward-referrals")
async def get_onwards_of_case(act: CaseWork, case_id: PathId, paging: Paging) -> Page[OnwardAnswer]:
    """What a case asked of partners, newest first, with their answers."""
    return await list_onwards_of(act, case_id, paging=paging)


@router.act("/v1/cases/{case_id}/onward-referrals/{onward_id}/respond")
async def post_response_of_case(
    act: Answering, case_id: PathId, onward_id: PathId, answered: RespondRequest
) -> OnwardAnswer:
    """Take a partner's answer: its own, or a case manager's on its behalf, which is recorded as such."""
    return await respond(act, onward_id, answered, case_id=case_id)


@router.act("/v1/onward-referrals/{onward_id}/respond")
async def post_response(act: Answering, onward_id: PathId, answered: RespondRequest) -> OnwardAnswer:
    """The same at the partner's own address, which needs no case."""
    return await respond(act, onward_id, answered)


@router.get("/v1/onward-referrals")
async def get_onwards(act: Answering, paging: Paging) -> Page[OnwardAnswer]:
    """What was sent to the token's organisation, newest first; for a case manager what the own cases sent."""
    return await list_onwards(act, paging=paging)


@router.get("/v1/onward-referrals/{onward_id}")
async def get_onward(act: Answering, onward_id: PathId) -> OnwardAnswer:
    """One of these: the person as far as it may be shared, the reason, by when, and nothing else of the case."""
    return await read_onward(act, onward_id)
