"""A referral that is sent again: its sender gets the first answer, and the key it came with belongs to its body."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from services.referrals.intake.answers import CREATED, Delivery, Receipt, completed, receipt_headers
from services.referrals.intake.statement import replay_statement
from services.referrals.records.rules import Sight, seen_from, visible
from services.referrals.records.scope import sight
from shared.audit import audit_values
from shared.crypto import Keyring
from shared.db.engine import Connection
from shared.idempotency.answers import KeyedRequest, key_values, read_kept
from shared.idempotency.keys import BodyMismatch
from shared.service.platform import Platform

EVENT = "referral.replayed"
_FOUND = """
    case when r.duplicate_shown then r.possible_duplicate_of end as duplicate,
    exists (select from referral_conflict c where c.referral_id = r.id and not c.found_later) as in_doubt,
    array(select c.other_id from referral_conflict c where c.referral_id = r.id and c.shown and not c.found_later order by c.other_id desc) as conflicts
"""
_SEEN = visible("r", **seen_from(1))
_BY_MESSAGE = f"""
    select m.referral_id, m.body_sha256, m.answer, {_SEEN} as seen, {_FOUND}
      from referral_message m join referral r on r.id = m.referral_id
     where m.org = $5 and m.message_id = $6
"""  # noqa: S608 -- as below
_FOUND_BESIDE = f"select {_SEEN} as seen, {_FOUND} from referral r where r.id = $5"  # noqa: S608 -- columns of this module


@dataclass(frozen=True, slots=True)
class First:
    """The first answer under a key or message id.

    digest: of the body it answered.   answer: the JSON bytes as kept.   found: what the statement found beside the
    referral then (see `completed`), and whether the caller may read it (`seen`).
    """

    id: UUID
    digest: bytes
    answer: bytes
    found: Mapping[str, Any]


async def replay(
    connection: Connection,
    platform: Platform,
    delivery: Delivery,
    *,
    person: str | None,
) -> Receipt | None:
    """The first answer under the message id or the key, audited; None when there is none, or no longer.

    person: the NHS number that was sent.   Raises BodyMismatch when either belongs to another body.
    """
    keyring, keyed = platform.keyring, delivery.keyed
    seen = sight(delivery.caller, registry=platform.registry, now=platform.clock())
    by_message = (
        None
        if delivery.message is None
        else await _by_message(connection, keyring, delivery.owner, delivery.message, seen=seen)
    )
    by_key = None if keyed is None else await _by_key(connection, keyring, keyed, seen=seen)
    first = by_message or by_key
    if first is None:
        return None
    if any(one is not None and one.digest != delivery.digest for one in (by_message, by_key)):
        location = receipt_headers(first.id)["Location"] if first.found["seen"] else None
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
    return Receipt(first.id, completed(first.answer, first.found), replayed=True)


def claimed(
    keyring: Keyring, keyed: KeyedRequest, *, made: UUID, answer: bytes, now: datetime
) -> tuple[object, ...]:
    """The parameters that bind a key to its body and to the answer about the referral it made."""
    headers = receipt_headers(made)
    return key_values(keyring, keyed, status=CREATED, headers=headers, body=answer, now=now)


async def _by_message(
    connection: Connection, keyring: Keyring, org: str, message: str, *, seen: Sight
) -> First | None:
    row = await connection.fetchrow(_BY_MESSAGE, *seen.values, org, message)
    if row is None:
        return None
    made = UUID(str(row["referral_id"]))
    answer = keyring.decrypt_bytes(row["answer"], table="referral_message", column="answer", row=made)
    return First(made, row["body_sha256"], answer, row)


async def _by_key(
    connection: Connection, keyring: Keyring, keyed: KeyedRequest, *, seen: Sight
) -> First | None:
    kept = await read_kept(connection, keyring, keyed)
    if kept is None:
        return None
    made = UUID(orjson.loads(kept.body)["id"])
    found = await connection.fetchrow(_FOUND_BESIDE, *seen.values, made)
    return None if found is None else First(made, kept.body_sha256, kept.body, found)
