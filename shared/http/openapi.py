"""The OpenAPI document: problems described once and as what they are, for the framework thinks that errors are its own."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.problems.openapi import PROBLEM_CONTENT, PROBLEM_REFERENCE, ProblemDocument

_FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
_METHODS = frozenset({"get", "put", "post", "delete", "patch"})


def describe(app: FastAPI) -> dict[str, Any]:
    """The application's document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description or None, routes=app.routes
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name in _FRAMEWORKS_OWN:
            schemas.pop(name, None)
        problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs", {})
        schemas[PROBLEM_REFERENCE.rsplit("/", 1)[-1]] = problem
        for path in document.get("paths", {}).values():
            for method in _METHODS & path.keys():
                _describe_problems(path[method]["responses"])
        app.openapi_schema = document
    return app.openapi_schema


def _describe_problems(responses: dict[str, Any]) -> None:
    """Any call may answer a problem; where the framework announced its own form of one, ours takes its place."""
    for response in responses.values():
        schema = response.get("content", {}).get("application/json", {}).get("schema", {})
        if str(schema.get("$ref", "")).endswith(_FRAMEWORKS_OWN):
            response["description"] = "A parameter cannot be accepted."
            response["content"] = PROBLEM_CONTENT
    responses.setdefault("default", {"description": "Any other problem.", "content": PROBLEM_CONTENT})
