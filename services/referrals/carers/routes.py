"""Carers of the person of a case."""

from typing import Annotated

from fastapi import Depends

from services.referrals.addresses import refuse_personal_query
from services.referrals.carers.actions import read_carer, read_carers, record_carer
from services.referrals.carers.schemas import CarerAnswer, CarerList, CarerRequest
from shared.http.conditional import IfMatch
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(tags=["cases"], dependencies=[Depends(refuse_personal_query)])


@router.post("/v1/cases/{case_id}/carers")
async def post_carer(
    act: Annotated[Act, may("cases.work")], case_id: PathId, given: CarerRequest, expected: IfMatch
) -> CarerAnswer:
    """Record who cares for the person, on the case's version: a person of their own, with their own consent."""
    return await record_carer(act, case_id, given, expected=expected)


@router.get("/v1/cases/{case_id}/carers")
async def get_carers(act: Annotated[Act, may("cases.read")], case_id: PathId) -> CarerList:
    """The carers of a case, in the order in which they were recorded."""
    return await read_carers(act, case_id)


@router.get("/v1/cases/{case_id}/carers/{carer_id}")
async def get_carer(act: Annotated[Act, may("cases.read")], case_id: PathId, carer_id: PathId) -> CarerAnswer:
    """One carer of a case."""
    return await read_carer(act, case_id, carer_id)
