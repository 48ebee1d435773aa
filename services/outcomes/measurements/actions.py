"""What is done with measurements that are stored: read, searched, corrected, asked about by referrals."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from services.outcomes.errors import (
    CorrectedAlready,
    FirstIsNeeded,
    NoFirstMeasurement,
    SecondFirstMeasurement,
)
from services.outcomes.instruments.changes import Reading
from services.outcomes.instruments.declarations import Instruments
from services.outcomes.measurements.answers import reading, receipt, shown
from services.outcomes.measurements.drafts import Draft
from services.outcomes.measurements.places import desk_of
from services.outcomes.measurements.queries import (
    Seen,
    days_beside,
    first_of,
    latest_of,
    measurement_held,
    measurement_seen,
    measurements_of,
)
from services.outcomes.measurements.recording import drafted, location_of
from services.outcomes.measurements.rules import FIRST, first_fits, order_fault
from services.outcomes.measurements.schemas import (
    CorrectionRequest,
    MeasurementAnswer,
    MeasurementReceipt,
    PersonSearch,
    StatusQuestion,
)
from services.outcomes.measurements.tables import (
    MEASURED_TOPIC,
    ONE_CORRECTION,
    ONE_FIRST,
    ONE_FIRST_IN_24_MONTHS,
    Measurement,
)
from shared.facts.publishing import record_fact_event
from shared.measurement_status import MeasurementStatuses
from shared.nhs_numbers import NhsNumberFault, canonical_nhs_number
from shared.problems import Conflict, FieldError, Invalid, NotFound
from shared.service.acting import Act
from shared.service.paging import Page, Pager

RESOURCE: Final = "measurement"
_CONFLICTS: Final[Mapping[str, type[Conflict]]] = {
    ONE_FIRST: SecondFirstMeasurement,
    ONE_FIRST_IN_24_MONTHS: SecondFirstMeasurement,
    ONE_CORRECTION: CorrectedAlready,
}


async def read_measurement(act: Act, measurement: UUID, instruments: Instruments) -> MeasurementAnswer:
    """A measurement that the caller may see. Raises NotFound."""
    found = await measurement_seen(act, measurement)
    if found is None:
        raise NotFound
    await act.happened(
        "measurement.read", resource_type=RESOURCE, resource_id=measurement, person=found[0].person
    )
    return _shown(act, instruments, found)


async def search_measurements(
    act: Act, search: PersonSearch, paging: Pager, instruments: Instruments
) -> Page[MeasurementAnswer]:
    """A person's measurements, the latest first; those that were corrected are read by their ids alone."""
    person = act.keyring.pseudonym(_nhs_number(act, search.nhs_number))
    after = paging.after()
    rows = await measurements_of(
        act,
        person,
        instrument=search.instrument,
        after=None if after is None else (date.fromisoformat(after[0]), UUID(after[1])),
        limit=paging.limit + 1,
    )
    page = paging.page(
        rows,
        shown=lambda found: _shown(act, instruments, found),
        at=lambda found: [found[0].taken_on.isoformat(), str(found[0].id)],
    )
    await act.happened(
        "measurement.searched", resource_type=RESOURCE, person=person, detail={"rows": len(page.items)}
    )
    return page


async def answer_status(act: Act, asked: StatusQuestion, instruments: Instruments) -> MeasurementStatuses:
    """Where persons stand: the latest measurement of each by each instrument. For referrals alone."""
    unknown = [
        FieldError("code.unknown", f"/instruments/{index}", "There is no such instrument.")
        for index, key in enumerate(asked.instruments)
        if instruments.get(key) is None
    ]
    if unknown:
        raise Invalid(errors=unknown)
    items = await latest_of(act, sorted(set(asked.pseudonyms)), sorted(set(asked.instruments)))
    await act.happened(
        "measurement.status-read",
        resource_type=RESOURCE,
        detail={"persons": len(asked.pseudonyms), "rows": len(items)},
    )
    return MeasurementStatuses(items=items)


async def correct_measurement(
    act: Act, measurement: UUID, correction: CorrectionRequest, instruments: Instruments
) -> MeasurementReceipt:
    """Put a measurement in another's place; the earlier stays readable, and counts no more.

    Raises NotFound, CorrectedAlready, FirstIsNeeded, NoFirstMeasurement, SecondFirstMeasurement, Invalid, Forbidden.
    """
    earlier = await measurement_held(act, measurement)
    if earlier is None:
        raise NotFound
    if earlier.superseded_by is not None:
        raise CorrectedAlready
    made = drafted(desk_of(act.platform, instruments, act.caller, now=act.now), correction)
    earlier.superseded_by = made.id
    await act.session.flush()
    first = await _settle_episode(act, earlier, made)
    sealed = act.sealed(Measurement, made.id, reason=correction.reason)
    row = made.row | {"supersedes": earlier.id} | sealed
    act.session.add(Measurement(**row))
    try:
        await act.session.flush()
    except IntegrityError as taken:
        name = getattr(getattr(taken.orig, "__cause__", None), "constraint_name", None)
        conflict = _CONFLICTS.get(name or "")
        if conflict is None:
            raise
        raise conflict from None
    await act.happened(
        "measurement.corrected",
        resource_type=RESOURCE,
        resource_id=made.id,
        person=made.row["person"],
        detail={"supersedes": str(earlier.id)},
    )
    await record_fact_event(act.session, topic=MEASURED_TOPIC, subject=made.id)
    act.headers["Location"] = location_of(made.id)
    return MeasurementReceipt.model_validate(receipt(made.instrument, row, first, warnings=made.warnings))


async def _settle_episode(act: Act, earlier: Measurement, made: Draft) -> Reading | None:
    """Give a correction its episode; what it is compared with, None for a first."""
    row = made.row
    same = all(getattr(earlier, name) == row[name] for name in ("person", "instrument", "episode"))
    if earlier.occasion == FIRST:
        later = await days_beside(act, earlier)
        stays = same and row["occasion"] == FIRST
        named = row["episode"] is not None
        if later is not None and not (stays and first_fits(row["taken_on"], later, named=named)):
            raise FirstIsNeeded
        if stays:
            row["episode_id"] = earlier.episode_id
    if row["occasion"] == FIRST:
        return None
    first = await first_of(
        act,
        person=row["person"],
        instrument=row["instrument"],
        episode=row["episode"],
        on=row["taken_on"],
    )
    if first is None:
        raise NoFirstMeasurement
    if (fault := order_fault(row["taken_on"], first.taken_on)) is not None:
        raise Invalid(errors=[fault])
    row["episode_id"] = first.episode_id
    return reading(first.model_dump())


def _nhs_number(act: Act, text: str) -> str:
    try:
        allowed = act.platform.settings.environment != "production"
        return canonical_nhs_number(text, test_numbers_allowed=allowed)
    except NhsNumberFault as fault:
        raise Invalid(errors=[FieldError(fault.code, "/nhs_number", fault.detail)]) from None


def _shown(act: Act, instruments: Instruments, found: Seen) -> MeasurementAnswer:
    row, first = found
    instrument = instruments.of_row(row.instrument)
    told: dict[str, Any] = shown(
        instrument,
        row.model_dump(),
        None if first is None else reading(first.model_dump()),
        reason=act.opened(row, "reason"),
    )
    return MeasurementAnswer.model_validate(told)
