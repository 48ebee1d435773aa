"""Writing an audit row in the transaction of what it tells about: no change without its record, no record without it.

An ordinary write records through its session. A route of one bare statement carries the row's values itself.
"""

from typing import Any, Unpack

import asyncpg
import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.audit.signing import SIGNED_COLUMNS, About, AuditSigner, signed_values
from shared.audit.tables import AuditRow
from shared.auth.caller import Caller

SIGNER = "audit-signer"
"""Under this key a database's sessions carry the service's signer in `info`."""
AUDIT_COLUMNS = (*SIGNED_COLUMNS, "mac")
"""The columns a writer gives, in the order of `audit_values`; `txid` and `recorded_at` are the server's."""

_RECORDED = "audit-recorded"
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
_NAME = "audit_"
_NAMED = ", ".join(f"cast(:{_NAME}{column} as {_TYPES.get(column, 'text')})" for column in AUDIT_COLUMNS)
AUDIT_INSERT = f"insert into audit ({', '.join(AUDIT_COLUMNS)}) values ({_NAMED})"  # noqa: S608 -- names from code only
"""SQL of one audit row for a statement of a session that writes more; `recorded_beside` gives its parameters."""


def record(session: AsyncSession, *, caller: Caller | None, event: str, **about: Unpack[About]) -> None:
    """Add an audit row to the session's transaction.

    event: `resource.verb`, as in the event log ("referral.triaged", "feed.read").   caller: None for the platform itself.
    """
    signer = _signer_of(session)
    values = signed_values(signer, caller=caller, event=event, about=about)
    session.add(AuditRow(**dict(zip(SIGNED_COLUMNS, values, strict=True)), mac=signer.mac(values)))
    session.info[_RECORDED] = True


def recorded_beside(
    session: AsyncSession, *, caller: Caller | None, event: str, **about: Unpack[About]
) -> dict[str, object]:
    """The parameters of AUDIT_INSERT, for a statement that writes the audit row beside more. It must run in this session."""
    values = audit_values(_signer_of(session), caller=caller, event=event, **about)
    session.info[_RECORDED] = True
    return {f"{_NAME}{column}": value for column, value in zip(AUDIT_COLUMNS, values, strict=True)}


def _signer_of(session: AsyncSession) -> AuditSigner:
    signer = session.info.get(SIGNER)
    if not isinstance(signer, AuditSigner):
        raise RuntimeError("the session carries no audit signer: open it through the platform's database")  # noqa: TRY004 -- a wiring fault
    return signer


def is_recorded(session: AsyncSession) -> bool:
    """Whether this session's transaction has an audit row."""
    return _RECORDED in session.info


def audit_insert(*, first: int, source: str) -> str:
    """SQL that inserts one audit row for each row of `source`, for use in a `with`: `a as (insert into audit …)`.

    first: the number of the first of its len(AUDIT_COLUMNS) parameters.   source: a relation of at most one row, a name
    written in our code and never taken from a request.
    """
    values = ", ".join(
        f"${first + n}::{_TYPES.get(column, 'text')}" for n, column in enumerate(AUDIT_COLUMNS)
    )
    return f"insert into audit ({', '.join(AUDIT_COLUMNS)}) select {values} from {source}"  # noqa: S608 - names from code only


def audit_insert_many() -> str:
    """SQL that inserts one audit row for each place in its len(AUDIT_COLUMNS) parameters, a list for each column."""
    lists = ", ".join(
        f"${n}::{_TYPES.get(column, 'text')}[]" for n, column in enumerate(AUDIT_COLUMNS, start=1)
    )
    return f"insert into audit ({', '.join(AUDIT_COLUMNS)}) select * from unnest({lists})"  # noqa: S608 - names from code only


async def record_on(
    connection: "asyncpg.Connection[Any]",
    signer: AuditSigner,
    *,
    caller: Caller | None,
    event: str,
    **about: Unpack[About],
) -> None:
    """Write an audit row on a bare connection, at once where it is in no transaction."""
    await connection.execute(_INSERT_ONE, *audit_values(signer, caller=caller, event=event, **about))


def audit_values(
    signer: AuditSigner, *, caller: Caller | None, event: str, **about: Unpack[About]
) -> tuple[object, ...]:
    """The parameters of `audit_insert`: what a row says, and its MAC."""
    values = signed_values(signer, caller=caller, event=event, about=about)
    detail = orjson.dumps(values[_DETAIL]).decode()
    return (*values[:_DETAIL], detail, *values[_DETAIL + 1 :], signer.mac(values))


_INSERT_ONE = audit_insert(first=1, source="(values (1)) as one")
