"""Assessing a person."""

from typing import Annotated

from fastapi import Depends

from services.referrals.addresses import refuse_personal_query
from services.referrals.assessments.actions import assess
from services.referrals.assessments.schemas import AssessmentAnswer, AssessmentRead, AssessmentRequest
from services.referrals.assessments.tables import Assessment
from services.referrals.cases.actions import list_kept, read_kept
from shared.http.conditional import IfMatch
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(tags=["cases"], dependencies=[Depends(refuse_personal_query)])


@router.post("/v1/cases/{case_id}/assessments")
async def create(
    act: Annotated[Act, may("cases.work")], case_id: PathId, found: AssessmentRequest, expected: IfMatch
) -> AssessmentAnswer:
    """Record what an assessment found, domain by domain, on the version of the case that If-Match names."""
    return await assess(act, case_id, found, expected=expected)


@router.get("/v1/cases/{case_id}/assessments")
async def index(
    act: Annotated[Act, may("cases.read")], case_id: PathId, paging: Paging
) -> Page[AssessmentRead]:
    """The assessments of a case, newest first."""
    return await list_kept(act, Assessment, AssessmentRead, case_id, event="assessment.listed", paging=paging)


@router.get("/v1/cases/{case_id}/assessments/{assessment_id}")
async def read(
    act: Annotated[Act, may("cases.read")], case_id: PathId, assessment_id: PathId
) -> AssessmentRead:
    """One assessment of a case, as it was recorded."""
    return await read_kept(act, Assessment, AssessmentRead, case_id, assessment_id, event="assessment.read")
