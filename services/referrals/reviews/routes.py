"""Reviewing what was planned."""

from typing import Annotated

from fastapi import Depends

from services.referrals.addresses import refuse_personal_query
from services.referrals.cases.actions import list_kept, read_kept
from services.referrals.reviews.actions import review_case
from services.referrals.reviews.schemas import ReviewAnswer, ReviewRead, ReviewRequest
from services.referrals.reviews.tables import Review
from shared.http.conditional import IfMatch
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(tags=["cases"], dependencies=[Depends(refuse_personal_query)])


@router.post("/v1/cases/{case_id}/reviews")
async def create(
    act: Annotated[Act, may("cases.work")], case_id: PathId, made: ReviewRequest, expected: IfMatch
) -> ReviewAnswer:
    """Record a review, on the version of the case that If-Match names; `next_review_on` puts the next one on the list."""
    return await review_case(act, case_id, made, expected=expected)


@router.get("/v1/cases/{case_id}/reviews")
async def index(act: Annotated[Act, may("cases.read")], case_id: PathId, paging: Paging) -> Page[ReviewRead]:
    """The reviews of a case, newest first."""
    return await list_kept(act, Review, ReviewRead, case_id, event="review.listed", paging=paging)


@router.get("/v1/cases/{case_id}/reviews/{review_id}")
async def read(act: Annotated[Act, may("cases.read")], case_id: PathId, review_id: PathId) -> ReviewRead:
    """One review of a case, as it was recorded."""
    return await read_kept(act, Review, ReviewRead, case_id, review_id, event="review.read")
