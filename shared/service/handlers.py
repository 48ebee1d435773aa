"""How an exception becomes an answer, and how a refusal gets into the audit."""

import asyncio
from collections.abc import Mapping

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from shared.auth.caller import caller_of
from shared.http.answers import ProblemRenderer, answer_problem
from shared.http.validation import parameter_problem
from shared.problems.catalogue import (
    BadRequest,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from shared.problems.problem import Problem
from shared.service.guard import FirstAnswer
from shared.service.refusals import record_refusal

log = structlog.get_logger()

AUDIT_SECONDS = 1.0
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
    if _is_refusal(request, error):
        await _audit(request, error)
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
    """Whether an auditor wants to know: no or not enough rights, or a named object that is hidden or not there."""
    if problem.status in {Unauthenticated.status, Forbidden.status}:
        return True
    return (
        problem.status == NotFound.status
        and bool(request.path_params)
        and caller_of(request.scope) is not None
    )


async def _audit(request: Request, problem: Problem) -> None:
    """Record a refusal, for at most a second: nothing was given away, so the answer does not depend on it."""
    platform = getattr(request.app.state, "platform", None)
    if platform is None:
        return
    try:
        async with asyncio.timeout(AUDIT_SECONDS):
            await record_refusal(platform, request, problem)
    except TimeoutError:
        log.warning("audit.refusal_unwritten", code=problem.code, error="TimeoutError")
