"""Stopping the clocks of a referral, and letting them run again."""

from typing import Annotated

from fastapi import Depends

from services.referrals.addresses import refuse_personal_query
from services.referrals.pauses.actions import pause_referral, resume_referral
from services.referrals.pauses.schemas import PauseRequest, ResumeRequest
from services.referrals.records.schemas import ReferralAnswer
from services.referrals.records.scope import WORK
from shared.http.conditional import IfMatch
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(tags=["referrals"], dependencies=[Depends(refuse_personal_query)])
CaseManager = Annotated[Act, may(WORK)]


@router.act("/v1/referrals/{referral_id}/pause")
async def pause(
    act: CaseManager, referral_id: PathId, why: PauseRequest, expected: IfMatch
) -> ReferralAnswer:
    """Let the clocks stand still while the person is in hospital or asks to wait."""
    return await pause_referral(act, referral_id, why, expected=expected)


@router.act("/v1/referrals/{referral_id}/resume")
async def resume(
    act: CaseManager, referral_id: PathId, why: ResumeRequest, expected: IfMatch
) -> ReferralAnswer:
    """Let the clocks run again. A limit in working days moves by those that passed, one in minutes by the time."""
    return await resume_referral(act, referral_id, why, expected=expected)
