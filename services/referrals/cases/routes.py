"""Reading cases: one, those of the caller, and what happened to one."""

from typing import Annotated

from fastapi import Depends, Query

from services.referrals.addresses import refuse_personal_query
from services.referrals.cases.actions import list_cases, read_case, see_case
from services.referrals.cases.rules import CaseStatus
from services.referrals.cases.schemas import CaseAnswer
from services.referrals.records.actions import open_history
from services.referrals.records.answers import event_shown
from services.referrals.records.schemas import History
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(tags=["cases"], dependencies=[Depends(refuse_personal_query)])
Reader = Annotated[Act, may("cases.read")]


@router.get("/v1/cases")
async def index(
    act: Reader, paging: Paging, status: Annotated[CaseStatus | None, Query()] = None
) -> Page[CaseAnswer]:
    """The cases that the caller works for, newest first."""
    return await list_cases(act, status=status, paging=paging)


@router.get("/v1/cases/{case_id}")
async def read(act: Reader, case_id: PathId) -> CaseAnswer:
    """One case as it stands. A foreign one is not found."""
    return await read_case(act, case_id)


@router.get("/v1/cases/{case_id}/history")
async def history(act: Reader, case_id: PathId) -> History:
    """Everything that happened to the case's referral, before and since, oldest first."""
    _, referral = await see_case(act, case_id)
    events = await open_history(act, referral.id)
    return History(items=[event_shown(event, keyring=act.keyring) for event in events])
