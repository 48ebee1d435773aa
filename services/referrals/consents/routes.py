"""Consents of a case, given and withdrawn."""

from typing import Annotated

from fastapi import Depends

from services.referrals.addresses import refuse_personal_query
from services.referrals.consents.actions import read_consent, read_consents, record_consent
from services.referrals.consents.schemas import ConsentAnswer, ConsentList, ConsentRead, ConsentRequest
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(tags=["cases"], dependencies=[Depends(refuse_personal_query)])
CaseReader = Annotated[Act, may("cases.read")]


@router.post("/v1/cases/{case_id}/consents")
async def post_consent(
    act: Annotated[Act, may("cases.work")], case_id: PathId, given: ConsentRequest
) -> ConsentAnswer:
    """Record a consent, or with `withdrawn_on` that it was taken back: what was sent on it and is unanswered is recalled."""
    return await record_consent(act, case_id, given)


@router.get("/v1/cases/{case_id}/consents")
async def get_consents(act: CaseReader, case_id: PathId) -> ConsentList:
    """Every record of a consent of a case, in their order: the newest of a scope and partner says what holds."""
    return await read_consents(act, case_id)


@router.get("/v1/cases/{case_id}/consents/{consent_id}")
async def get_consent(act: CaseReader, case_id: PathId, consent_id: PathId) -> ConsentRead:
    """One record of a consent of a case."""
    return await read_consent(act, case_id, consent_id)
