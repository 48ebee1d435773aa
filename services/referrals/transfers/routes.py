"""Moving a referral with its case to another practice, community or team."""

from typing import Annotated

from fastapi import Depends

from services.referrals.addresses import refuse_personal_query
from services.referrals.cases.schemas import CaseAnswer
from services.referrals.records.schemas import ReferralAnswer
from services.referrals.records.scope import WORK
from services.referrals.transfers.actions import transfer_case, transfer_referral
from services.referrals.transfers.schemas import TransferRequest
from shared.http.conditional import IfMatch
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(tags=["referrals"], dependencies=[Depends(refuse_personal_query)])


@router.act("/v1/referrals/{referral_id}/transfer")
async def transfer(
    act: Annotated[Act, may(WORK)], referral_id: PathId, wanted: TransferRequest, expected: IfMatch
) -> ReferralAnswer:
    """Move a referral, and its case with it, where the person is registered now, or to a community or team.

    Its clocks and its figures stay. It is nobody's there until somebody takes it.
    """
    return await transfer_referral(act, referral_id, wanted, expected=expected)


@router.act("/v1/cases/{case_id}/transfer")
async def transfer_of_case(
    act: Annotated[Act, may("cases.work")], case_id: PathId, wanted: TransferRequest, expected: IfMatch
) -> CaseAnswer:
    """Move a case, and its referral with it, on the version of the case that If-Match names; facts stay where they were."""
    return await transfer_case(act, case_id, wanted, expected=expected)
