"""Receiving a referral: checked wholly, stored in one statement, answered; a repeat gets the first answer."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import orjson

from services.referrals.intake.answers import FIRST_VERSION, Delivery, Receipt, completed, delivery_of
from services.referrals.intake.drafts import Draft, draft, place, row_values
from services.referrals.intake.replays import claimed, replay
from services.referrals.intake.rules import Circumstances, Finding, claim_from, examine, without_shadowed
from services.referrals.intake.schemas import ReferralRequest, UnnamedRequest
from services.referrals.intake.statement import RECEIVED_TOPIC, intake_statement
from services.referrals.pathways.catalogue import catalogue
from services.referrals.records.destinations import named_icc
from services.referrals.records.encryption import encrypted_event
from services.referrals.records.scope import sight
from services.referrals.settings import Settings
from shared.audit import audit_values
from shared.auth.caller import Caller
from shared.db.engine import Connection
from shared.http.bodies import parse_json_body
from shared.idempotency.keys import KeyRequired, StillRunning
from shared.ids import new_id
from shared.months import london_day
from shared.problems import Invalid
from shared.service.acting import Act
from shared.service.platform import Platform
from shared.work.nudges import note_nudge

RequestT = TypeVar("RequestT", bound=UnnamedRequest)
# A key freed by a rolled-back first request is free for the next: the statement is tried once more, not for ever.
ATTEMPTS = 3
_CLAIM_TABLES = ("idempotency", "referral_message")


async def receive_referral(platform: Platform, body: bytes, *, caller: Caller, key: str | None) -> Receipt:
    """Take a referral in. Raises Invalid with every fault, KeyRequired, BodyMismatch, StillRunning."""
    now = platform.clock()
    request, finding = read_referral(platform, body, caller=caller, now=now, kind=ReferralRequest)
    if key is None and request.message_id is None:
        raise KeyRequired("Send an Idempotency-Key header or a message_id.")
    delivery = delivery_of(caller, request, key=key, keyring=platform.keyring)
    intake = prepared(platform, delivery, finding=finding, now=now)
    try:
        async with platform.database.connection() as connection:
            for _ in range(ATTEMPTS):
                receipt = await store(connection, intake)
                if receipt is not None:
                    return receipt
                first = await replay(
                    connection,
                    platform,
                    delivery,
                    person=finding.nhs_number,
                )
                if first is not None:
                    return first
    except asyncpg.LockNotAvailableError as waited:
        if not waited_for(waited, _CLAIM_TABLES):
            raise  # somebody holds the table: 503, as for every other busy database
    raise StillRunning


async def receive_within(act: Act, request: ReferralRequest) -> UUID:
    """Take a referral in within a transaction that does more: whoever is invited has a referral, or neither is kept. Raises Invalid."""
    platform = act.platform
    circumstances = _circumstances(platform, act.caller, now=act.now, on=london_day(request.referred_at))
    finding = examine(request.claim(), circumstances)
    if finding.errors:
        raise Invalid(errors=finding.errors)
    delivery = delivery_of(act.caller, request, key=None, keyring=platform.keyring)
    intake = prepared(platform, delivery, finding=finding, now=act.now)
    raw = await (await act.session.connection()).get_raw_connection()
    driver: Any = raw.driver_connection
    await driver.fetchrow(intake.statement, *intake.values)
    note_nudge(act.session, "facts")
    return intake.made.id


@dataclass(frozen=True, slots=True)
class Intake:
    """A referral about to be stored: the one statement that does it, and its parameters."""

    made: Draft
    statement: str
    values: tuple[object, ...]


def prepared(platform: Platform, delivery: Delivery, *, finding: Finding, now: datetime) -> Intake:
    """A referral that passed every check, ready to be stored, by whichever door it came."""
    made = _draft(platform, delivery, finding=finding, now=now)
    statement = intake_statement(
        with_message=delivery.message is not None,
        with_key=delivery.keyed is not None,
        with_number=finding.nhs_number is not None,  # two people may have been given one failing number
        with_local=made.row["local_index"] is not None,
        companion=None if delivery.companion is None else delivery.companion[0],
    )
    return Intake(made, statement, _values(platform, delivery, made=made, person=finding.nhs_number))


async def store(connection: Connection, intake: Intake) -> Receipt | None:
    """Store a referral. None, and nothing changed, when its key, message id or companion's ids are taken."""
    stored = await _store(connection, intake.statement, intake.values)
    if stored is None:
        return None
    return Receipt(intake.made.id, completed(intake.made.answer, stored), replayed=False)


