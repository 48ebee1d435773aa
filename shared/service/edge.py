"""The one middleware: ids in and out, the head's checks, security headers, time, count, one log line, and the last net.

Pure ASGI, because Starlette's BaseHTTPMiddleware costs more than the whole intake of a referral.
"""

import re
import time
import traceback
from pathlib import Path
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.auth.caller import caller_of
from shared.http.answers import answer_problem, problem_told
from shared.http.headers import check_head, read_correlation
from shared.http.matching import route_template
from shared.problems import FieldError, Problem, Unavailable
from shared.service.cors import Header, Origins, is_preflight, preflight_answer
from shared.service.handlers import problem_of
from shared.telemetry.correlation import Correlation, set_correlation
from shared.telemetry.metrics import request_metrics

log = structlog.get_logger()

MOST_RUNNING = 1000
"""Requests under way in one process. More would wait longer than their clients do."""
_LIVENESS = "/health/live"
_QUIET_ROUTES = frozenset({_LIVENESS, "/health/ready", "/metrics"})
_INTERNAL = 500
_FRAMES_LOGGED = 12
_FAULTS_LOGGED = 20
_NAMED_BY_CLIENTS = frozenset(
    {"body.unknown_field", "body.duplicate_key", "query.unknown", "query.duplicate"}
)
_OUR_NAME = re.compile(r"[a-z_]{0,40}|\d{1,4}")

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000"),
)
DEFAULT_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
"""Added where the answer has no such header of its own: pages bring their policy, reports their caching."""


class Edge:
    """What every request passes through on its way in and out."""

    def __init__(
        self, app: ASGIApp, *, allowed_hosts: tuple[str, ...] = (), cors_origins: tuple[str, ...] = ()
    ) -> None:
        self._app = app
        self._origins = Origins(cors_origins)
        self._running = 0
        self._allowed_hosts = frozenset(host.lower().encode() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; other kinds of connection pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        client = scope.get("client")
        correlation = read_correlation(scope["headers"], peer=client[0] if client else None)
        set_correlation(correlation)
        told = self._origins.headers_for(self._origins.named_by(scope))
        exchange = _Exchange(send, correlation, head=scope["method"] == "HEAD", told=told)
        if exchange.head:
            # Every GET can be asked for its head alone; routes need not know.
            scope = {**scope, "method": "GET"}
        try:
            await self._handle(scope, receive, exchange)
        finally:
            _report(scope, exchange, time.perf_counter() - began)

    async def _handle(self, scope: Scope, receive: Receive, exchange: "_Exchange") -> None:
        problem = check_head(scope, allowed_hosts=self._allowed_hosts)
        if self._running >= MOST_RUNNING and scope["path"] != _LIVENESS:
            problem = Unavailable("The service is at its limit.", retry_after=1)
        if problem is None:
            self._running += 1
            try:
                refused = await self._answer(scope, receive, exchange)
            except Exception as error:
                problem = problem_of(error)
                _log_failure(error, problem)
                if exchange.status:
                    raise  # half an answer has left: only cutting the connection is honest
            else:
                problem = refused
            finally:
                self._running -= 1
        if problem is not None:
            await answer_problem(scope, problem)(scope, receive, exchange.send)

    async def _answer(self, scope: Scope, receive: Receive, exchange: "_Exchange") -> Problem | None:
        """Let a preflight, or else the application, answer. Gives the problem of a preflight that is refused."""
        asked = preflight_answer(scope, self._origins.named_by(scope)) if is_preflight(scope) else None
        if isinstance(asked, Problem):
            return asked
        await (asked or self._app)(scope, receive, exchange.send)
        return None


class _Exchange:
    """The answer on its way out: adds headers, remembers the status, and drops the body of a HEAD."""

    __slots__ = ("_correlation", "_send", "_told", "head", "status")

    def __init__(self, send: Send, correlation: Correlation, *, head: bool, told: tuple[Header, ...]) -> None:
        self._send = send
        self._told = told
        self._correlation = correlation
        self.head = head
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = self._headers(message.get("headers", ()))
        elif self.head:
            if message.get("more_body", False):
                return
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    def _headers(self, given: Any) -> list[tuple[bytes, bytes]]:
        headers = list(given)
        names = {name for name, _ in headers}
        headers.extend(SECURITY_HEADERS)
        headers.extend(self._told)
        headers.extend(header for header in DEFAULT_HEADERS if header[0] not in names)
        ids = self._correlation
        headers.append((b"x-request-id", ids.request_id.encode()))
        headers.append((b"x-correlation-id", ids.correlation_id.encode()))
        headers.append((b"traceparent", ids.traceparent.encode()))
        return headers


def _report(scope: Scope, exchange: _Exchange, seconds: float) -> None:
    """Count the request and write its line: the route's template, never the path or the query."""
    route = route_template(scope)
    method = "HEAD" if exchange.head else scope["method"]
    request_metrics().observe(method=method, route=route, status=exchange.status, seconds=seconds)
    if route in _QUIET_ROUTES and exchange.status < _INTERNAL:
        return
    caller, problem = caller_of(scope), problem_told(scope)
    told = {} if problem is None else _reasons(problem)
    # What the service owes: a client's fault is information, an answer that was not to be had is not.
    write = log.info if exchange.status < _INTERNAL else log.warning
    write(
        "request",
        method=method,
        route=route,
        status=exchange.status,
        ms=round(seconds * 1000, 2),
        client=None if caller is None else caller.client,
        **told,
    )


def _reasons(problem: Problem) -> dict[str, Any]:
    """Why a request was refused: the code, and each fault's with the place it is at, never what stood there."""
    faults = [f"{fault.code} {_place(fault)}".strip() for fault in problem.errors[:_FAULTS_LOGGED]]
    return {"code": problem.code, "faults": faults} if faults else {"code": problem.code}


def _place(fault: FieldError) -> str:
    """A pointer without what a client made up: the name of an unknown member may be anybody's."""
    parts = fault.pointer.split("/")
    if fault.code in _NAMED_BY_CLIENTS:
        parts[-1] = "*"
    return "/".join(part if _OUR_NAME.fullmatch(part) else "*" for part in parts)


def _log_failure(error: Exception, problem: Problem) -> None:
    """A defect by its kind and its frames. Never its message: a driver's or a parser's quotes the data."""
    if problem.status != _INTERNAL:
        log.warning("request.dependency_lost", error=type(error).__name__, code=problem.code)
        return
    frames = [
        f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES_LOGGED:]
    ]
    log.error("request.failed", error=type(error).__name__, frames=frames)
