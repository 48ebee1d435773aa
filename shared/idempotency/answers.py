"""Claim a key in the transaction of the work, keep the answer with it, or find what the key brought the first time.

The claim is an insert that conflicts: a second request waits for the first's transaction, for at most two seconds. A
refused request rolls back, and its claim with it, so that a mended repetition may use the same key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.auth.caller import Caller
from shared.crypto.keyring import Keyring
from shared.db.bare import Bare
from shared.db.engine import Connection
from shared.idempotency.keys import BodyMismatch, StillRunning, digest_of

KEY_COLUMNS: dict[str, str] = {
    "client": "text",
    "route": "text",
    "key": "text",
    "body_sha256": "bytea",
    "status": "integer",
    "headers": "jsonb",
    "body": "bytea",
    "created_at": "timestamptz",
}
"""The columns of a key and its answer with their types, in the order of `key_values`."""

ALIAS = "k1:"
"""How the alias of a key begins."""
REPLAYED_HEADERS = frozenset({"location", "etag", "content-type", "content-location", "link"})
_LOCK_NOT_AVAILABLE = "55P03"
_TABLE, _COLUMN = "idempotency", "body"
_KEPT = "select body_sha256, status, headers, body from idempotency"
_READ_BARE = f"{_KEPT} where client = $1 and route = $2 and key = $3"
_READ = text(f"{_KEPT} where client = :client and route = :route and key = :key")
_CLAIM = text(
    "insert into idempotency (client, route, key, body_sha256) values (:client, :route, :key, :digest) "
    "on conflict (client, route, key) do nothing returning true"
)
_KEEP = Bare(
    "update idempotency set status = :status, headers = cast(:headers as jsonb), body = :body "
    "where client = :client and route = :route and key = :key"
)
FORGET_KEYS = """
    delete from idempotency where (client, route, key) in (
        select client, route, key from idempotency
        where created_at < now() - make_interval(days => $1) order by created_at limit $2
        for update skip locked)
"""
"""For `prune_batch`: a kept answer is of use for as long as its client may still repeat the request."""

Rights = Mapping[str, Any]
"""What a caller may see, as JSON: an answer is given again to the same rights only."""


def rights_of(caller: Caller) -> Rights:
    """What an answer was given to: a caller with less does not get it again."""
    seen = None if caller.communities is None else sorted(caller.communities)
    return {"org": caller.org, "communities": seen, "scopes": sorted(caller.scopes)}


def digest_under_key(keyring: Keyring, asked: BaseModel) -> bytes:
    """The digest of a body that names a person, from which nobody finds the person by trying numbers."""
    return keyring.evidence("idempotency-body", digest_of(asked))


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """Whose key it is, at which route (the method and the concrete path), and what was asked.

    key: its alias, as `of` makes it; the key itself is nowhere kept, for it may hold anything.   digest: SHA-256 of what makes a repeat the same request.   rights: what its answer may depend on beside.
    """

    client: str
    route: str
    key: str
    digest: bytes
    rights: Rights | None = None

    @classmethod
    def of(
        cls,
        keyring: Keyring,
        caller: Caller,
        *,
        route: str,
        key: str,
        digest: bytes,
        rights: Rights | None = None,
    ) -> Self:
        """A caller's key. It belongs to the client within its organisation: a client with two has two."""
        alias = ALIAS + keyring.alias("idempotency", caller.client, caller.org or "", route, key)
        return cls(caller.client, route, alias, digest, rights)

    @property
    def place(self) -> dict[str, str]:
        """The primary key of the row."""
        return {"client": self.client, "route": self.route, "key": self.key}

    @property
    def row(self) -> UUID:
        """To what the kept answer's ciphertext is bound: the same for the same place."""
        return uuid5(NAMESPACE_URL, "\0".join(self.place.values()))


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given before. `body_sha256` is of the request, `body` is the answer's."""

    body_sha256: bytes
    status: int
    headers: dict[str, str]
    body: bytes
    rights: Rights | None = None

    @property
    def location(self) -> str | None:
        """Where what was made can be read."""
        return next((value for name, value in self.headers.items() if name.lower() == "location"), None)


