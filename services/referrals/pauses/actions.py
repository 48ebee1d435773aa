"""The only writers of pauses that somebody declares."""

from typing import Final
from uuid import UUID

from services.referrals.clocks.rules import PauseReason
from services.referrals.pauses.schemas import PauseRequest, ResumeRequest
from services.referrals.records.actions import check_open, hold_referral
from services.referrals.records.answers import answer_to_act
from services.referrals.records.events import happened
from services.referrals.records.schemas import ReferralAnswer
from services.referrals.records.steps import pause, resume
from shared.http.versions import ExpectedVersion
from shared.problems import Conflict
from shared.service.acting import Act

_DECLARED: Final[tuple[PauseReason, ...]] = ("in-hospital", "person-asked")


async def pause_referral(
    act: Act, referral_id: UUID, why: PauseRequest, *, expected: ExpectedVersion
) -> ReferralAnswer:
    """Let the clocks of an open referral stand still. Raises NotFound, PreconditionFailed, Conflict."""
    referral = await hold_referral(act, referral_id, expected)
    check_open(referral)
    if not await pause(act, referral, why.reason):
        raise Conflict("Its clocks stand still for this reason already.")
    await happened(act, "referral.paused", referral, reason_code=why.reason, comment=why.comment)
    return await answer_to_act(act, referral)


async def resume_referral(
    act: Act, referral_id: UUID, why: ResumeRequest, *, expected: ExpectedVersion
) -> ReferralAnswer:
    """Let the clocks of an open referral run again. Raises NotFound, PreconditionFailed, Conflict."""
    referral = await hold_referral(act, referral_id, expected)
    check_open(referral)
    reasons: tuple[PauseReason, ...] = _DECLARED if why.reason is None else (why.reason,)
    ended = [reason for reason in reasons if await resume(act, referral, reason)]
    if not ended:
        raise Conflict("No such pause is running.")
    await happened(act, "referral.resumed", referral, reason_code=", ".join(ended), comment=why.comment)
    return await answer_to_act(act, referral)
