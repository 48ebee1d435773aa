"""Ending a case."""

from typing import Annotated

from fastapi import Depends

from services.referrals.addresses import refuse_personal_query
from services.referrals.cases.schemas import CaseAnswer
from services.referrals.discharges.actions import discharge
from services.referrals.discharges.schemas import DischargeRequest
from shared.http.conditional import IfMatch
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(tags=["cases"], dependencies=[Depends(refuse_personal_query)])


@router.act("/v1/cases/{case_id}/discharge")
async def end(
    act: Annotated[Act, may("cases.work")], case_id: PathId, ended: DischargeRequest, expected: IfMatch
) -> CaseAnswer:
    """End a case, and its referral with it, on the version of the case that If-Match names.

    `avoided` is what staff judge to have been avoided, with who judged it; never of somebody who died.
    """
    return await discharge(act, case_id, ended, expected=expected)
