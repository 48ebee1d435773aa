"""`GET /v1/performance`: the report."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from services.trajectories.errors import BelowCommunity, TooMuchAsked
from services.trajectories.performance.exports import record_export
from services.trajectories.performance.questions import PerformanceQuery
from services.trajectories.performance.renderings import MEDIA_TYPES
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.schemas import PerformanceAnswer
from shared.auth import Caller
from shared.http.conditional import not_modified
from shared.http.parameters import parameters_of
from shared.problems import BadRequest, Invalid, NotAcceptable, Unauthenticated, Unavailable, responses
from shared.service.direct import DirectRoute
from shared.service.guard import Requires

router = APIRouter(prefix="/v1", tags=["performance"], route_class=DirectRoute)


@router.get(
    "/performance",
    response_model=PerformanceAnswer,
    # By hand: the framework takes longer to read many parameters than a kept answer takes in all.
    openapi_extra={"parameters": parameters_of(PerformanceQuery)},
    responses={
        200: {"content": {media_type.partition(";")[0]: {} for media_type in MEDIA_TYPES.values()}},
        304: {"description": "The caller has this answer."},
        **responses(
            BadRequest,
            Unauthenticated,
            BelowCommunity,
            NotAcceptable,
            Invalid,
            TooMuchAsked,
            Unavailable,
        ),
    },
)
async def read_performance(
    request: Request,
    caller: Annotated[Caller, Requires("performance.read")],
) -> Response:
    """Any measure, any community, any months, as it was known then or now; exact or protected by who asks."""
    reporting: Reporting = request.app.state.reporting
    query, accept = request.scope["query_string"], request.headers.get("accept", "")
    rendered = await reporting.answer(caller, query, accept)
    if not_modified(request, rendered.etag):
        return Response(
            status_code=304,
            headers={name: rendered.headers[name] for name in ("ETag", "Cache-Control", "Vary")},
        )
    if rendered.exported is not None:
        await record_export(request.app.state.platform, caller, rendered.exported)
    return Response(rendered.body, headers=rendered.headers)
