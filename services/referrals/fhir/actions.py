"""Working on messages: each claims its two ids, then does what `POST /v1/referrals` does, in one transaction."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy.exc import DBAPIError

from services.referrals.deliveries.actions import reply_to_answer
from services.referrals.deliveries.schemas import DeliveryAnswer, DeliveryList
from services.referrals.errors import AlreadyProcessed, LocalDataNewer, TooEarly
from services.referrals.fhir.answers import reply_bundle, taken_bundle
from services.referrals.fhir.changes import cancel_request, update_request
from services.referrals.fhir.commands import command_of
from services.referrals.fhir.headers import MessageIds
from services.referrals.fhir.queries import (
    COLUMNS,
    MESSAGE_ROW,
    answer_told,
    claimed,
    claimed_in,
    deliveries_of,
    first_of,
    use_cases_of,
)
from services.referrals.fhir.reading import (
    Message,
    Reply,
    read_bundle,
    read_header,
    read_reply,
    read_request,
)
from services.referrals.fhir.rules import RESPONSE, VALIDATION, UseCase, is_uuid
from services.referrals.fhir.tables import FhirMessage
from services.referrals.fhir.use_cases import offered_use_cases
from services.referrals.intake.actions import prepared, read_referral, store, waited_for
from services.referrals.intake.answers import FIRST_VERSION, Delivery
from services.referrals.intake.rules import Finding
from services.referrals.intake.schemas import ReferralRequest, UnnamedRequest
from services.referrals.records.actions import search_referrals, see_referral
from services.referrals.records.answers import answer_to_act
from services.referrals.records.events import was_read
from services.referrals.records.schemas import PersonSearch, ReferralAnswer
from services.referrals.records.scope import owner_of
from services.referrals.settings import Settings
from shared.auth.caller import Caller
from shared.idempotency.keys import digest_of
from shared.ids import new_id
from shared.problems import BadRequest, Conflict, FieldError, Forbidden, Invalid, NotFound, Problem
from shared.service.acting import Act
from shared.service.paging import Page, Pager
from shared.service.platform import Platform

TABLE = str(FhirMessage.__tablename__)
_REFUSALS = (BadRequest, NotFound, Conflict, Invalid)


async def process_message(
    platform: Platform, raw: bytes, *, caller: Caller, ids: MessageIds
) -> dict[str, Any]:
    """Do what a message asks for, and give its stored view. A retry is AlreadyProcessed, TooEarly, or refused as it was first.

    Raises BadRequest, NotFound, Conflict or Invalid for what the standard refuses: of such a message nothing is kept but its
    ids and that answer.
    """
    now = platform.clock()
    if caller.org is None:
        raise Forbidden(
            "A message belongs to the token's organisation, and the token names none.",
            code="requester.mismatch",
        )
    row = _row(platform, raw, caller=caller, ids=ids, now=now)
    try:
        message = _read(platform, raw)
        row |= _kept(platform, message, row=row, raw=raw, ids=ids)
        if isinstance(message, Reply):
            await _settle(platform, message, row, caller=caller, now=now)
            return reply_bundle(message, now=now)
        if message.act == "new":
            made = await _take(platform, message, row, caller=caller, now=now)
        else:
            made = await _change(platform, message, row, caller=caller, now=now)
    except _REFUSALS as refused:
        if isinstance(refused, AlreadyProcessed):
            raise
        raise await _refused(platform, row, refused) from None
    return taken_bundle(message, made.id, version=made.version, now=now)


@dataclass(frozen=True, slots=True)
class Made:
    """The referral that a message led to, and its version then."""

    id: UUID
    version: int


def _read(platform: Platform, raw: bytes) -> Message | Reply:
    settings = platform.settings_of(Settings)
    bundle = read_bundle(raw)
    header = read_header(bundle, services=settings.own_services)
    if header.event_coding is not None and header.event_coding.code == RESPONSE:
        return read_reply(bundle, header)
    return read_request(bundle, header, offered_use_cases(settings.bars_test_use_cases))


async def read_service_request(act: Act, referral_id: UUID) -> tuple[ReferralAnswer, UseCase | None]:
    """A referral by its id, and the use case by which it came in. Raises NotFound."""
    referral = await see_referral(act, referral_id)
    await was_read(act, "referral.read", referral)
    return await answer_to_act(act, referral), (await _use_cases(act, [referral.id])).get(referral.id)


async def find_service_requests(
    act: Act, search: PersonSearch, *, paging: Pager
) -> tuple[Page[ReferralAnswer], Mapping[UUID, UseCase]]:
    """A page of one person's referrals, and the use cases by which they came in. Raises Forbidden, BadRequest."""
    try:
        page = await search_referrals(act, search, paging=paging)
    except Invalid as invalid:
        faults = [FieldError(one.code, "", one.detail) for one in invalid.errors]
        raise BadRequest(invalid.detail, code=invalid.code, errors=faults) from None
    return page, await _use_cases(act, [one.id for one in page.items])


