"""Claim a key in the request's own transaction, or replay what it brought the first time.

    stored = await replay_or_claim(session, caller=caller, route=route_of(request), key=key, body=raw)
    if stored is not None: return stored.as_response()
    … do the work, make the answer …
    await keep_answer(session, caller=caller, route=route_of(request), key=key, status=201, headers=…, body=…)

The claim is an insert that conflicts: a second request waits for the first's transaction, for at most two seconds. A
refused request rolls back, and its claim with it, so that a mended repetition may use the same key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from shared.auth.caller import Caller
from shared.crypto.keyring import Keyring
from shared.idempotency.errors import BodyMismatch, StillRunning
from shared.idempotency.hot import encrypted_body, kept_answer
from shared.idempotency.keys import digest_of
from shared.ids import new_id

KEYRING = "keyring"
"""Key of `session.info` under which the platform's keyring travels with each session."""

_REPLAYED_HEADERS = ("location", "etag", "content-type", "content-location", "link")
_LOCK_NOT_AVAILABLE = "55P03"

_CLAIM = text(
    "insert into idempotency (client, route, key, id, body_sha256) values (:client, :route, :key, :id, :digest) "
    "on conflict (client, route, key) do nothing returning true"
)
_READ = text(
    "select id, body_sha256, status, headers, body from idempotency "
    "where client = :client and route = :route and key = :key"
)
_KEEP = text(
    "update idempotency set status = :status, headers = cast(:headers as jsonb), body = :body "
    "where client = :client and route = :route and key = :key"
)
_ROW = text("select id from idempotency where client = :client and route = :route and key = :key")


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer that the first request with this key was given."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def as_response(self) -> Response:
        """The same answer again, marked `Idempotent-Replayed: true`."""
        return Response(
            self.body, status_code=self.status, headers={**self.headers, "Idempotent-Replayed": "true"}
        )


async def replay_or_claim(
    session: AsyncSession, *, caller: Caller, route: str, key: str, body: bytes
) -> StoredAnswer | None:
    """None when the key is claimed by this transaction; the first answer when the request repeats one.

    body: what identifies the request: its raw bytes, or a digest of a streamed file with whatever else it asked for.
    Raises BodyMismatch, or StillRunning after two seconds of waiting.
    """
    place = {"client": caller.client, "route": route, "key": key}
    connection = await session.connection()
    try:
        claimed = await connection.execute(_CLAIM, {**place, "id": new_id(), "digest": digest_of(body)})
    except DBAPIError as error:
        if _sqlstate(error) == _LOCK_NOT_AVAILABLE:
            raise StillRunning from None
        raise
    if claimed.first() is not None:
        return None
    row = (await connection.execute(_READ, place)).first()
    if row is None or row.status is None:
        raise StillRunning  # pruned between the two statements, or claimed twice within one transaction
    if bytes(row.body_sha256) != digest_of(body):
        raise BodyMismatch
    kept = kept_answer(_keyring(session), row.id, (row.body_sha256, row.status, row.headers, row.body))
    return StoredAnswer(kept.status, kept.headers, kept.body)


async def keep_answer(
    session: AsyncSession,
    *,
    caller: Caller,
    route: str,
    key: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
) -> None:
    """Keep the answer with the claim, in the transaction of the work it answers for. Some headers only are replayed."""
    place = {"client": caller.client, "route": route, "key": key}
    connection = await session.connection()
    row: Any = (await connection.execute(_ROW, place)).scalar_one()
    replayed = {name: value for name, value in headers.items() if name.lower() in _REPLAYED_HEADERS}
    await connection.execute(
        _KEEP,
        {
            **place,
            "status": status,
            "headers": orjson.dumps(replayed).decode(),
            "body": encrypted_body(_keyring(session), row, body),
        },
    )


def _keyring(session: AsyncSession) -> Keyring:
    keyring = session.info.get(KEYRING)
    if not isinstance(keyring, Keyring):
        raise RuntimeError("the session carries no keyring: open it through the platform's database")  # noqa: TRY004 -- a wiring fault
    return keyring


def _sqlstate(error: DBAPIError) -> str | None:
    """The driver's error code, which SQLAlchemy wraps in its own exception."""
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    return state if isinstance(state, str) else None
