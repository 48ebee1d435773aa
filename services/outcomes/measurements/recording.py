"""Recording a measurement: checked wholly, stored in one statement, answered; a repeat of the request gets the first answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from services.outcomes.errors import NoFirstMeasurement, SecondFirstMeasurement
from services.outcomes.instruments.changes import Reading
from services.outcomes.instruments.declarations import Instruments
from services.outcomes.measurements.answers import reading, receipt
from services.outcomes.measurements.drafts import Draft, draft
from services.outcomes.measurements.places import Desk, desk_of
from services.outcomes.measurements.rules import FIRST, examine, order_fault
from services.outcomes.measurements.schemas import MeasurementRequest
from services.outcomes.measurements.statement import RECORD_FIRST, RECORD_LATER, STANDING_FIRST, row_values
from services.outcomes.measurements.tables import MEASURED_TOPIC, ONE_FIRST, ONE_FIRST_IN_24_MONTHS
from shared.audit import audit_values, record_on
from shared.auth.caller import Caller
from shared.db.engine import Connection
from shared.http.answers import json_bytes
from shared.idempotency.answers import KeyedRequest, key_values, read_kept
from shared.idempotency.keys import BodyMismatch, StillRunning
from shared.problems import Forbidden, Invalid
from shared.service.platform import Platform

CREATED: Final = 201
ATTEMPTS: Final = 3
"""A key or a first that goes meanwhile is looked for again, not for ever."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a sender is answered: the 201's bytes, where the measurement is read, whether this repeats an earlier answer."""

    location: str
    body: bytes
    replayed: bool


def location_of(measurement: UUID) -> str:
    """Where a measurement is read."""
    return f"/v1/measurements/{measurement}"


def drafted(desk: Desk, request: MeasurementRequest) -> Draft:
    """A measurement without faults. Raises Invalid with every fault, Forbidden for a community of others."""
    finding = examine(request.claim(), desk.around)
    if finding.errors:
        raise Invalid(errors=finding.errors)
    if not desk.seen.may_record_at(finding.icc):
        raise Forbidden("The token does not cover this community.")
    return draft(
        request,
        finding,
        instruments=desk.instruments.by_key,
        caller=desk.caller,
        keyring=desk.platform.keyring,
        now=desk.now,
    )


async def record_measurement(
    platform: Platform,
    instruments: Instruments,
    request: MeasurementRequest,
    *,
    caller: Caller,
    keyed: KeyedRequest,
) -> Receipt:
    """Store a measurement, or answer again what its key brought the first time.

    Raises Invalid, Forbidden, NoFirstMeasurement, SecondFirstMeasurement, BodyMismatch, StillRunning.
    """
    now = platform.clock()
    made = drafted(desk_of(platform, instruments, caller, now=now), request)
    try:
        async with platform.database.connection() as connection:
            for _ in range(ATTEMPTS):
                receipt = await _store(connection, platform, made, keyed, caller=caller, now=now)
                receipt = receipt or await _replayed(connection, platform, keyed, caller=caller)
                if receipt is not None:
                    return receipt
    except asyncpg.LockNotAvailableError as waited:
        # Another request with this key, or with a first of this person, is under way.
        raise StillRunning from waited
    raise StillRunning


async def _store(
    connection: Connection,
    platform: Platform,
    made: Draft,
    keyed: KeyedRequest,
    *,
    caller: Caller,
    now: datetime,
) -> Receipt | None:
    """The receipt; None where the key is taken, or the first went meanwhile."""
    first: Reading | None = None
    first_id: UUID | None = None
    if made.row["occasion"] != FIRST:
        found = await connection.fetchrow(STANDING_FIRST, *_of_episode(made.row))
        if found is None:
            # A repeated request is answered as the first was, even where its episode has moved on.
            if (kept := await _replayed(connection, platform, keyed, caller=caller)) is not None:
                return kept
            raise NoFirstMeasurement
        if (fault := order_fault(made.row["taken_on"], found["taken_on"])) is not None:
            raise Invalid(errors=[fault])
        first, first_id = reading(found), found["id"]
        made.row["episode_id"] = found["episode_id"]
    body = json_bytes(receipt(made.instrument, made.row, first, warnings=made.warnings))
    location = location_of(made.id)
    values = (
        *row_values(made.row),
        *audit_values(
            platform.signer,
            caller=caller,
            event=MEASURED_TOPIC,
            resource_type="measurement",
            resource_id=made.id,
            person=made.row["person"],
        ),
        *key_values(
            platform.keyring, keyed, status=CREATED, headers={"location": location}, body=body, now=now
        ),
    )
    try:
        if first_id is None:
            stored = await connection.fetchval(RECORD_FIRST, *values)
        else:
            stored = await connection.fetchval(RECORD_LATER, *values, first_id)
    except (asyncpg.UniqueViolationError, asyncpg.ExclusionViolationError) as taken:
        if taken.constraint_name not in {ONE_FIRST, ONE_FIRST_IN_24_MONTHS}:
            raise
        raise SecondFirstMeasurement from None
    return Receipt(location, body, replayed=False) if stored else None


def _of_episode(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["person"], row["instrument"], row["episode"], row["taken_on"]


async def _replayed(
    connection: Connection, platform: Platform, keyed: KeyedRequest, *, caller: Caller
) -> Receipt | None:
    """The first answer under the key, recorded; None where there is none. Raises BodyMismatch, Forbidden."""
    kept = await read_kept(connection, platform.keyring, keyed)
    if kept is None:
        return None
    location = kept.location or ""
    if kept.body_sha256 != keyed.digest:
        raise BodyMismatch(location=location if kept.rights == keyed.rights else None)
    if kept.rights != keyed.rights:
        raise Forbidden(
            "The first request with this key had other rights. Read what it made, or use a new key."
        )
    await record_on(
        connection,
        platform.signer,
        caller=caller,
        event="answer.replayed",
        resource_type="measurement",
        resource_id=location.rpartition("/")[2],
    )
    return Receipt(location, kept.body, replayed=True)
