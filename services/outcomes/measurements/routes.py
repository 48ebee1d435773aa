"""`/v1/measurements`: recorded, corrected, read, searched; and where persons stand, for referrals."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response

from services.outcomes.errors import (
    CorrectedAlready,
    FirstIsNeeded,
    NoFirstMeasurement,
    SecondFirstMeasurement,
)
from services.outcomes.instruments.declarations import Instruments
from services.outcomes.measurements.actions import (
    answer_status,
    correct_measurement,
    read_measurement,
    search_measurements,
)
from services.outcomes.measurements.recording import CREATED, record_measurement
from services.outcomes.measurements.schemas import (
    CorrectionRequest,
    MeasurementAnswer,
    MeasurementReceipt,
    MeasurementRequest,
    PersonSearch,
    StatusQuestion,
)
from services.outcomes.measurements.sight import READ, WRITE
from services.outcomes.parameters import InstrumentsOf
from shared.auth.caller import Caller
from shared.http.answers import JSON
from shared.http.bodies import read_model, request_body_schema
from shared.http.parameters import PathId
from shared.idempotency.answers import KeyedRequest, digest_under_key, rights_of
from shared.idempotency.keys import (
    KEY_PARAMETER,
    BodyMismatch,
    KeyMalformed,
    KeyRequired,
    StillRunning,
    key_of,
)
from shared.measurement_status import STATUS_PATH, MeasurementStatuses
from shared.problems import Forbidden, Invalid, TooLarge, Unauthenticated, UnsupportedMediaType, responses
from shared.service.acting import Act
from shared.service.direct import DirectRoute
from shared.service.guard import Requires, may
from shared.service.paging import Page
from shared.service.platform import Platform
from shared.service.routing import Paging, Router

PATH: Final = "/v1/measurements"
_TEXT: Final = {"schema": {"type": "string"}}
_RECORDED: Final[dict[int | str, dict[str, Any]]] = {
    CREATED: {
        "description": "The measurement is scored and stored.",
        "headers": {
            "Location": {"description": "Where the measurement is read", **_TEXT},
            "Idempotent-Replayed": {"description": "`true` when this repeats an earlier answer", **_TEXT},
        },
    }
}

direct = APIRouter(tags=["measurements"], route_class=DirectRoute)
router = Router(tags=["measurements"])

Reader = Annotated[Act, may(READ)]
Writer = Annotated[Act, may(WRITE)]
Referrals = Annotated[Act, may("measurements.status")]


@direct.post(
    PATH,
    status_code=CREATED,
    response_model=MeasurementReceipt,
    openapi_extra={
        **request_body_schema(MeasurementRequest),
        "parameters": [{**KEY_PARAMETER, "required": True}],
    },
    responses=_RECORDED
    | responses(
        Unauthenticated,
        Forbidden,
        TooLarge,
        UnsupportedMediaType,
        Invalid,
        KeyRequired,
        KeyMalformed,
        BodyMismatch,
        StillRunning,
        NoFirstMeasurement,
        SecondFirstMeasurement,
    ),
)
async def record(request: Request, caller: Annotated[Caller, Requires(WRITE)]) -> Response:
    """Record a measurement of a person: scored, and compared with the first of its episode.

    The NHS number becomes a pseudonym before anything is stored. Nothing is imputed: a measurement is complete, or refused.
    """
    platform: Platform = request.app.state.platform
    instruments: Instruments = request.app.state.instruments
    key = key_of(request.scope["headers"])
    measurement = await read_model(request, MeasurementRequest, now=platform.clock())
    if key is None:
        raise KeyRequired
    keyed = KeyedRequest.of(
        platform.keyring,
        caller,
        route=f"POST {PATH}",
        key=key,
        digest=digest_under_key(platform.keyring, measurement),
        rights=rights_of(caller),
    )
    made = await record_measurement(platform, instruments, measurement, caller=caller, keyed=keyed)
    headers = {"Location": made.location}
    if made.replayed:
        headers["Idempotent-Replayed"] = "true"
    else:
        platform.nudges.ring(("facts",))
    return Response(made.body, status_code=CREATED, headers=headers, media_type=JSON)


@router.ask(f"{PATH}/search")
async def search(
    act: Reader, asked: PersonSearch, paging: Paging, instruments: InstrumentsOf
) -> Page[MeasurementAnswer]:
    """A person's measurements, the latest first. The NHS number stands in the body, for addresses are logged."""
    return await search_measurements(act, asked, paging, instruments)


@router.ask(STATUS_PATH)
async def status(act: Referrals, asked: StatusQuestion, instruments: InstrumentsOf) -> MeasurementStatuses:
    """When persons were last measured: no score, no place. The referrals service alone may ask."""
    return await answer_status(act, asked, instruments)


@router.get(f"{PATH}/{{measurement_id}}")
async def read(act: Reader, measurement_id: PathId, instruments: InstrumentsOf) -> MeasurementAnswer:
    """A measurement, with its change from the first of its episode as that stands now."""
    return await read_measurement(act, measurement_id, instruments)


@router.post(
    f"{PATH}/{{measurement_id}}/correct",
    problems=(CorrectedAlready, FirstIsNeeded, NoFirstMeasurement, SecondFirstMeasurement),
)
async def correct(
    act: Writer, measurement_id: PathId, correction: CorrectionRequest, instruments: InstrumentsOf
) -> MeasurementReceipt:
    """Put a measurement in the place of another, with the reason. The earlier stays readable, and counts no more."""
    return await correct_measurement(act, measurement_id, correction, instruments)