async def _store(
    connection: Connection, statement: str, values: tuple[object, ...]
) -> "asyncpg.Record | None":
    """What the statement answers; None when the key or message id is taken."""
    try:
        return await connection.fetchrow(statement, *values)
    except asyncpg.UniqueViolationError:
        return None  # the key was taken by a request with another message id


def waited_for(waited: asyncpg.LockNotAvailableError, tables: Collection[str]) -> bool:
    """Whether the wait was for another request that claims the same in one of some tables: the server then names its index."""
    context = str(getattr(waited, "context", None) or "")
    return any(f'"{table}' in context or f"_{table}" in context for table in tables)


def read_referral(
    platform: Platform, body: bytes, *, caller: Caller, now: datetime, kind: type[RequestT]
) -> tuple[RequestT, Finding]:
    """The body as a referral and what the rules make of it. Raises Invalid with every fault of shape and of content.

    kind: of the door, which may take somebody who is not named.
    """
    try:
        request = parse_json_body(body, kind)
    except Invalid as refused:
        today = _circumstances(platform, caller, now=now, on=london_day(now))
        raise _with_rules(refused, body, today) from None
    circumstances = _circumstances(platform, caller, now=now, on=london_day(request.referred_at))
    finding = examine(request.claim(), circumstances)
    if finding.errors:
        raise Invalid(errors=finding.errors)
    return request, finding


def _with_rules(refused: Invalid, body: bytes, circumstances: Circumstances) -> Invalid:
    """A refusal for shape, joined by what the rules find in the parts that can be read."""
    document = orjson.loads(body)
    if not isinstance(document, dict):
        return refused
    finding = examine(claim_from(document), circumstances)
    return Invalid(errors=without_shadowed(finding.errors, shapes=refused.errors))


def _circumstances(platform: Platform, caller: Caller, *, now: datetime, on: date) -> Circumstances:
    settings = platform.settings_of(Settings)
    return Circumstances(
        now=now,
        org=caller.org,
        pathways=catalogue().pathways,
        name_icc=lambda name: named_icc(platform.registry, name, on=on),
        knows=platform.registry.knows_organisation,
        test_numbers_allowed=settings.environment != "production",
        trace_failing_numbers=settings.nhs_number_policy == "trace",
    )


def _draft(platform: Platform, delivery: Delivery, *, finding: Finding, now: datetime) -> Draft:
    request, registry = delivery.request, platform.registry
    return draft(
        request,
        finding,
        id=delivery.id,
        placement=place(request, finding, received_at=now, registry=registry, catalogue=catalogue()),
        received_at=now,
        sent_by=delivery.owner,
        keyring=platform.keyring,
    )


def _values(platform: Platform, delivery: Delivery, *, made: Draft, person: str | None) -> tuple[object, ...]:
    """The statement's parameters, in its order."""
    caller, keyring, now = delivery.caller, platform.keyring, made.row["received_at"]
    event_id = new_id()
    payload = encrypted_event(keyring, {"by_name": caller.name} if caller.name else {}, row=event_id)
    seen = sight(caller, registry=platform.registry, now=now)
    values = (
        *row_values(made.row),
        *(event_id, caller.client, caller.org, payload),
        *audit_values(
            platform.signer,
            caller=caller,
            event=RECEIVED_TOPIC,
            resource_type="referral",
            resource_id=made.id,
            version_after=FIRST_VERSION,
            person=person,
        ),
        *seen.values,
    )
    if delivery.companion is not None:
        values += delivery.companion[1]
    if delivery.message is not None:
        answer = keyring.encrypt(made.answer, table="referral_message", column="answer", row=made.id)
        values += (delivery.owner, delivery.message, made.id, delivery.digest, answer, now)
    if delivery.keyed is not None:
        values += claimed(keyring, delivery.keyed, made=made.id, answer=made.answer, now=now)
    return values
