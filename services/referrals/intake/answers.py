"""One arrival of a referral, and the 201 as its sender gets it, now or when it is sent again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

import orjson

from services.referrals.intake.messages import message_alias
from services.referrals.intake.rules import IDENTITY_TRACING
from services.referrals.intake.schemas import UnnamedRequest
from services.referrals.intake.statement import Companion
from services.referrals.records.scope import owner_of
from services.referrals.records.states import RECEIVED
from shared.auth.caller import Caller
from shared.crypto import Keyring
from shared.http.versions import etag
from shared.idempotency.answers import KeyedRequest
from shared.idempotency.keys import digest_of
from shared.ids import new_id
from shared.problems import FieldError

ROUTE = "POST /v1/referrals"
CREATED = 201
FIRST_VERSION = 1


@dataclass(frozen=True, slots=True)
class Delivery:
    """One arrival of a referral: who sent what, as which message, under which key.

    id: of the referral that it makes.   message: the alias of its message id.   keyed: its key as it is kept.   digest: of what
    the body says, where there is one of them; a repeat has the same one.   companion: a row that is stored with it, and its values.
    """

    id: UUID
    caller: Caller
    request: UnnamedRequest
    message: str | None = None
    keyed: KeyedRequest | None = None
    digest: bytes = b""
    companion: tuple[Companion, tuple[object, ...]] | None = None

    @property
    def owner(self) -> str:
        """Whose referral it is: the token's organisation, or the client where the token names none."""
        return owner_of(self.caller)


def delivery_of(caller: Caller, request: UnnamedRequest, *, key: str | None, keyring: Keyring) -> Delivery:
    """An arrival with what is kept of its key and its message id, which may hold anything: their aliases."""
    digest = digest_of(request)
    named = request.message_id
    return Delivery(
        new_id(),
        caller,
        request,
        message=None if named is None else message_alias(keyring, owner_of(caller), named),
        keyed=None if key is None else KeyedRequest.of(keyring, caller, route=ROUTE, key=key, digest=digest),
        digest=digest,
    )


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a sender is answered: the 201's bytes, the referral's id, and whether this repeats an earlier answer."""

    id: UUID
    body: bytes
    replayed: bool


def receipt_headers(id: UUID) -> dict[str, str]:  # noqa: A002 - the referral's own
    """Where the referral is read, and its version."""
    return {"Location": f"/v1/referrals/{id}", "ETag": etag(FIRST_VERSION)}


def receipt_body(row: Mapping[str, Any], *, warnings: Collection[FieldError] = ()) -> bytes:
    """What a sender is told of a new referral: JSON, without what only the statement finds out."""
    return orjson.dumps(
        {
            "id": row["id"],
            "status": RECEIVED,
            "icc": row["icc"],
            "team": row["team"],
            "pathway": row["pathway"],
            "priority": row["priority"],
            "identity": row["identity"],
            "due": {
                "triage_by": row["triage_by"].astimezone(UTC),
                "start_by": row["start_by"].astimezone(UTC),
            },
            "case_id": None,
            "version": FIRST_VERSION,
            "referred_at": row["referred_at"].astimezone(UTC),
            "received_at": row["received_at"].astimezone(UTC),
            "warnings": [warning.to_json() for warning in warnings],
        },
        option=orjson.OPT_UTC_Z,
    )


def completed(answer: bytes, found: Mapping[str, Any]) -> bytes:
    """The answer with what was found beside the referral, as far as its sender may know.

    found: `duplicate`, the possible duplicate or None; `in_doubt`, whether other referrals under the NHS number are of
    somebody else; `conflicts`, those of them that the sender may read.
    """
    duplicate, conflicts = found["duplicate"], found["conflicts"]
    if duplicate is None and not found["in_doubt"]:
        return answer
    document = orjson.loads(answer)
    if found["in_doubt"]:
        document["identity"] = IDENTITY_TRACING
    if conflicts:
        document["identity_conflict_with"] = conflicts
    if duplicate is not None:
        document["possible_duplicate_of"] = duplicate
    return orjson.dumps(document, default=str)
