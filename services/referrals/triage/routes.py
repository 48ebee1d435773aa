"""Deciding about a referral: triage and withdrawal, and the coded reasons of both."""

from typing import Annotated

from fastapi import Depends

from services.referrals.addresses import refuse_personal_query
from services.referrals.records.schemas import ReferralAnswer
from services.referrals.records.scope import CREATE, UPDATE, WORK
from services.referrals.triage.actions import triage_referral, withdraw_referral
from services.referrals.triage.reasons import reason_codes
from services.referrals.triage.schemas import ReasonCodeList, TriageRequest, WithdrawalRequest
from shared.http.conditional import IfMatch
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(tags=["referrals"], dependencies=[Depends(refuse_personal_query)])
CaseManager = Annotated[Act, may(WORK)]
SenderOrCaseManager = Annotated[Act, may(CREATE, UPDATE, WORK)]


@router.act("/v1/referrals/{referral_id}/triage")
async def triage(
    act: CaseManager, referral_id: PathId, decided: TriageRequest, expected: IfMatch
) -> ReferralAnswer:
    """Accept a referral, which opens its case, or reject it, on the version that If-Match names."""
    return await triage_referral(act, referral_id, decided, expected=expected)


@router.act("/v1/referrals/{referral_id}/withdraw")
async def withdraw(
    act: SenderOrCaseManager, referral_id: PathId, why: WithdrawalRequest, expected: IfMatch
) -> ReferralAnswer:
    """Take a referral back, as its sender or its case manager. An open case ends with it."""
    return await withdraw_referral(act, referral_id, why, expected=expected)


@router.get("/v1/reason-codes", impersonal=True)
async def read_reason_codes(act: Annotated[Act, may("directory.read")]) -> ReasonCodeList:
    """Every coded reason, with the decisions that it may stand for."""
    return ReasonCodeList(items=reason_codes())
