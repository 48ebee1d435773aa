"""From a problem to the bytes of its answer: problem+json, or whatever form the addresses under a prefix use (FHIR)."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.responses import Response

from shared.problems.problem import MEDIA_TYPE, Problem
from shared.telemetry.correlation import current_correlation

ProblemRenderer = Callable[[Problem, str], tuple[bytes, str]]
"""(problem, request id) → body and media type. Status and headers stay the problem's own."""


def answer_problem(scope: Any, problem: Problem) -> Response:
    """The answer that tells the client what is wrong, in the form of the address that was asked."""
    content, media_type = _renderer(scope)(problem, current_correlation().request_id)
    return Response(
        content,
        status_code=problem.status,
        media_type=media_type,
        headers=problem.headers | {"Cache-Control": "no-store"},
    )


def problem_bytes(problem: Problem, request_id: str) -> tuple[bytes, str]:
    """The problem document of RFC 9457."""
    document = problem.to_json() | {"instance": f"urn:uuid:{request_id}", "request_id": request_id}
    return orjson.dumps(document), MEDIA_TYPE


def _renderer(scope: Any) -> ProblemRenderer:
    app = scope.get("app")
    renderers: Mapping[str, ProblemRenderer] = getattr(app.state, "problem_renderers", {}) if app else {}
    path: str = scope.get("path", "")
    return next(
        (renderer for prefix, renderer in renderers.items() if path.startswith(prefix)), problem_bytes
    )
