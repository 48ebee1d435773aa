"""Exceptions of the driver, the pool and the network, read as problems: what is lost, what may be tried again."""

import asyncpg
import httpx
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.db.engine import UNCERTAIN
from shared.problems.catalogue import Internal, Unavailable
from shared.problems.problem import Problem

_BUSY = (
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
)
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.UndefinedTableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
)
_LOSSES = (*UNCERTAIN, PoolTimeoutError, httpx.TransportError)
# The driver calls a wrong argument an interface error too; a missing file is our own mistake, not a lost server.
_DEFECTS = (ValueError, FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
# 08 connection, 53 resources, 57 operator intervention, 58 system error: PostgreSQL, appendix A.
_AWAY_CLASSES = ("08", "53", "57", "58")


def problem_of(error: BaseException) -> Problem:
    """The problem that an exception means for the client; Internal when it is a defect."""
    if isinstance(error, Problem):
        return error
    for cause in _causes(error):
        if isinstance(cause, _BUSY):
            return Unavailable("The database is busy. Nothing was changed; try again.", retry_after=1)
        if _is_loss(cause):
            return Unavailable(
                "Something this service needs does not answer. Nothing was changed; try again."
            )
    return Internal("The service failed. The failure has been logged under this request_id.")


def _is_loss(error: BaseException) -> bool:
    if isinstance(error, asyncpg.PostgresError):
        state = str(getattr(error, "sqlstate", None) or "")
        return isinstance(error, _AWAY) or state.startswith(_AWAY_CLASSES)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, _LOSSES) and not isinstance(error, _DEFECTS)


def _causes(error: BaseException) -> list[BaseException]:
    """The exception with what it wraps: SQLAlchemy hides the driver's behind two layers, task groups behind one."""
    found: list[BaseException] = []
    queue: list[BaseException | None] = [error]
    while queue and len(found) < 10:  # noqa: PLR2004 -- a guard against cycles
        current = queue.pop(0)
        if current is None or current in found:
            continue
        found.append(current)
        queue.append(getattr(current, "orig", None) if isinstance(current, DBAPIError) else None)
        queue.append(current.__cause__)
        queue.extend(current.exceptions if isinstance(current, BaseExceptionGroup) else ())
    return found
