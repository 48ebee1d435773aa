"""`GET /v1/measures`: the catalogue."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.trajectories.catalogue.descriptions import describe_measure
from services.trajectories.catalogue.schemas import MeasureAnswer, MeasureList
from services.trajectories.errors import UnknownMeasure
from services.trajectories.performance.reporting import Reporting
from shared.auth import Caller
from shared.http.answers import json_answer
from shared.http.conditional import not_modified
from shared.http.cursors import decode_cursor, encode_cursor, page
from shared.http.query import LONGEST_LIST, CursorParam, Limit
from shared.problems import BadRequest, Forbidden, Unauthenticated, responses
from shared.service.deps import PlatformOf
from shared.service.guard import Requires

router = APIRouter(prefix="/v1/measures", tags=["measures"])


async def reporting_of(request: Request) -> Reporting:
    """The reporting of this process."""
    reporting: Reporting = request.app.state.reporting
    return reporting


Reader = Annotated[Caller, Requires("catalogue.read")]
ReportingOf = Annotated[Reporting, Depends(reporting_of)]
_CACHING = {"Cache-Control": "private, max-age=60", "Vary": "Authorization"}


@router.get("", response_model=MeasureList, responses=responses(BadRequest, Unauthenticated, Forbidden))
async def read_measures(
    request: Request,
    *,
    caller: Reader,
    platform: PlatformOf,
    reporting: ReportingOf,
    limit: Limit = LONGEST_LIST,  # a catalogue is read whole
    cursor: CursorParam = None,
) -> Response:
    """The measures of the performance report in the order of the catalogue, those that nobody supplies yet marked so."""
    key, client, filters = platform.cursor_key, caller.client, {"catalogue": reporting.catalogue.digest}
    start = 0
    if cursor is not None:
        (start,) = decode_cursor(key, cursor, of="measures", client=client, filters=filters)
    headers = _headers(reporting)
    if not_modified(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    measures, end = list(reporting.catalogue), start + limit
    more = None
    if end < len(measures):
        more = encode_cursor(key, of="measures", client=client, filters=filters, position=[end])
    shown = [describe_measure(measure, reporting.policy) for measure in measures[start:end]]
    answer = page(shown, more, request)
    answer.headers.update(headers)
    return answer


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
    headers = _headers(reporting)
    if not_modified(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return json_answer(describe_measure(measure, reporting.policy), headers=headers)


def _headers(reporting: Reporting) -> dict[str, str]:
    """The declarations never change under a process, so their digest is the version of every answer."""
    return {**_CACHING, "ETag": f'W/"{reporting.catalogue.digest}-{reporting.policy.id}"'}