def forget_clear_keys(table: str) -> str:
    """For `prune_batch`: the keys of a table that an earlier release kept as they were sent. No alias can be made of them."""
    return f"""
        delete from {table} where (client, route, key) in (
            select client, route, key from {table}
             where created_at > now() - make_interval(days => $1) and not starts_with(key, '{ALIAS}') limit $2)
    """  # noqa: S608 -- names of this code


async def claim_key(session: AsyncSession, keyring: Keyring, asked: KeyedRequest) -> Kept | None:
    """None when this transaction claims the key; the first answer when the request repeats one.

    Raises BodyMismatch, or StillRunning after two seconds of waiting.
    """
    connection = await session.connection()
    try:
        given = {**asked.place, "digest": asked.digest}
        claimed = (await connection.execute(_CLAIM, given)).first()
    except DBAPIError as error:
        if _sqlstate(error) == _LOCK_NOT_AVAILABLE:
            raise StillRunning from None
        raise
    if claimed is not None:
        return None
    row = (await connection.execute(_READ, asked.place)).mappings().first()
    if row is None or row["status"] is None:
        raise StillRunning  # pruned between the two statements, or claimed twice within one transaction
    kept = _opened(keyring, asked, row)
    if kept.body_sha256 != asked.digest:
        # An answer that was given to other rights may name what this caller does not see.
        raise BodyMismatch(location=kept.location if kept.rights == asked.rights else None)
    return kept


async def keep_answer(
    session: AsyncSession,
    keyring: Keyring,
    asked: KeyedRequest,
    *,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
) -> None:
    """Keep the answer with the claim, in the transaction of the work it answers for. Some headers only are replayed."""
    replayed = {name: value for name, value in headers.items() if name.lower() in REPLAYED_HEADERS}
    given = {
        **asked.place,
        "status": status,
        "headers": _told(replayed, asked),
        "body": _encrypted(keyring, asked, body),
    }
    await _KEEP.rows(session, given)


def key_values(
    keyring: Keyring,
    asked: KeyedRequest,
    *,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> tuple[object, ...]:
    """The values of KEY_COLUMNS, for a route that does its work in one statement.

    `insert … on conflict do nothing`: zero rows mean that the key is taken, and `read_kept` tells by what.
    """
    told = _told(headers, asked)
    sealed = _encrypted(keyring, asked, body)
    return (*asked.place.values(), asked.digest, status, told, sealed, now)


async def read_kept(connection: Connection, keyring: Keyring, asked: KeyedRequest) -> Kept | None:
    """What a key brought the first time, None when it is unknown. The digest is for the reader to compare."""
    row = await connection.fetchrow(_READ_BARE, *asked.place.values())
    return None if row is None or row["status"] is None else _opened(keyring, asked, row)


def _told(headers: Mapping[str, str], asked: KeyedRequest) -> str:
    """The column `headers`: those that are given again, and to which rights."""
    return orjson.dumps({"headers": dict(headers), "rights": asked.rights}).decode()


def _opened(keyring: Keyring, asked: KeyedRequest, row: Mapping[Any, Any]) -> Kept:
    told = row["headers"]
    kept = orjson.loads(told) if isinstance(told, str) else told
    place: dict[str, Any] = {"table": _TABLE, "column": _COLUMN, "row": asked.row}
    body = b"" if row["body"] is None else keyring.decrypt_bytes(bytes(row["body"]), **place)
    return Kept(bytes(row["body_sha256"]), row["status"], kept["headers"], body, kept["rights"])


def _encrypted(keyring: Keyring, asked: KeyedRequest, body: bytes) -> bytes:
    """An answer's body as it is stored: it may hold a person's data."""
    return keyring.encrypt(body, table=_TABLE, column=_COLUMN, row=asked.row)


def _sqlstate(error: DBAPIError) -> str | None:
    """The driver's error code, which SQLAlchemy wraps in its own exception."""
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    return state if isinstance(state, str) else None
