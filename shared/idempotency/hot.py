"""The same promise for a route that does its work in one statement: values to insert, and what was kept when none was.

    insert into idempotency (<IDEMPOTENCY_COLUMNS>) values (…) on conflict do nothing returning true

Zero rows mean that the key is taken: `read_kept` in a new statement, and BodyMismatch when its digest is another. A second
insert waits for the first's transaction; after two seconds asyncpg raises LockNotAvailableError: StillRunning.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from shared.auth.caller import Caller
from shared.crypto.keyring import Keyring
from shared.idempotency.keys import digest_of
from shared.ids import new_id

IDEMPOTENCY_COLUMNS = (
    "client",
    "route",
    "key",
    "id",
    "body_sha256",
    "status",
    "headers",
    "body",
    "created_at",
)
IDEMPOTENCY_TYPES = ("text", "text", "text", "uuid", "bytea", "integer", "jsonb", "bytea", "timestamptz")

_TABLE, _COLUMN = "idempotency", "body"
_READ = "select id, body_sha256, status, headers, body from idempotency where client = $1 and route = $2 and key = $3"


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given before. `body_sha256` is of the request, `body` is the answer's."""

    body_sha256: bytes
    status: int
    headers: dict[str, str]
    body: bytes


def idempotency_values(
    keyring: Keyring,
    *,
    caller: Caller,
    route: str,
    key: str,
    body: bytes,
    status: int,
    headers: dict[str, str],
    answer: bytes,
    now: datetime,
) -> tuple[Any, ...]:
    """The values of IDEMPOTENCY_COLUMNS. body: the request's raw bytes.   answer: the answer's."""
    row = new_id()
    return (
        caller.client,
        route,
        key,
        row,
        digest_of(body),
        status,
        orjson.dumps(headers).decode(),
        encrypted_body(keyring, row, answer),
        now,
    )


async def read_kept(
    connection: "asyncpg.Connection[Any]", keyring: Keyring, *, caller: Caller, route: str, key: str
) -> Kept | None:
    """What was kept under a key, None when nothing was."""
    row = await connection.fetchrow(_READ, caller.client, route, key)
    if row is None or row["status"] is None:
        return None
    return kept_answer(
        keyring, UUID(str(row["id"])), (row["body_sha256"], row["status"], row["headers"], row["body"])
    )


def kept_answer(keyring: Keyring, row: UUID, columns: tuple[bytes, int, Any, bytes | None]) -> Kept:
    """A row's columns (digest, status, headers, encrypted body) as the answer they hold."""
    digest, status, headers, encrypted = columns
    opened = orjson.loads(headers) if isinstance(headers, str) else headers
    body = (
        b""
        if encrypted is None
        else keyring.decrypt_bytes(bytes(encrypted), table=_TABLE, column=_COLUMN, row=row)
    )
    return Kept(bytes(digest), status, dict(opened or {}), body)


def encrypted_body(keyring: Keyring, row: UUID, answer: bytes) -> bytes:
    """An answer's body as it is stored: it may hold a person's data."""
    return keyring.encrypt(answer, table=_TABLE, column=_COLUMN, row=row)
