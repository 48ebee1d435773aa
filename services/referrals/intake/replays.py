"""A referral that is sent again: its sender gets the first answer, and the key it came with belongs to its body."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from services.referrals.intake.answers import CREATED, Delivery, Receipt, receipt_headers, with_duplicate
from services.referrals.intake.statement import replay_statement
from shared.audit import audit_values
from shared.crypto import Keyring
from shared.db.engine import Connection
from shared.idempotency.answers import KeyedRequest, key_values, read_kept
from shared.idempotency.keys import BodyMismatch
from shared.service.platform import Platform

EVENT = "referral.replayed"
_BY_MESSAGE = """
    select m.referral_id, m.body_sha256, m.answer, case when r.duplicate_shown then r.possible_duplicate_of end as duplicate
      from referral_message m join referral r on r.id = m.referral_id
     where m.org = $1 and m.message_id = $2
"""
_DUPLICATE = "select case when duplicate_shown then possible_duplicate_of end from referral where id = $1"


@dataclass(frozen=True, slots=True)
class First:
    """The first answer under a key or message id.

    digest: of the body it answered.   answer: the JSON bytes without the duplicate.   duplicate: what the sender was
    told then.
    """

    id: UUID
    digest: bytes
    answer: bytes
    duplicate: UUID | None


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
    keyring, keyed = platform.keyring, delivery.keyed
    by_message = (
        None if message_id is None else await _by_message(connection, keyring, delivery.owner, message_id)
    )
    by_key = None if keyed is None else await _by_key(connection, keyring, keyed)
    first = by_message or by_key
    if first is None:
        return None
    if any(one is not None and one.digest != delivery.digest for one in (by_message, by_key)):
        location = receipt_headers(first.id)["Location"]
        raise BodyMismatch("This key or message id was used with another body.", location=location)
    values = audit_values(
        platform.signer,
        caller=delivery.caller,
        event=EVENT,
        resource_type="referral",
        resource_id=first.id,
        person=person,
    )
    new_key = keyed if by_key is None else None
    if new_key is not None:
        values += claimed(keyring, new_key, made=first.id, answer=first.answer, now=platform.clock())
    if await connection.fetchrow(replay_statement(with_key=new_key is not None), *values) is None:
        return None  # meanwhile somebody took the key: with which body, another look tells
    return Receipt(first.id, with_duplicate(first.answer, first.duplicate), replayed=True)


def claimed(
    keyring: Keyring, keyed: KeyedRequest, *, made: UUID, answer: bytes, now: datetime
) -> tuple[object, ...]:
    """The parameters that bind a key to its body and to the answer about the referral it made."""
    headers = receipt_headers(made)
    return key_values(keyring, keyed, status=CREATED, headers=headers, body=answer, now=now)


async def _by_message(connection: Connection, keyring: Keyring, org: str, message_id: str) -> First | None:
    row = await connection.fetchrow(_BY_MESSAGE, org, message_id)
    if row is None:
        return None
    made = UUID(str(row["referral_id"]))
    answer = keyring.decrypt_bytes(row["answer"], table="referral_message", column="answer", row=made)
    return First(made, row["body_sha256"], answer, row["duplicate"])


async def _by_key(connection: Connection, keyring: Keyring, keyed: KeyedRequest) -> First | None:
    kept = await read_kept(connection, keyring, keyed)
    if kept is None:
        return None
    made = UUID(orjson.loads(kept.body)["id"])
    duplicate = await connection.fetchval(_DUPLICATE, made)
    return First(made, kept.body_sha256, kept.body, duplicate)
