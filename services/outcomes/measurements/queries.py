"""Reads of measurements: one with the first of its episode, a person's, and where persons stand."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import and_, func, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from services.outcomes.measurements.rules import FIRST
from services.outcomes.measurements.sight import seen_by
from services.outcomes.measurements.tables import Measurement
from shared.measurement_status import MeasurementStatus
from shared.service.acting import Act

First: Final = aliased(Measurement, name="first")
"""The standing first of a measurement's episode."""
Seen = tuple[Measurement, Measurement | None]
_OF_EPISODE: Final = and_(
    # Along the index of persons: an episode has too few rows for an index of its own.
    col(First.person) == col(Measurement.person),
    col(First.instrument) == col(Measurement.instrument),
    col(First.episode_id) == col(Measurement.episode_id),
    col(First.occasion) == FIRST,
    col(First.superseded_by).is_(None),
    col(First.id) != col(Measurement.id),
)


async def measurement_seen(act: Act, measurement: UUID) -> Seen | None:
    """A measurement that the caller may see, with the standing first of its episode."""
    found = select(Measurement, First).join(First, _OF_EPISODE, isouter=True)
    row = (await act.session.exec(found.where(col(Measurement.id) == measurement, seen_by(act)))).first()
    return None if row is None else (row[0], row[1])


async def measurement_held(act: Act, measurement: UUID) -> Measurement | None:
    """A measurement that the caller may see, which nobody else changes until the act ends."""
    held = select(Measurement).where(col(Measurement.id) == measurement, seen_by(act)).with_for_update()
    return (await act.session.exec(held)).first()


async def measurements_of(
    act: Act, person: str, *, instrument: str | None, after: tuple[date, UUID] | None, limit: int
) -> Sequence[Seen]:
    """A person's standing measurements that the caller may see, the latest first."""
    found = (
        select(Measurement, First)
        .join(First, _OF_EPISODE, isouter=True)
        .where(
            col(Measurement.person) == person,
            col(Measurement.superseded_by).is_(None),
            seen_by(act),
        )
        .order_by(col(Measurement.taken_on).desc(), col(Measurement.id).desc())
        .limit(limit)
    )
    if instrument is not None:
        found = found.where(col(Measurement.instrument) == instrument)
    if after is not None:
        found = found.where(tuple_(col(Measurement.taken_on), col(Measurement.id)) < after)
    return [(row[0], row[1]) for row in await act.session.exec(found)]


async def latest_of(act: Act, persons: Sequence[str], instruments: Sequence[str]) -> list[MeasurementStatus]:
    """The latest standing measurement of each person by each instrument, of every community."""
    key = (col(Measurement.person), col(Measurement.instrument))
    latest = (col(Measurement.taken_on).desc(), col(Measurement.recorded_at).desc())
    found = (
        select(*key, col(Measurement.occasion), col(Measurement.taken_on))
        .ext(distinct_on(*key))
        .where(
            col(Measurement.person).in_(persons),
            col(Measurement.instrument).in_(instruments),
            col(Measurement.superseded_by).is_(None),
        )
        .order_by(*key, *latest)
    )
    return [
        MeasurementStatus.model_validate(
            {"pseudonym": person, "instrument": instrument, "occasion": occasion, "taken_on": taken_on}
        )
        for person, instrument, occasion, taken_on in await act.session.exec(found)
    ]


async def days_beside(act: Act, first: Measurement) -> tuple[date, date] | None:
    """The first and the last day of the other standing measurements of a first's episode; None where there are none."""
    day = col(Measurement.taken_on)
    found = select(func.min(day), func.max(day)).where(
        col(Measurement.person) == first.person,
        col(Measurement.instrument) == first.instrument,
        col(Measurement.episode_id) == first.episode_id,
        col(Measurement.superseded_by).is_(None),
        col(Measurement.id) != first.id,
    )
    days: tuple[date | None, date | None] = (await act.session.exec(found)).one()
    return None if days[0] is None or days[1] is None else (days[0], days[1])


async def first_of(
    act: Act, *, person: str, instrument: str, episode: str | None, on: date
) -> Measurement | None:
    """The standing first that a measurement of a day follows, held so that nobody corrects it meanwhile."""
    found = select(Measurement).where(
        col(Measurement.person) == person,
        col(Measurement.instrument) == instrument,
        col(Measurement.occasion) == FIRST,
        col(Measurement.superseded_by).is_(None),
    )
    if episode is not None:
        found = found.where(col(Measurement.episode) == episode)
    else:
        ends = func.date(col(Measurement.taken_on) + func.make_interval(2))
        found = found.where(
            col(Measurement.episode).is_(None), col(Measurement.taken_on) <= on, ends > on
        ).order_by(col(Measurement.taken_on).desc())
    return (await act.session.exec(found.limit(1).with_for_update(read=True))).first()