async def list_deliveries(act: Act, referral_id: UUID) -> DeliveryList:
    """The answers to the sender of a referral. Raises NotFound."""
    referral = await see_referral(act, referral_id)
    await was_read(act, "deliveries.read", referral)
    return DeliveryList(
        items=[
            DeliveryAnswer(
                **one.model_dump(include=set(DeliveryAnswer.model_fields)),
                paused_until=until if one.status == "sent" else None,
            )
            for one, until in await deliveries_of(act, referral.id)
        ]
    )


async def _use_cases(act: Act, referrals: list[UUID]) -> Mapping[UUID, UseCase]:
    offered = offered_use_cases(act.platform.settings_of(Settings).bars_test_use_cases)
    by_code = {one.code: one for one in offered.values()}
    came = await use_cases_of(act, referrals)
    return {one: by_code[code] for one, code in came.items() if code in by_code}


def _understood(
    platform: Platform, message: Message, *, caller: Caller, now: datetime
) -> tuple[UnnamedRequest, Finding]:
    """What a message asks for, as JSON would have asked, and what the rules make of it. Raises BadRequest."""
    command = command_of(message, org=caller.org or "")
    kind = UnnamedRequest if message.use_case.category == VALIDATION else ReferralRequest
    try:
        return read_referral(platform, orjson.dumps(command.members), caller=caller, now=now, kind=kind)
    except (Invalid, BadRequest) as invalid:
        raise command.refusal(invalid) from None


def _row(platform: Platform, raw: bytes, *, caller: Caller, ids: MessageIds, now: datetime) -> dict[str, Any]:
    """A message's row, as far as its ids go."""
    return {
        **dict.fromkeys(FhirMessage.model_fields),
        "id": new_id(),
        "org": owner_of(caller),
        "request_id": ids.request_id,
        "correlation_id": ids.correlation_id,
        "received_at": now,
        "body_key": platform.keyring.evidence("fhir-message", digest_of(raw)),
    }


async def _take(
    platform: Platform, message: Message, row: dict[str, Any], *, caller: Caller, now: datetime
) -> Made:
    """Store the message and the referral that it makes, both or neither: in the one statement of every referral."""
    request, finding = _understood(platform, message, caller=caller, now=now)
    row["referral_id"] = new_id()
    companion = (MESSAGE_ROW, tuple(row[name] for name in COLUMNS))
    delivery = Delivery(row["referral_id"], caller, request, companion=companion)
    intake = prepared(platform, delivery, finding=finding, now=now)
    async with platform.database.connection() as connection:
        with _too_early():
            stored = await store(connection, intake)
        if stored is None:
            raise await _of_first(platform, connection, row)
    return Made(delivery.id, FIRST_VERSION)


async def _change(
    platform: Platform, message: Message, row: dict[str, Any], *, caller: Caller, now: datetime
) -> Made:
    """Store the message and what it changes of a referral, both or neither. Raises NotFound, Forbidden, Conflict."""
    referral_id = row["referral_id"] = UUID(message.request.resource.id or "")
    understood = None if message.act == "cancel" else _understood(platform, message, caller=caller, now=now)
    async with platform.transaction() as session:
        act = Act(caller, session, platform, now)
        free = await _claim_in(act, row)
        version = FIRST_VERSION
        if free:
            version = await _changed(act, message, understood, row=row)
    if not free:
        async with platform.database.connection() as connection:
            raise await _of_first(platform, connection, row)
    return Made(referral_id, version)


