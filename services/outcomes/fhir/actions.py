"""What the FHIR door does: records, reads and finds measurements, by the same parts as `/v1/measurements`."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlmodel import col, select

from services.outcomes.fhir import codes
from services.outcomes.fhir.reading import Draft
from services.outcomes.fhir.schemas import MeasurementQuery
from services.outcomes.fhir.showing import (
    OBSERVATIONS,
    RESPONDED,
    RESPONSES,
    observation,
    questionnaire_response,
)
from services.outcomes.instruments.declarations import Instrument, Instruments
from services.outcomes.measurements.queries import measurement_seen, measurements_of
from services.outcomes.measurements.recording import Receipt, record_measurement
from services.outcomes.measurements.tables import Measurement
from shared.auth.caller import Caller
from shared.fhir.datatypes import SNOMED
from shared.fhir.resources import search_set
from shared.idempotency.answers import KeyedRequest, digest_under_key, rights_of
from shared.ids import new_id
from shared.nhs_numbers import NhsNumberFault, canonical_nhs_number
from shared.problems import Invalid, NotFound
from shared.service.acting import Act
from shared.service.platform import Platform

RESOURCE: Final = "measurement"


@dataclass(frozen=True, slots=True)
class Door:
    """One type of resource. path: where it is created and read."""

    path: str

    def shows(self, instrument: Instrument) -> bool:
        """Whether a measurement by an instrument has this form."""
        return self.path == OBSERVATIONS or instrument.kind in RESPONDED

    def shown(self, row: Measurement, instrument: Instrument) -> dict[str, Any]:
        """A measurement in this form."""
        form = observation if self.path == OBSERVATIONS else questionnaire_response
        return form(row.model_dump(), instrument)


OBSERVATION, RESPONSE = Door(OBSERVATIONS), Door(RESPONSES)


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that was created, or the first answer to a repeat."""

    resource: dict[str, Any]
    location: str
    replayed: bool


async def record_resource(
    platform: Platform,
    instruments: Instruments,
    draft: Draft,
    door: Door,
    *,
    caller: Caller,
    key: str | None,
) -> Made:
    """Record what a resource says. key: under which a repeat is the same; without one every request is a new one.

    Raises Invalid with places of the resource, and what `record_measurement` raises.
    """
    request = draft.request(now=platform.clock())
    keyed = KeyedRequest.of(
        platform.keyring,
        caller,
        route=f"POST {door.path}",
        key=key or str(new_id()),
        digest=digest_under_key(platform.keyring, request),
        rights=rights_of(caller),
    )
    try:
        receipt = await record_measurement(platform, instruments, request, caller=caller, keyed=keyed)
    except Invalid as refused:
        errors = draft.told(refused.errors)
    else:
        return await _made(platform, instruments, door, receipt)
    raise Invalid(errors=errors)


async def _made(platform: Platform, instruments: Instruments, door: Door, receipt: Receipt) -> Made:
    measurement = UUID(receipt.location.rpartition("/")[2])
    async with platform.database.transaction() as session:
        row = (await session.exec(select(Measurement).where(col(Measurement.id) == measurement))).one()
        resource = door.shown(row, instruments.by_key[row.instrument])
    return Made(resource, f"{door.path}/{measurement}", receipt.replayed)


async def read_resource(act: Act, measurement: UUID, door: Door, instruments: Instruments) -> dict[str, Any]:
    """A measurement that the caller may see. Raises NotFound, also where it has no such form."""
    found = await measurement_seen(act, measurement)
    if found is None or not door.shows(instruments.by_key[found[0].instrument]):
        raise NotFound
    row = found[0]
    await act.happened("measurement.read", resource_type=RESOURCE, resource_id=measurement, person=row.person)
    return door.shown(row, instruments.by_key[row.instrument])


async def find_resources(
    act: Act, query: MeasurementQuery, door: Door, instruments: Instruments, *, base: str
) -> dict[str, Any]:
    """A person's measurements that the caller may see, the latest first, as a Bundle. base: the address of the door."""
    person = act.keyring.pseudonym(_nhs_number(act, query.person))
    wanted = _instruments(query.code, door, instruments)
    found = [
        row
        for key in wanted
        for row, _ in await measurements_of(act, person, instrument=key, after=None, limit=query.count)
    ]
    found = sorted(found, key=lambda row: (row.taken_on, row.id), reverse=True)[: query.count]
    await act.happened(
        "measurement.searched", resource_type=RESOURCE, person=person, detail={"rows": len(found)}
    )
    resources = [(f"{base}/{row.id}", door.shown(row, instruments.by_key[row.instrument])) for row in found]
    return search_set(resources, total=len(resources), links={"self": f"{base}/_search"})


def _instruments(code: str | None, door: Door, instruments: Instruments) -> list[str]:
    """The instruments that a search is about: those that the code means, else all that have the form. Raises Invalid."""
    if code is None:
        return [one.key for one in instruments if door.shows(one)]
    system, bar, value = code.rpartition("|")
    meant = codes.meant_by(instruments, system if bar else codes.INSTRUMENT, value)
    if not meant and not bar:
        meant = codes.meant_by(instruments, SNOMED, value)
    if not meant:
        raise Invalid.one("code.unknown", "/code", "No instrument has this code.")
    return sorted({instrument.key for instrument, _ in meant if door.shows(instrument)})


def _nhs_number(act: Act, text: str) -> str:
    try:
        allowed = act.platform.settings.environment != "production"
        return canonical_nhs_number(text, test_numbers_allowed=allowed)
    except NhsNumberFault as fault:
        raise Invalid.one(fault.code, "/subject:identifier", fault.detail) from None
