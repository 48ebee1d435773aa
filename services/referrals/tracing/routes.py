"""Saying who a person is: the NHS number of a referral in tracing, and two records that are one."""

from typing import Annotated

from fastapi import Depends

from services.referrals.addresses import refuse_personal_query
from services.referrals.records.schemas import ReferralAnswer
from services.referrals.records.scope import WORK
from services.referrals.tracing.actions import identify_person, merge_records
from services.referrals.tracing.schemas import IdentifyRequest, MergeRequest
from shared.http.conditional import IfMatch
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(tags=["referrals"], dependencies=[Depends(refuse_personal_query)])
CaseManager = Annotated[Act, may(WORK)]


@router.act("/v1/referrals/{referral_id}/identify")
async def identify(
    act: CaseManager, referral_id: PathId, told: IdentifyRequest, expected: IfMatch
) -> ReferralAnswer:
    """Give a referral in tracing its NHS number. Duplicates, conflicts and route are looked at again."""
    return await identify_person(act, referral_id, told, expected=expected)


@router.act("/v1/referrals/{referral_id}/merge")
async def merge(
    act: CaseManager, referral_id: PathId, wanted: MergeRequest, expected: IfMatch
) -> ReferralAnswer:
    """Let a record become part of another one of the same person, which answers for both, with both histories.

    If-Match names the version of the record in the address. A record with an open case survives one without.
    """
    return await merge_records(act, referral_id, wanted, expected=expected)
