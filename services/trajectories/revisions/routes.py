"""`GET /v1/performance/revisions`: every value that a figure ever had."""

from typing import Annotated

from fastapi import Query

from services.trajectories.errors import BelowCommunity, TooMuchAsked
from services.trajectories.performance.current import ReportingOf, month_asked
from services.trajectories.revisions.readings import revisions
from services.trajectories.revisions.schemas import RevisionsAnswer
from shared.problems import Invalid
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(prefix="/v1/performance", tags=["performance"])
Reader = Annotated[Act, may("performance.read")]


@router.get("/revisions", problems=(BelowCommunity, Invalid, TooMuchAsked))
async def read_revisions(
    act: Reader,
    reporting: ReportingOf,
    measure: Annotated[str, Query(max_length=255, examples=["reablement-assessments"])],
    community: Annotated[str, Query(max_length=255, examples=["kendal"])],
    month: Annotated[str, Query(max_length=10, examples=["2020-01"])],
) -> RevisionsAnswer:
    """Every value that the figure of a month ever had: from when until when, what brought it, and the difference."""
    return await revisions(
        act, reporting, measure=measure, community=community, month=month_asked("month", month)
    )
