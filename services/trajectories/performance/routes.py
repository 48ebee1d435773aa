"""`GET /v1/performance`: the report."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.trajectories.errors import BelowCommunity, ParquetNotServed, TooManyPoints
from services.trajectories.performance.renderings import MEDIA_TYPES
from services.trajectories.performance.reporting import Asked, Reporting
from services.trajectories.performance.schemas import PerformanceAnswer, PerformanceQuery
from shared.auth import Caller, Requires
from shared.http.conditional import not_modified
from shared.http.deps import Clock
from shared.http.negotiation import check_accept
from shared.problems import BadRequest, Invalid, NotAcceptable, Unauthenticated, Unavailable, responses

router = APIRouter(prefix="/v1", tags=["performance"])


async def reporting_of(request: Request) -> Reporting:
    """The reporting of this process."""
    reporting: Reporting = request.app.state.reporting
    return reporting


@router.get(
    "/performance",
    response_model=PerformanceAnswer,
    responses={
        200: {
            "content": {
                media_type: {} for media_type in MEDIA_TYPES.values() if media_type != "application/json"
            }
        },
        304: {"description": "The caller has this answer."},
        **responses(
            BadRequest,
            Unauthenticated,
            BelowCommunity,
            NotAcceptable,
            ParquetNotServed,
            Invalid,
            TooManyPoints,
            Unavailable,
        ),
    },
)
async def read_performance(
    request: Request,
    query: Annotated[PerformanceQuery, Query()],
    caller: Annotated[Caller, Requires("performance.read")],
    reporting: Annotated[Reporting, Depends(reporting_of)],
    now: Clock,
) -> Response:
    """Any measure, any community, any months, as it was known then or now; exact or protected by who asks."""
    if query.format is None:
        check_accept(request)
    asked = Asked(request.scope["query_string"], query, request.headers.get("accept", ""), now)
    rendered = await reporting.answer(asked, caller)
    if not_modified(request, rendered.etag):
        return Response(
            status_code=304,
            headers={name: rendered.headers[name] for name in ("ETag", "Cache-Control", "Vary")},
        )
    return Response(rendered.body, headers=rendered.headers)
