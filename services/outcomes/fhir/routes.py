"""`/FHIR/R4`: Observation and QuestionnaireResponse, created, read by id, searched by POST."""

import re
from typing import Annotated, Any, Final

from fastapi import Request, Response

from services.outcomes.errors import NoFirstMeasurement, SecondFirstMeasurement
from services.outcomes.fhir.actions import (
    OBSERVATION,
    RESPONSE,
    Door,
    find_resources,
    read_resource,
    record_resource,
)
from services.outcomes.fhir.capability import statement
from services.outcomes.fhir.reading import Draft, draft_of_observation, draft_of_response
from services.outcomes.fhir.schemas import (
    MeasurementQuery,
    ObservationResource,
    QuestionnaireResponseResource,
    SearchedByAddress,
)
from services.outcomes.fhir.showing import OBSERVATIONS, RESPONSES
from services.outcomes.instruments.declarations import Instruments
from services.outcomes.measurements.sight import READ, WRITE
from services.outcomes.parameters import InstrumentsOf
from shared.auth.caller import Caller
from shared.fhir.datatypes import Identifier
from shared.fhir.resources import FhirResponse, fhir_answer
from shared.http.openapi import FHIR_CONTENT
from shared.http.parameters import PathId
from shared.idempotency.keys import KEY_PARAMETER, BodyMismatch, KeyMalformed, StillRunning, key_of
from shared.problems import (
    BadRequest,
    Forbidden,
    Invalid,
    TooLarge,
    Unauthenticated,
    UnsupportedMediaType,
    responses,
)
from shared.service.acting import Act
from shared.service.guard import PlatformOf, Requires, may
from shared.service.platform import Platform
from shared.service.routes.fhir import metadata_router
from shared.service.routing import Router

CREATED: Final = 201
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]{1,255}")
_TEXT: Final = {"schema": {"type": "string"}}
_CREATED: Final[dict[int | str, dict[str, Any]]] = {
    CREATED: {
        "description": "The measurement is scored and stored.",
        "content": FHIR_CONTENT,
        "headers": {
            "Location": {"description": "Where the resource is read", **_TEXT},
            "Idempotent-Replayed": {"description": "`true` when this repeats an earlier answer", **_TEXT},
        },
    },
    **responses(
        BadRequest,
        Unauthenticated,
        Forbidden,
        TooLarge,
        UnsupportedMediaType,
        Invalid,
        KeyMalformed,
        BodyMismatch,
        StillRunning,
        NoFirstMeasurement,
        SecondFirstMeasurement,
    ),
}
_FOUND: Final[dict[int | str, dict[str, Any]]] = {200: {"content": FHIR_CONTENT}}
_KEY: Final = {**KEY_PARAMETER, "required": False}

metadata = metadata_router(statement)
router = Router(tags=["FHIR"])

Reader = Annotated[Act, may(READ)]
Writer = Annotated[Caller, Requires(WRITE)]


# Not ordinary acts: a measurement is stored by one statement on a connection of its own.
@router.api_route(
    OBSERVATIONS,
    methods=["POST"],
    status_code=CREATED,
    response_class=FhirResponse,
    openapi_extra={**ObservationResource.described(()), "parameters": [_KEY]},
    responses=_CREATED,
)
async def create_observation(
    request: Request, caller: Writer, platform: PlatformOf, instruments: InstrumentsOf
) -> Response:
    """Record a measurement that comes as an Observation. `GET /FHIR/R4/metadata` documents codes and extensions."""
    resource = await ObservationResource.of_request(request, now=platform.clock())
    identifier = resource.identifier[0] if resource.identifier else None
    draft = draft_of_observation(resource, instruments)
    return await _create(
        request, platform, instruments, draft, OBSERVATION, caller=caller, identifier=identifier
    )


