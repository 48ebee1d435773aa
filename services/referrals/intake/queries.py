"""What was kept of an earlier request with the same message id or the same key."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from shared.auth.caller import Caller
from shared.crypto import Keyring
from shared.idempotency import read_kept

_BY_MESSAGE = """
    select m.referral_id, m.body_sha256, m.answer, case when r.duplicate_shown then r.possible_duplicate_of end as duplicate
      from referral_message m join referral r on r.id = m.referral_id
     where m.org = $1 and m.message_id = $2
"""
_DUPLICATE = "select case when duplicate_shown then possible_duplicate_of end from referral where id = $1"


@dataclass(frozen=True, slots=True)
class Kept:
    """The first answer under a key or message id.

    body_sha256: of the body it answered.   answer: the JSON bytes without the duplicate.   duplicate: what the sender
    was told then.
    """

    id: UUID
    body_sha256: bytes
    answer: bytes
    duplicate: UUID | None


async def kept_by_message(
    connection: "asyncpg.Connection[Any]", keyring: Keyring, *, org: str, message_id: str
) -> Kept | None:
    """The first answer to a message of an organisation."""
    row = await connection.fetchrow(_BY_MESSAGE, org, message_id)
    if row is None:
        return None
    made = UUID(str(row["referral_id"]))
    answer = keyring.decrypt_bytes(row["answer"], table="referral_message", column="answer", row=made)
    return Kept(made, row["body_sha256"], answer, row["duplicate"])


async def kept_by_key(
    connection: "asyncpg.Connection[Any]", keyring: Keyring, *, caller: Caller, route: str, key: str
) -> Kept | None:
    """The first answer to a client's key at a route."""
    kept = await read_kept(connection, keyring, caller=caller, route=route, key=key)
    if kept is None:
        return None
    made = UUID(orjson.loads(kept.body)["id"])
    duplicate = await connection.fetchval(_DUPLICATE, made)
    return Kept(made, kept.body_sha256, kept.body, duplicate)
