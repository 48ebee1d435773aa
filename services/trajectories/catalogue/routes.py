"""`GET /v1/measures`: the catalogue."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.trajectories.catalogue.descriptions import describe_catalogue, describe_measure
from services.trajectories.catalogue.schemas import MeasureAnswer, MeasureList
from services.trajectories.errors import UnknownMeasure
from services.trajectories.performance.reporting import Reporting
from shared.auth import Caller, Requires
from shared.http.answers import json_answer
from shared.http.conditional import not_modified
from shared.problems import BadRequest, Forbidden, Unauthenticated, responses

router = APIRouter(prefix="/v1/measures", tags=["measures"])


async def reporting_of(request: Request) -> Reporting:
    """The reporting of this process."""
    reporting: Reporting = request.app.state.reporting
    return reporting


Reader = Annotated[Caller, Requires("catalogue.read")]
ReportingOf = Annotated[Reporting, Depends(reporting_of)]
_CACHING = {"Cache-Control": "private, max-age=60", "Vary": "Authorization"}


@router.get("", response_model=MeasureList, responses=responses(BadRequest, Unauthenticated, Forbidden))
async def read_measures(request: Request, caller: Reader, reporting: ReportingOf) -> Response:  # noqa: ARG001 -- the scope is the point
    """Every measure of the performance report, those that nobody supplies yet marked so."""
    return _answer(request, reporting, describe_catalogue(reporting.catalogue, reporting.policy))


@router.get(
    "/{key}",
    response_model=MeasureAnswer,
    responses=responses(BadRequest, Unauthenticated, Forbidden, UnknownMeasure),
)
async def read_measure(request: Request, key: str, caller: Reader, reporting: ReportingOf) -> Response:  # noqa: ARG001 -- as above
    """One measure."""
    measure = reporting.catalogue.get(key)
    if measure is None:
        raise UnknownMeasure
    return _answer(request, reporting, describe_measure(measure, reporting.policy))


def _answer(request: Request, reporting: Reporting, content: MeasureAnswer | MeasureList) -> Response:
    """The declarations never change under a process, so their digest is the version of every answer."""
    tag = f'W/"{reporting.catalogue.digest}-{reporting.policy.id}"'
    headers = {**_CACHING, "ETag": tag}
    if not_modified(request, tag):
        return Response(status_code=304, headers=headers)
    return json_answer(content, headers=headers)
