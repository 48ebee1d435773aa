"""The OpenAPI document: problems described once and as what they are, for the framework thinks that errors are its own."""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.http.matching import FHIR_JSON
from shared.http.parameters import FHIR_PREFIX
from shared.problems.problem import MEDIA_TYPE, PROBLEM_CONTENT, PROBLEM_REFERENCE, ProblemDocument

_FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
_RESOURCE: dict[str, Any] = {
    "type": "object",
    "properties": {"resourceType": {"type": "string"}},
    "required": ["resourceType"],
}
FHIR_CONTENT: dict[str, Any] = {FHIR_JSON: {"schema": _RESOURCE}}
"""The content of every answer that is a resource."""
_METHODS = frozenset({"get", "put", "post", "delete", "patch"})

CONVENTIONS = """\
**Identity**: `Authorization: Bearer <JWT>`; the scope a call needs stands with it. What a token may not see is 404, a list
it may not ask for 403.

**Errors**: `application/problem+json` (RFC 9457) with a stable `code`, and for content `errors` with a JSON pointer each. An
answer of 409, 429 or 503 with `Retry-After` may be tried again; no value you sent is ever repeated.

**JSON**: UTF-8, snake_case, strict types; unknown and repeated members are refused. Dates are `YYYY-MM-DD`, instants RFC 3339
with an offset, answered in UTC.

**Lists**: `limit` 1 to 500, then `cursor` with the `next` of the page before, or the `Link` header. Unknown, repeated and
empty parameters are refused.

**Correlation**: `X-Request-Id`, `X-Correlation-Id` (UUIDs, with hyphens or without) and `traceparent` are taken, or made where they are missing or something else, and are in every answer.

**Purpose**: the claim `purpose` of the token (`direct-care`, `planning` or `operations`) says in the audit what a request is for; without it the header `X-Purpose` does, without both the address.
"""
"""What holds for every call, so that no call need repeat it."""


def describe(app: FastAPI) -> dict[str, Any]:
    """The application's document, made once."""
    if app.openapi_schema is None:
        described = f"{app.description}\n\n{CONVENTIONS}".strip()
        document = get_openapi(title=app.title, version=app.version, description=described, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name in _FRAMEWORKS_OWN:
            schemas.pop(name, None)
        problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs", {})
        schemas[PROBLEM_REFERENCE.rsplit("/", 1)[-1]] = problem
        for address, path in document.get("paths", {}).items():
            for method in _METHODS & path.keys():
                _summarise(path[method])
                _describe_parameters(path[method].get("parameters", []))
                _describe_body(path[method].get("requestBody", {}), schemas)
                _describe_problems(path[method]["responses"])
                _describe_files(path[method]["responses"])
                if address.startswith(FHIR_PREFIX):
                    _describe_outcomes(path[method]["responses"])
        app.openapi_schema = document
    return app.openapi_schema


def _summarise(operation: dict[str, Any]) -> None:
    """The first sentence of a route's docstring as its name in a list; the framework takes the function's."""
    first = re.split(r"(?<=\w)[.:;](?:\s|$)", operation.get("description", ""), maxsplit=1)[0]
    if first:
        operation["summary"] = " ".join(first.split())


def _describe_parameters(parameters: list[dict[str, Any]]) -> None:
    """A parameter may be left out, but never be null: its values are listed only where its schema is no choice."""
    for parameter in parameters:
        schema = parameter.get("schema", {})
        choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
        if len(choices) == 1:
            del schema["anyOf"]
            parameter["schema"] = {**choices[0], **schema}


def _describe_body(body: dict[str, Any], schemas: dict[str, Any]) -> None:
    """The models of a body stand among the components, where generated clients look for what has a name."""
    for content in body.get("content", {}).values():
        content["schema"] = _named(content["schema"], schemas)


def _named(schema: Any, schemas: dict[str, Any]) -> Any:
    """A schema whose objects with a title are references to the components; two different ones of one name stay."""
    if isinstance(schema, list):
        return [_named(one, schemas) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: value if key == "examples" else _named(value, schemas) for key, value in schema.items()}
    name = inner.get("title")
    if inner.get("type") != "object" or not isinstance(name, str) or schemas.setdefault(name, inner) != inner:
        return inner
    return {"$ref": f"#/components/schemas/{name}"}


def _describe_files(responses: dict[str, Any]) -> None:
    """What is no JSON is a text or a file."""
    for response in responses.values():
        for media_type, content in response.get("content", {}).items():
            if "schema" not in content and "json" not in media_type:
                text: dict[str, Any] = {"type": "string"}
                content["schema"] = text if media_type.startswith("text/") else text | {"format": "binary"}


def _describe_problems(responses: dict[str, Any]) -> None:
    """Any call may answer a problem; where the framework announced its own form of one, ours takes its place."""
    for response in responses.values():
        schema = response.get("content", {}).get("application/json", {}).get("schema", {})
        if str(schema.get("$ref", "")).endswith(_FRAMEWORKS_OWN):
            response["description"] = "A parameter cannot be accepted."
            response["content"] = PROBLEM_CONTENT
    responses.setdefault("default", {"description": "Any other problem.", "content": PROBLEM_CONTENT})


def _describe_outcomes(responses: dict[str, Any]) -> None:
    """Under FHIR a problem is an OperationOutcome."""
    for response in responses.values():
        if MEDIA_TYPE in response.get("content", {}):
            response["content"] = FHIR_CONTENT
