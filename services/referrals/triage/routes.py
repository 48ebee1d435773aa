"""Deciding about a referral: triage, the sender's answer, withdrawal, a second beginning, and the coded reasons."""

from typing import Annotated

from fastapi import Depends

from services.referrals.addresses import refuse_personal_query
from services.referrals.records.schemas import ReferralAnswer
from services.referrals.records.scope import CREATE, UPDATE, WORK
from services.referrals.triage.actions import (
    answer_question,
    reopen_referral,
    triage_referral,
    withdraw_referral,
)
from services.referrals.triage.reasons import reason_codes
from services.referrals.triage.schemas import (
    AnswerRequest,
    ReasonCodeList,
    ReopenRequest,
    TriageRequest,
    WithdrawalRequest,
)
from shared.http.conditional import IfMatch
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(tags=["referrals"], dependencies=[Depends(refuse_personal_query)])
CaseManager = Annotated[Act, may(WORK)]
Sender = Annotated[Act, may(CREATE, UPDATE)]
SenderOrCaseManager = Annotated[Act, may(CREATE, UPDATE, WORK)]


@router.act("/v1/referrals/{referral_id}/triage")
async def triage(
    act: CaseManager, referral_id: PathId, decided: TriageRequest, expected: IfMatch
) -> ReferralAnswer:
    """Accept a referral, which opens its case, reject it, redirect it, or ask its sender, on the version that If-Match names.

    A redirect keeps the clock, or ends the referral here where `to` names a place outside. A question pauses the clock.
    """
    return await triage_referral(act, referral_id, decided, expected=expected)


@router.act("/v1/referrals/{referral_id}/answer")
async def answer(act: Sender, referral_id: PathId, answered: AnswerRequest) -> ReferralAnswer:
    """Answer the question about a referral, as its sender. The clock of triage runs again."""
    return await answer_question(act, referral_id, answered)


@router.act("/v1/referrals/{referral_id}/withdraw")
async def withdraw(
    act: SenderOrCaseManager, referral_id: PathId, why: WithdrawalRequest, expected: IfMatch
) -> ReferralAnswer:
    """Take a referral back, as its sender or its case manager. An open case ends with it."""
    return await withdraw_referral(act, referral_id, why, expected=expected)


@router.act("/v1/referrals/{referral_id}/reopen")
async def reopen(
    act: CaseManager, referral_id: PathId, why: ReopenRequest, expected: IfMatch
) -> ReferralAnswer:
    """Take up again what ended: a referral with a new clock, or the same case within 90 days of its discharge."""
    return await reopen_referral(act, referral_id, why, expected=expected)


@router.get("/v1/reason-codes", impersonal=True)
async def read_reason_codes(act: Annotated[Act, may("directory.read")]) -> ReasonCodeList:
    """Every coded reason, with the decisions that it may stand for."""
    return ReasonCodeList(items=reason_codes())
