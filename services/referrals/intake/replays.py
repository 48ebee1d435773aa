"""A referral that is sent again: its sender gets the first answer, and the key it came with belongs to its body."""

from datetime import datetime
from uuid import UUID

from services.referrals.intake.answers import CREATED, receipt_headers, with_duplicate
from services.referrals.intake.deliveries import ROUTE, Delivery, Receipt
from services.referrals.intake.queries import Kept, kept_by_key, kept_by_message
from services.referrals.intake.statement import replay_statement
from shared.audit import audit_signer, audit_values
from shared.db.connections import Connection
from shared.idempotency import idempotency_values
from shared.idempotency.errors import BodyMismatch
from shared.idempotency.keys import digest_of
from shared.service.platform import Platform

EVENT = "referral.replayed"


async def replay(
    connection: Connection,
    platform: Platform,
    delivery: Delivery,
    *,
    message_id: str | None,
    person: str | None,
) -> Receipt | None:
    """The first answer under the message id or the key, audited; None when there is none, or no longer.

    person: the NHS number that was sent.   Raises BodyMismatch when either belongs to another body.
    """
    by_message = await _by_message(connection, platform, delivery, message_id)
    by_key = await _by_key(connection, platform, delivery)
    first = by_message or by_key
    if first is None:
        return None
    if any(kept and kept.body_sha256 != digest_of(delivery.body) for kept in (by_message, by_key)):
        raise BodyMismatch(
            "This key or message id was used with another body: a repeat is the same byte for byte."
        )
    values = audit_values(
        audit_signer(platform),
        caller=delivery.caller,
        event=EVENT,
        resource_type="referral",
        resource_id=first.id,
        person=person,
    )
    new_key = by_key is None and delivery.key is not None
    if new_key:
        values += key_values(platform, delivery, made=first.id, answer=first.answer, now=platform.clock())
    if await connection.fetchrow(replay_statement(with_key=new_key), *values) is None:
        return None  # meanwhile somebody took the key: with which body, another look tells
    return Receipt(first.id, with_duplicate(first.answer, first.duplicate), replayed=True)


def key_values(
    platform: Platform, delivery: Delivery, *, made: UUID, answer: bytes, now: datetime
) -> tuple[object, ...]:
    """The parameters that bind a delivery's key to its body and the answer about the referral it made."""
    return idempotency_values(
        platform.keyring,
        caller=delivery.caller,
        route=ROUTE,
        key=delivery.key or "",
        body=delivery.body,
        status=CREATED,
        headers=receipt_headers(made),
        answer=answer,
        now=now,
    )


async def _by_message(
    connection: Connection, platform: Platform, delivery: Delivery, message_id: str | None
) -> Kept | None:
    if message_id is None:
        return None
    return await kept_by_message(connection, platform.keyring, org=delivery.owner, message_id=message_id)


async def _by_key(connection: Connection, platform: Platform, delivery: Delivery) -> Kept | None:
    if delivery.key is None:
        return None
    return await kept_by_key(
        connection, platform.keyring, caller=delivery.caller, route=ROUTE, key=delivery.key
    )
