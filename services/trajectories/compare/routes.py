"""`GET /v1/performance/compare`: each place's rate with its interval, and a funnel round all of them."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.trajectories.compare.readings import make_comparison, understand_comparison
from services.trajectories.compare.schemas import CompareAnswer, CompareQuery
from services.trajectories.errors import BelowCommunity
from services.trajectories.performance.current import ReportingOf, deliver, sight_of
from shared.problems import Invalid
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(prefix="/v1/performance", tags=["performance"])
Reader = Annotated[Act, may("performance.read")]


@router.get("/compare", response_model=CompareAnswer, problems=(BelowCommunity, Invalid))
async def read_comparison(
    request: Request, act: Reader, reporting: ReportingOf, asked: Annotated[CompareQuery, Query()]
) -> Response:
    """Places beside each other: each rate with a Wilson (proportions) or Byar (counts) interval, and funnel limits.

    A count is compared per 1,000 registered. There is no rank: limits say who differs by more than chance.
    """
    question = understand_comparison(asked, reporting, act.now)
    sight = sight_of(act.caller, reporting.places)
    rendered = await reporting.kept_or_made(
        ("compare", question.question, question.label),
        sight,
        act.now,
        lambda: make_comparison(question, reporting, sight, act.now),
    )
    return await deliver(act, request, rendered)
