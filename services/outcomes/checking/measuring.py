"""The page on which a measurement of a person is recorded, scored and compared: the rules and keys of the interface."""

from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.outcomes.checking.measured import (
    ROWS_OF_CONCERNS,
    fault_words,
    level_words,
    measurement_said,
)
from services.outcomes.checking.rules import place_name
from services.outcomes.errors import (
    NoFirstMeasurement,
    SecondFirstMeasurement,
    UnknownInstrument,
)
from services.outcomes.instruments.declarations import Instrument
from services.outcomes.instruments.schemas import instrument_answer
from services.outcomes.measurements.recording import record_measurement
from services.outcomes.measurements.schemas import MeasurementReceipt, MeasurementRequest, Mode, Occasion
from services.outcomes.measurements.sight import WRITE
from services.outcomes.parameters import InstrumentsOf
from shared.auth.caller import Caller
from shared.idempotency.answers import KeyedRequest, digest_under_key, rights_of
from shared.idempotency.keys import check_key
from shared.months import london_day
from shared.problems import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    TooLarge,
    Unauthenticated,
    UnsupportedMediaType,
    responses,
)
from shared.service.browsing.forms import Filled, form_of_session, new_key, understood
from shared.service.browsing.frame import page
from shared.service.browsing.guard import Seen
from shared.service.guard import PlatformOf, route_of
from shared.service.handlers import note_refusal
from shared.service.platform import Platform

router = APIRouter(
    tags=["pages"],
    include_in_schema=False,
    responses=responses(
        BadRequest,
        Unauthenticated,
        Forbidden,
        NotFound,
        UnknownInstrument,
        Conflict,
        NoFirstMeasurement,
        SecondFirstMeasurement,
        TooLarge,
        UnsupportedMediaType,
        Invalid,
    ),
)
Recorder = Annotated[Caller, Seen(WRITE)]


class MeasureQuery(BaseModel):
    """By what is measured, and when in an episode; never of whom."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    instrument: Annotated[str | None, Field(max_length=40)] = None
    occasion: Literal["first", "repeat", "follow-up"] = "repeat"


@router.get("/measure")
async def read_measure_page(
    request: Request, caller: Recorder, instruments: InstrumentsOf, asked: Annotated[MeasureQuery, Query()]
) -> Response:
    """Choose an instrument, and fill in what it asks for."""
    chosen = None if asked.instrument is None else _of_people(instruments, asked.instrument)
    return _form(request, caller, instruments, chosen, filled={"occasion": asked.occasion})


@router.post("/measure/{key}")
async def measure_by_page(
    request: Request, caller: Recorder, platform: PlatformOf, instruments: InstrumentsOf, key: str
) -> Response:
    """Record what was filled in, and tell what it came to; the same form again is told the same."""
    instrument = _of_people(instruments, key)
    form = await form_of_session(request)
    try:
        measured = understood(measurement_said(form, instrument), MeasurementRequest, platform=platform)
        keyed = KeyedRequest.of(
            platform.keyring,
            caller,
            route=route_of(request),
            key=check_key(form.get("key", "")),
            digest=digest_under_key(platform.keyring, measured),
            rights=rights_of(caller),
        )
        made = await record_measurement(platform, instruments, measured, caller=caller, keyed=keyed)
    except (BadRequest, Invalid, Conflict) as problem:
        await note_refusal(request, problem)
        return _form(request, caller, instruments, instrument, filled=form, problem=problem)
    if not made.replayed:
        platform.nudges.ring(("facts",))
    receipt = MeasurementReceipt.model_validate_json(made.body)
    return page(
        request,
        "measured.jinja",
        instrument=instrument,
        receipt=receipt,
        place=place_name(platform.registry, receipt.icc),
        worklists=_worklists(platform),
        words=level_words,
    )


def _of_people(instruments: InstrumentsOf, key: str) -> Instrument:
    found = instruments.get(key)
    if found is None or found.subject != "person":
        raise UnknownInstrument
    return found


def _form(
    request: Request,
    caller: Caller,
    instruments: InstrumentsOf,
    chosen: Instrument | None,
    *,
    filled: Filled,
    problem: Problem | None = None,
) -> Response:
    platform: Platform = request.app.state.platform
    today = london_day(platform.clock())
    faults = _faults(problem)
    return page(
        request,
        "measure.jinja",
        status=200 if problem is None else problem.status,
        headers={} if problem is None else problem.headers,
        offered=[(one.key, one.title) for one in instruments if one.subject == "person"],
        chosen=chosen,
        asked=None if chosen is None else instrument_answer(chosen),
        iccs=[(one.slug, one.name) for one in platform.registry.communities(today, "icc")],
        own=_own(caller),
        worklists=_worklists(platform),
        occasions=[(one, level_words(one)) for one in get_args(Occasion)],
        modes=[
            (one, {"self": "The person alone", "proxy": "Somebody for the person"}.get(one, level_words(one)))
            for one in get_args(Mode)
        ],
        rows_of_concerns=ROWS_OF_CONCERNS,
        **_choices(chosen),
        today=today.isoformat(),
        words=level_words,
        faults=faults,
        summary=[{"text": one["text"], "href": f"#{one['at']}"} for one in faults],
        filled=lambda act, name, otherwise="": filled.get(name, otherwise),  # noqa: ARG005 -- as templates call it
        new_key=new_key,
    )


def _choices(chosen: Instrument | None) -> dict[str, Any]:
    """What can be chosen of an instrument, with its words."""
    return {
        "pairs": lambda values: [(str(one), str(one)) for one in values],
        "units": [] if chosen is None else [(one.key, one.key) for one in chosen.units],
        "answers": [] if chosen is None else [(one, level_words(one)) for one in chosen.answers],
        "editions": [] if chosen is None else [(one, level_words(one)) for one in chosen.editions],
    }


def _worklists(platform: Platform) -> str | None:
    """Where case managers came from. No case is named: outcomes knows of none, and an address is written down."""
    base = platform.settings.pages_url_of("referrals")
    return None if base is None else f"{base}/worklist"


def _own(caller: Caller) -> str:
    """The community that is chosen already: the only one of the sign-in."""
    own = caller.communities or ()
    return next(iter(own)) if len(own) == 1 else ""


def _faults(problem: Problem | None) -> list[dict[str, Any]]:
    if problem is None:
        return []
    if not problem.errors:
        return [{"at": "measure", "text": problem.detail}]
    return [
        {"at": f"measure-{one.pointer.strip('/').replace('/', '-')}", "text": fault_words(one)}
        for one in problem.errors
    ]
