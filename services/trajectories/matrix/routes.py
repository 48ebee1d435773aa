"""`GET /v1/performance/matrix`: communities × measures, what needs attention first."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.trajectories.errors import BelowCommunity, TooMuchAsked
from services.trajectories.matrix.readings import FORMATS, make_matrix, understand_matrix
from services.trajectories.matrix.schemas import MatrixAnswer, MatrixQuery
from services.trajectories.performance.current import ReportingOf, deliver, sight_of
from services.trajectories.performance.renderings import MEDIA_TYPES
from shared.problems import Invalid, NotAcceptable
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(prefix="/v1/performance", tags=["performance"])
Reader = Annotated[Act, may("performance.read")]


@router.get(
    "/matrix",
    response_model=MatrixAnswer,
    problems=(BelowCommunity, NotAcceptable, Invalid, TooMuchAsked),
    responses={200: {"content": {MEDIA_TYPES[name].partition(";")[0]: {} for name in FORMATS}}},
)
async def read_matrix(
    request: Request, act: Reader, reporting: ReportingOf, asked: Annotated[MatrixQuery, Query()]
) -> Response:
    """The latest figure of every community and measure over 24 months with what its chart says, concern first."""
    accept = request.headers.get("accept", "")
    question = understand_matrix(asked, reporting, now=act.now, accept=accept)
    sight = sight_of(act.caller, reporting.places)
    rendered = await reporting.kept_or_made(
        ("matrix", question),
        sight,
        act.now,
        lambda: make_matrix(question, reporting, sight, act.now),
    )
    return await deliver(act, request, rendered)
