"""What of a case was shared with whom, and the glass that is broken in an emergency."""

from typing import Annotated

from fastapi import Depends

from services.referrals.addresses import refuse_personal_query
from services.referrals.disclosures.actions import break_glass, list_disclosures, list_openings
from services.referrals.disclosures.schemas import (
    BreakGlassAnswer,
    BreakGlassRequest,
    DisclosureAnswer,
    OpeningAnswer,
)
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(tags=["cases"], dependencies=[Depends(refuse_personal_query)])
CaseWork = Annotated[Act, may("cases.work")]


@router.get("/v1/cases/{case_id}/disclosures")
async def get_disclosures(
    act: Annotated[Act, may("cases.read")], case_id: PathId, paging: Paging
) -> Page[DisclosureAnswer]:
    """Every sharing of a case, newest first: to whom, which parts, why, on which consent, and when it was first read."""
    return await list_disclosures(act, case_id, paging=paging)


@router.post("/v1/cases/{case_id}/break-glass")
async def post_break_glass(act: CaseWork, case_id: PathId, why: BreakGlassRequest) -> BreakGlassAnswer:
    """Read a case that is not the caller's, for 60 minutes and a reason. It changes nothing, and everybody concerned is told."""
    act.headers["Location"] = f"/v1/cases/{case_id}/disclosures"
    return await break_glass(act, case_id, why)


@router.get("/v1/break-glass")
async def get_openings(act: Annotated[Act, may("audit.read")], paging: Paging) -> Page[OpeningAnswer]:
    """Every breaking of the glass with its reason, newest first, for the auditor."""
    return await list_openings(act, paging=paging)