@router.api_route(
    RESPONSES,
    methods=["POST"],
    status_code=CREATED,
    response_class=FhirResponse,
    openapi_extra={**QuestionnaireResponseResource.described(()), "parameters": [_KEY]},
    responses=_CREATED,
)
async def create_response(
    request: Request, caller: Writer, platform: PlatformOf, instruments: InstrumentsOf
) -> Response:
    """Record a measurement that comes as the answers to its questionnaire."""
    resource = await QuestionnaireResponseResource.of_request(request, now=platform.clock())
    draft = draft_of_response(resource, instruments)
    return await _create(
        request, platform, instruments, draft, RESPONSE, caller=caller, identifier=resource.identifier
    )


async def _create(
    request: Request,
    platform: Platform,
    instruments: Instruments,
    draft: Draft,
    door: Door,
    *,
    caller: Caller,
    identifier: Identifier | None,
) -> Response:
    key = _key(request, identifier)
    made = await record_resource(platform, instruments, draft, door, caller=caller, key=key)
    headers = {"Location": made.location}
    if made.replayed:
        headers["Idempotent-Replayed"] = "true"
    else:
        platform.nudges.ring(("facts",))
    return fhir_answer(made.resource, status=CREATED, headers=headers)


def _key(request: Request, identifier: Identifier | None) -> str | None:
    """What makes a repeat the same: the header of all our routes, FHIR's own, or the identifier of the resource."""
    key = key_of(request.scope["headers"]) or request.headers.get("if-none-exist")
    if key is None and identifier is not None and identifier.value:
        key = f"{identifier.system or ''}|{identifier.value}"
    if key is not None and not _PRINTABLE.fullmatch(key):
        raise KeyMalformed
    return key


@router.get(f"{OBSERVATIONS}/{{measurement_id}}", response_class=FhirResponse, responses=_FOUND)
async def read_observation(act: Reader, measurement_id: PathId, instruments: InstrumentsOf) -> Response:
    """A measurement as an Observation: score, band, and what was answered."""
    return fhir_answer(await read_resource(act, measurement_id, OBSERVATION, instruments))


@router.get(f"{RESPONSES}/{{measurement_id}}", response_class=FhirResponse, responses=_FOUND)
async def read_response(act: Reader, measurement_id: PathId, instruments: InstrumentsOf) -> Response:
    """A measurement as the answers to its questionnaire; only of instruments that people answer."""
    return fhir_answer(await read_resource(act, measurement_id, RESPONSE, instruments))


@router.ask(
    f"{OBSERVATIONS}/_search", response_class=FhirResponse, responses=_FOUND, problems=(SearchedByAddress,)
)
async def search_observations(
    request: Request, act: Reader, query: MeasurementQuery, instruments: InstrumentsOf
) -> Response:
    """A person's measurements as Observations, the latest first. The NHS number stands in the body."""
    return fhir_answer(await find_resources(act, query, OBSERVATION, instruments, base=_base(request)))


@router.ask(
    f"{RESPONSES}/_search", response_class=FhirResponse, responses=_FOUND, problems=(SearchedByAddress,)
)
async def search_responses(
    request: Request, act: Reader, query: MeasurementQuery, instruments: InstrumentsOf
) -> Response:
    """A person's measurements as QuestionnaireResponses, the latest first."""
    return fhir_answer(await find_resources(act, query, RESPONSE, instruments, base=_base(request)))


@router.get(OBSERVATIONS, response_class=FhirResponse, responses=_FOUND, problems=(SearchedByAddress,))
async def refuse_observation_search(act: Reader) -> Response:
    """Refused: what identifies a person must not stand in an address. Search by POST `_search`."""
    raise SearchedByAddress


@router.get(RESPONSES, response_class=FhirResponse, responses=_FOUND, problems=(SearchedByAddress,))
async def refuse_response_search(act: Reader) -> Response:
    """Refused: what identifies a person must not stand in an address. Search by POST `_search`."""
    raise SearchedByAddress


def _base(request: Request) -> str:
    return str(request.url.replace(query="")).removesuffix("/_search")
