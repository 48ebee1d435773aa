"""The audit row of a route that does all its work in one asyncpg statement."""

from typing import Unpack

import orjson

from shared.audit.signing import SIGNED_COLUMNS, About, AuditSigner, signed_values
from shared.auth.caller import Caller

AUDIT_COLUMNS = (*SIGNED_COLUMNS, "mac")
"""The columns a writer gives, in the order of `audit_values`; `txid` and `recorded_at` are the server's."""

_TYPES = {
    "id": "uuid",
    "at": "timestamptz",
    "version_before": "integer",
    "version_after": "integer",
    "person_key": "bytea",
    "detail": "jsonb",
    "mac": "bytea",
}
_DETAIL = SIGNED_COLUMNS.index("detail")


def audit_insert(*, first: int, source: str) -> str:
    """SQL that inserts one audit row for each row of `source`, for use in a `with`: `a as (insert into audit …)`.

    first: the number of the first of its len(AUDIT_COLUMNS) parameters.   source: a relation of at most one row, a name
    written in our code and never taken from a request.
    """
    values = ", ".join(
        f"${first + n}::{_TYPES.get(column, 'text')}" for n, column in enumerate(AUDIT_COLUMNS)
    )
    return f"insert into audit ({', '.join(AUDIT_COLUMNS)}) select {values} from {source}"  # noqa: S608 - names from code only


def audit_values(
    signer: AuditSigner, *, caller: Caller | None, event: str, **about: Unpack[About]
) -> tuple[object, ...]:
    """The parameters of `audit_insert`: what a row says, and its MAC."""
    values = signed_values(signer, caller=caller, event=event, about=about)
    detail = orjson.dumps(values[_DETAIL]).decode()
    return (*values[:_DETAIL], detail, *values[_DETAIL + 1 :], signer.mac(values))
