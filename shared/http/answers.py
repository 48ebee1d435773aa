"""Answers as bytes: JSON (UTC with a Z, models by their JSON form), and problems in the form of the address (FHIR)."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from pydantic import BaseModel
from starlette.responses import Response

from shared.problems.problem import MEDIA_TYPE, Problem
from shared.telemetry.correlation import current_correlation

JSON = "application/json"

ProblemRenderer = Callable[[Problem, str], tuple[bytes, str]]
"""(problem, request id) → body and media type. Status and headers stay the problem's own."""


def json_bytes(content: Any) -> bytes:
    """Content as JSON. Knows models, and what the database driver subclasses (its UUID, say)."""
    return orjson.dumps(content, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_SUBCLASS)


def json_answer(content: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(json_bytes(content), status_code=status, media_type=JSON, headers=dict(headers or {}))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        # What was never set is left out: an optional member that does not apply is not shown as null.
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    return str(value)


def answer_problem(scope: Any, problem: Problem) -> Response:
    """The answer that tells the client what is wrong, in the form of the address that was asked.

    The scope remembers the problem, so that the request's log line can tell it. A page has its own way to tell one.
    """
    state = scope.setdefault("state", {})
    state["problem"] = problem
    if of_route := state.get("answer_problem"):
        page: Response = of_route(problem, current_correlation().request_id)
        page.headers["Cache-Control"] = "no-store"
        return page
    app = scope.get("app")
    renderers: Mapping[str, ProblemRenderer] = getattr(app.state, "problem_renderers", {}) if app else {}
    path: str = scope.get("path", "")
    render = next((one for prefix, one in renderers.items() if path.startswith(prefix)), problem_bytes)
    content, media_type = render(problem, current_correlation().request_id)
    return Response(
        content,
        status_code=problem.status,
        media_type=media_type,
        headers=problem.headers | {"Cache-Control": "no-store"},
    )


def problem_told(scope: Any) -> Problem | None:
    """The problem that a request was answered with; None where it had none."""
    problem = scope.get("state", {}).get("problem")
    return problem if isinstance(problem, Problem) else None


def problem_bytes(problem: Problem, request_id: str) -> tuple[bytes, str]:
    """The problem document of RFC 9457."""
    document = problem.to_json() | {"instance": f"urn:uuid:{request_id}", "request_id": request_id}
    return orjson.dumps(document), MEDIA_TYPE
