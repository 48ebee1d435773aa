"""How an exception becomes an answer: which problem it means, and how a refusal gets into the audit."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from shared.audit.recording import record_on
from shared.auth.caller import caller_of
from shared.db.engine import DATABASE_LOSSES, UNCERTAIN
from shared.http.answers import ProblemRenderer, answer_problem
from shared.http.matching import route_template
from shared.http.validation import parameter_problem
from shared.problems import (
    BadRequest,
    Conflict,
    Forbidden,
    Internal,
    Invalid,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from shared.service.guard import FirstAnswer
from shared.service.platform import Platform

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


_OPERATIONS = ("/v1/operations", "/v1/audit", "/metrics")


async def record_refusal(platform: Platform, request: Request, problem: Problem) -> None:
    """Record that a request was refused. Never raises for a lost database: nothing was given away, and a log line tells.

    The route's template stands in the row, never the path or the query; an id in the path only when it is a UUID. Of faults
    their codes stand there: a pointer may hold what the sender wrote.
    """
    template = route_template(request.scope)
    faults = sorted({error.code for error in problem.errors})
    try:
        async with platform.database.connection() as connection:
            await record_on(
                connection,
                platform.signer,
                caller=caller_of(request.scope),
                event="request.refused",
                outcome="refused",
                code=problem.code,
                resource_type=template,
                resource_id=_resource_id(request.path_params),
                purpose="operations" if template.startswith(_OPERATIONS) else None,
                detail={"method": request.method, "status": problem.status}
                | ({"faults": faults} if faults else {}),
            )
    except DATABASE_LOSSES as lost:
        structlog.get_logger(__name__).error(
            "audit.refusal_unwritten", code=problem.code, error=type(lost).__name__
        )


def _resource_id(path_params: dict[str, Any]) -> str | None:
    for value in path_params.values():
        try:
            return str(UUID(str(value)))
        except ValueError:
            continue
    return None


log = structlog.get_logger()

AUDIT_SECONDS = 1.0
_READING = frozenset({"GET", "HEAD"})
_REFUSED_CHANGES = frozenset(
    {
        BadRequest.status,
        Conflict.status,
        PreconditionFailed.status,
        Invalid.status,
        PreconditionRequired.status,
    }
)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

_BY_STATUS: Mapping[int, type[Problem]] = {
    problem.status: problem
    for problem in (
        Unauthenticated,
        Forbidden,
        NotFound,
        NotAcceptable,
        TooLarge,
        UnsupportedMediaType,
        Invalid,
        Unavailable,
    )
}


def install_handlers(app: FastAPI, renderers: Mapping[str, ProblemRenderer] | None = None) -> None:
    """Answer every problem as problem+json, or as the renderer of the address's prefix would have it."""
    app.state.problem_renderers = dict(renderers or {})
    app.add_exception_handler(FirstAnswer, _on_first_answer)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)


async def _on_first_answer(_: Request, repeated: Exception) -> Response:
    assert isinstance(repeated, FirstAnswer)  # noqa: S101 -- the handler is registered for nothing else
    return repeated.answer


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 -- the handler is registered for nothing else
    await note_refusal(request, error)
    return answer_problem(request.scope, error)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    """The framework's own refusals: no route, no such method, a form it cannot read. Their text is not passed on."""
    assert isinstance(error, HTTPException)  # noqa: S101 -- as above
    if error.status_code == MethodNotAllowed.status:
        problem: Problem = MethodNotAllowed(headers={"Allow": ", ".join(allowed_methods(request))})
    else:
        problem = _BY_STATUS.get(error.status_code, BadRequest)()
    return await _on_problem(request, problem)


async def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- as above
    return await _on_problem(request, parameter_problem(error.errors()))


def allowed_methods(request: Request) -> list[str]:
    """Every method that some route has for the request's path; a GET can be asked by HEAD too."""
    methods = {
        method
        for method in _METHODS
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    }
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))


def _is_refusal(request: Request, problem: Problem) -> bool:
    """Whether an auditor wants to know: no or not enough rights, a named object that is hidden or not there, and whatever a
    known caller was refused of a change or, where people are known, of a read.
    """
    if problem.status in {Unauthenticated.status, Forbidden.status}:
        return True
    if caller_of(request.scope) is None:
        return False
    if problem.status == NotFound.status:
        return request.scope.get("route") is not None  # an address that nobody serves names nothing
    told = request.method not in _READING or bool(getattr(request.app.state, "personal", False))
    return told and problem.status in _REFUSED_CHANGES


async def note_refusal(request: Request, problem: Problem) -> None:
    """Record a refusal that an auditor wants to know, for at most a second: nothing was given away, so the answer does not depend on it."""
    platform = getattr(request.app.state, "platform", None)
    if platform is None or not _is_refusal(request, problem):
        return
    try:
        async with asyncio.timeout(AUDIT_SECONDS):
            await record_refusal(platform, request, problem)
    except TimeoutError:
        log.warning("audit.refusal_unwritten", code=problem.code, error="TimeoutError")
