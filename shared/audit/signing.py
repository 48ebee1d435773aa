"""What makes a row evidence: a keyed hash over everything its writer said, made before the insert.

The canonical form is a JSON array of the columns in a fixed order, objects with sorted keys, so that the same bytes come
out of the values written and of the row read back. Floats are refused: the server may write them in other digits.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypedDict
from uuid import UUID

import orjson

from shared.auth.caller import EDGES, ROLES, Caller
from shared.crypto import Keyring
from shared.ids import new_id
from shared.telemetry.correlation import current_correlation

SIGNED_COLUMNS = (
    "id",
    "at",
    "event",
    "outcome",
    "code",
    "client",
    "client_name",
    "role",
    "org",
    "purpose",
    "peer",
    "request_id",
    "correlation_id",
    "resource_type",
    "resource_id",
    "version_before",
    "version_after",
    "person_key",
    "detail",
)
ROW_LABEL = "audit-row"
CHAIN_LABEL = "audit-chain"
PERSON_LABEL = "audit-person"
_ROLE_OF_SCOPES = {scopes: role for role, scopes in ROLES.items()} | dict.fromkeys(EDGES.values(), "service")
_OF_OPERATIONS = frozenset({"access", "audit", "facts", "work"})
"""What events are about that belong to nobody's care and to no figure."""

Detail = Mapping[str, object]


class About(TypedDict, total=False):
    """What an audit row may say beside its event and caller.

    outcome: success (default), refused, failed.   code: the problem's code.   person: an NHS number in clear, of which only a
    keyed hash is kept.   purpose: goes before what the token says (its claim) and the request (`X-Purpose`).   detail: JSON without floats and without
    personal data (filters, counts, keyed hashes of persons, file hashes).
    """

    outcome: str
    code: str | None
    resource_type: str | None
    resource_id: UUID | str | None
    purpose: str | None
    version_before: int | None
    version_after: int | None
    person: str | None
    detail: Detail


@dataclass(frozen=True, slots=True)
class AuditSigner:
    """What a service needs to write audit rows: its name, its keys, its clock (aware UTC)."""

    service: str
    keyring: Keyring
    clock: Callable[[], datetime]

    def mac(self, signed: Iterable[object]) -> bytes:
        """The row's MAC over its signed columns, in order; the service is part of it, so a row cannot change databases."""
        return self.keyring.evidence(ROW_LABEL, canonical_bytes((self.service, *signed)))

    def link(self, previous: bytes, seq: int, row_hash: bytes) -> bytes:
        """The chain's next head. Keyed: whoever can write the tables still cannot write a chain that holds."""
        return self.keyring.evidence(
            CHAIN_LABEL, b"%s|%d|" % (self.service.encode(), seq) + previous + row_hash
        )

    def person_key(self, person: str) -> bytes:
        """The keyed hash under which a person stands in the audit."""
        return self.keyring.evidence(PERSON_LABEL, person.encode())


def canonical_bytes(values: Sequence[object]) -> bytes:
    """The one spelling of a row's values that is hashed."""
    return orjson.dumps(values, default=_plain, option=orjson.OPT_SORT_KEYS)


def row_hash(values: Sequence[object]) -> bytes:
    """SHA-256 of a whole row: what was signed, then MAC, transaction id and the server's time."""
    return hashlib.sha256(canonical_bytes(values)).digest()


def signed_values(signer: AuditSigner, *, caller: Caller | None, event: str, about: About) -> tuple[Any, ...]:
    """The signed columns of a new row, in the order of SIGNED_COLUMNS."""
    trace = current_correlation()
    person, resource = about.get("person"), about.get("resource_id")
    return (
        new_id(),
        signer.clock().astimezone(UTC),
        event,
        about.get("outcome", "success"),
        about.get("code"),
        caller.client if caller else None,
        caller.name if caller else None,
        role_of(caller.scopes) if caller else None,
        caller.org if caller else None,
        about.get("purpose")
        or (caller and caller.purpose)
        or trace.purpose
        or purpose_of(signer.service, event),
        trace.peer,
        trace.request_id,
        trace.correlation_id,
        about.get("resource_type"),
        None if resource is None else str(resource),
        about.get("version_before"),
        about.get("version_after"),
        signer.person_key(person) if person else None,
        _without_floats(about.get("detail", {})),
    )


def purpose_of(service: str, event: str) -> str:
    """What something is for of which nobody said it: running the platform, care where people are known, else planning."""
    if event.partition(".")[0] in _OF_OPERATIONS:
        return "operations"
    return "direct-care" if service == "referrals" else "planning"


def role_of(scopes: frozenset[str]) -> str:
    """The role whose bundle a token carries, `other` when it carries another set of scopes."""
    return _ROLE_OF_SCOPES.get(scopes, "other")


def _plain(value: object) -> object:
    """What orjson does not write by itself: bytes, and the database driver's own kind of UUID."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"an audit row cannot hold a {type(value).__name__}")


def _without_floats(detail: Any) -> Any:
    if isinstance(detail, float):
        raise TypeError("an audit row cannot hold a float")
    if isinstance(detail, Mapping | list | tuple):
        for item in detail.values() if isinstance(detail, Mapping) else detail:
            if not isinstance(item, str):  # a list that was shown holds a hundred of them
                _without_floats(item)
    return detail
