"""Consents of a case, given and withdrawn."""

from typing import Annotated

from fastapi import Depends

from services.referrals.addresses import refuse_personal_query
from services.referrals.consents.actions import record_consent
from services.referrals.consents.schemas import ConsentAnswer, ConsentRequest
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(tags=["cases"], dependencies=[Depends(refuse_personal_query)])


@router.post("/v1/cases/{case_id}/consents")
async def post_consent(
    act: Annotated[Act, may("cases.work")], case_id: PathId, given: ConsentRequest
) -> ConsentAnswer:
    """Record a consent, or with `withdrawn_on` that it was taken back: what was sent on it and is unanswered is recalled."""
    return await record_consent(act, case_id, given)
