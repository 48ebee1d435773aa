"""Writing, reading and auditing care plans."""

from typing import Annotated

from fastapi import Depends, Path

from services.referrals.addresses import refuse_personal_query
from services.referrals.care_plans.actions import (
    audit_plan,
    list_audits,
    list_versions,
    read_audit,
    read_plan,
    write_plan,
)
from services.referrals.care_plans.schemas import (
    CarePlanAnswer,
    CarePlanRequest,
    PlanAuditAnswer,
    PlanAuditRequest,
    PlanList,
    PlanSearch,
    PlanVersion,
)
from services.referrals.care_plans.searching import search_plans
from shared.http.conditional import IfMatch
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(tags=["care plans"], dependencies=[Depends(refuse_personal_query)])
CaseManager = Annotated[Act, may("cases.work")]
Reader = Annotated[Act, may("care-plans.read")]
CaseReader = Annotated[Act, may("cases.read")]


@router.get("/v1/cases/{case_id}/care-plan")
async def read(act: Reader, case_id: PathId) -> CarePlanAnswer:
    """The care plan as it stands: for the case's managers, the registered practice, and a hospital with consent."""
    return await read_plan(act, case_id)


@router.put("/v1/cases/{case_id}/care-plan")
async def write(
    act: CaseManager, case_id: PathId, plan: CarePlanRequest, expected: IfMatch
) -> CarePlanAnswer:
    """Write the whole plan, on the version of it that If-Match names; `*` for the first. Earlier versions are kept."""
    return await write_plan(act, case_id, plan, expected=expected)


@router.ask("/v1/care-plans/search")
async def search(act: Reader, asked: PlanSearch) -> PlanList:
    """The plan of a person, for direct care: registered with the practice, of the own community, or shared with hospitals.

    The number stands in the body, never in the address. A hospital gives its reason, and stands in the case's disclosures.
    """
    return await search_plans(act, asked)


@router.get("/v1/cases/{case_id}/care-plan/versions")
async def versions(act: CaseReader, case_id: PathId, paging: Paging) -> Page[PlanVersion]:
    """When the plan was written and by whom, newest first."""
    return await list_versions(act, case_id, paging=paging)


@router.get("/v1/cases/{case_id}/care-plan/versions/{version}")
async def read_version(
    act: CaseReader, case_id: PathId, version: Annotated[int, Path(ge=1, le=1_000_000)]
) -> CarePlanAnswer:
    """The plan as it was in one version."""
    return await read_plan(act, case_id, version)


@router.post("/v1/cases/{case_id}/care-plan/audits")
async def audit(act: CaseManager, case_id: PathId, found: PlanAuditRequest) -> PlanAuditAnswer:
    """Record what an audit of the plan found. It names no version and changes none."""
    return await audit_plan(act, case_id, found)


@router.get("/v1/cases/{case_id}/care-plan/audits")
async def audits(act: CaseReader, case_id: PathId, paging: Paging) -> Page[PlanAuditAnswer]:
    """The audits of the plan, newest first."""
    return await list_audits(act, case_id, paging=paging)


@router.get("/v1/cases/{case_id}/care-plan/audits/{audit_id}")
async def read_one_audit(act: CaseReader, case_id: PathId, audit_id: PathId) -> PlanAuditAnswer:
    """One audit of the plan, as it was recorded."""
    return await read_audit(act, case_id, audit_id)