async def _settle(
    platform: Platform, reply: Reply, row: dict[str, Any], *, caller: Caller, now: datetime
) -> None:
    """Store a response and what it says of an answer of ours, both or neither. Raises NotFound where it is to none."""
    async with platform.transaction() as session:
        act = Act(caller, session, platform, now)
        delivery = (
            await answer_told(act, UUID(reply.answers), org=row["org"]) if is_uuid(reply.answers) else None
        )
        if delivery is None:
            raise NotFound("The message that this answers is not one of ours.")
        row["referral_id"] = delivery.referral_id
        free = await _claim_in(act, row)
        if free:
            await reply_to_answer(act, delivery.id, code=reply.code)
    if not free:
        async with platform.database.connection() as connection:
            raise await _of_first(platform, connection, row)


async def _changed(
    act: Act, message: Message, understood: tuple[UnnamedRequest, Finding] | None, *, row: Mapping[str, Any]
) -> int:
    try:
        if understood is None:
            in_error = message.request.resource.status == "entered-in-error"
            return await cancel_request(act, row["referral_id"], in_error=in_error)
        asked, finding = understood
        return await update_request(
            act, row["referral_id"], asked, finding, sent_at=row["sent_at"], message_id=row["id"]
        )
    except Conflict as ended:
        # The standard knows one conflict: what is here is newer than what the sender knows.
        raise LocalDataNewer(ended.detail) from None


async def _claim_in(act: Act, row: Mapping[str, Any]) -> bool:
    try:
        return await claimed_in(act, row)
    except DBAPIError as failed:
        waited = getattr(failed.orig, "__cause__", None)
        if isinstance(waited, asyncpg.LockNotAvailableError) and waited_for(waited, (TABLE,)):
            raise TooEarly from None
        raise


def _kept(
    platform: Platform, message: Message | Reply, *, row: Mapping[str, Any], raw: bytes, ids: MessageIds
) -> dict[str, Any]:
    """What is kept of a message that is taken."""
    header = message.header
    head = {
        "headers": dict(ids.sent),
        "source": header.source and header.source.endpoint,
        "destination": [one.endpoint for one in header.destination],
    }

    def sealed(column: str, content: bytes) -> bytes:
        return platform.keyring.encrypt(content, table=TABLE, column=column, row=row["id"])

    return {
        "act": message.act,
        "bundle_id": UUID(message.bundle.id),
        "use_case": message.use_case and message.use_case.code,
        "sent_at": message.bundle.sent_at,
        "raw": sealed("raw", raw),
        "head": sealed("head", orjson.dumps(head)),
    }


@contextmanager
def _too_early() -> Iterator[None]:
    """Tell a sender whose first attempt is still running that it is; a table that somebody holds is a busy database."""
    try:
        yield
    except asyncpg.LockNotAvailableError as waited:
        if not waited_for(waited, (TABLE,)):
            raise
        raise TooEarly from None


async def _refused(platform: Platform, row: dict[str, Any], refused: Problem) -> Problem:
    """The answer to a message that is refused: what its first attempt was told, where it is a retry."""
    told = {
        "status": refused.status,
        "code": refused.code,
        "detail": refused.detail,
        "errors": [error.to_json() for error in refused.errors],
    }
    row |= dict.fromkeys(("act", "referral_id", "bundle_id", "use_case", "sent_at", "raw", "head"))
    row["failure"] = platform.keyring.encrypt(
        orjson.dumps(told), table=TABLE, column="failure", row=row["id"]
    )
    async with platform.database.connection() as connection:
        with _too_early():
            free = await claimed(connection, row)
        if free:
            return refused
        return await _of_first(platform, connection, row)


async def _of_first(platform: Platform, connection: Any, row: Mapping[str, Any]) -> Problem:
    """What a retry is told."""
    first = await first_of(connection, row)
    if first is None:
        return TooEarly()
    if first["act"] is not None:
        return AlreadyProcessed()
    told = orjson.loads(
        platform.keyring.decrypt_bytes(first["failure"], table=TABLE, column="failure", row=first["id"])
    )
    kind = next(one for one in _REFUSALS if one.status == told["status"])
    return kind(told["detail"], code=told["code"], errors=[FieldError(**error) for error in told["errors"]])
