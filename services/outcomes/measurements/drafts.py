"""From a measurement without faults to its row. The NHS number becomes a pseudonym here, and goes no further."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.outcomes.instruments.declarations import Instrument
from services.outcomes.measurements.rules import Finding
from services.outcomes.measurements.schemas import MeasurementRequest
from services.outcomes.measurements.sight import owner_of
from shared.auth.caller import Caller
from shared.crypto import Keyring
from shared.ids import new_id
from shared.months import Month
from shared.problems import FieldError


@dataclass(frozen=True, slots=True)
class Draft:
    """A measurement before it is stored. row: its columns, all but what a correction adds."""

    row: dict[str, Any]
    instrument: Instrument
    warnings: tuple[FieldError, ...]

    @property
    def id(self) -> UUID:
        """The measurement's id."""
        made: UUID = self.row["id"]
        return made


def draft(
    request: MeasurementRequest,
    finding: Finding,
    *,
    instruments: Mapping[str, Instrument],
    caller: Caller,
    keyring: Keyring,
    now: datetime,
) -> Draft:
    """The row of a measurement. finding: without errors. The episode is its own until a first is found."""
    scored, made = finding.scored, new_id()
    if scored is None:
        raise ValueError("a measurement with faults has no row")
    row = {
        "id": made,
        "person": keyring.pseudonym(finding.nhs_number),
        "instrument": request.instrument,
        "edition": scored.edition,
        "occasion": request.occasion,
        "taken_on": request.taken_on,
        "episode": request.episode,
        "episode_id": made,
        "mode": request.mode,
        "icc": finding.icc,
        "practice": request.practice,
        "programme": request.programme,
        "sent_by": owner_of(caller),
        "client": caller.client,
        "score": scored.score,
        "metric": scored.metric,
        "band": scored.band,
        "band_set": scored.band_set,
        "reported_level": scored.reported_level,
        "value": scored.value,
        "unit": scored.unit,
        "target": scored.target,
        "given": dict(scored.given),
        "age_band": finding.age_band,
        "counted_place": finding.practice or finding.icc,
        "counted_month": Month.of(request.taken_on).first_day,
        "supersedes": None,
        "reason": None,
        "recorded_at": now,
    }
    return Draft(row, instruments[request.instrument], tuple(finding.warnings))
