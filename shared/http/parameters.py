"""The parameters of an address: ids in its path, and its query, which is refused unless all of it is understood.

A misspelt filter must not silently answer everything. A route knows the parameters it declares; others, repeated ones
and empty ones are refused with a `query.*` code. FHIR addresses are exempt: there unknown parameters are ignored and
repetition means "and".
"""

import re
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes
from uuid import UUID

from fastapi import Query, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from shared.http.matching import RouteKey
from shared.problems import BadRequest, FieldError

LONGEST_LIST = 500
DEFAULT_LIST = 50
MOST_PARAMETERS = 50
FHIR_PREFIX = "/FHIR/"

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_ID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")


def parse_id(text: str) -> UUID:
    """The UUID that a part of an address is, in either case of its letters. PydanticCustomError id.format for all else.

    Python reads more: without hyphens, in braces, as a URN. What is an id at one address must be one at every other.
    """
    if not _ID.match(text):
        raise PydanticCustomError("id.format", "This must be a UUID.")
    return UUID(text)


_AS_WRITTEN = BeforeValidator(parse_id)
PathId = Annotated[UUID, _AS_WRITTEN]
"""`referral_id: PathId`: an id in a route's path."""


def is_path_id(annotation: object, metadata: list[object]) -> bool:
    """Whether a parameter was declared as a PathId, as the framework keeps its parts."""
    return annotation is UUID and _AS_WRITTEN in metadata


def _digits(value: object) -> object:
    """The text of a number as it is written in an address: nothing that only Python would read as one."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise PydanticCustomError("query.limit", "The limit is a whole number from 1 to 500.")
    return value


Limit = Annotated[
    Annotated[int, Field(ge=1, le=LONGEST_LIST)],
    BeforeValidator(_digits),
    Query(description="At most this many items"),
]
"""`limit: Limit = DEFAULT_LIST`: how many items a page holds."""


def _flag(value: object) -> object:
    """`true` or `false` as JSON writes them: `1`, `yes` and `True` are no flags of ours."""
    if isinstance(value, str) and value not in {"true", "false"}:
        raise PydanticCustomError("body.type", "This must be true or false.")
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]
"""`overdue: Flag | None = None`: a filter that is on or off."""

CursorParam = Annotated[str | None, Query(max_length=2048, description="The `next` of the page before")]
"""`cursor: CursorParam = None`: where the page begins."""


def check_query(request: Request) -> None:
    """Refuse a query that the matched route does not fully understand. Nothing to do without a query string."""
    raw: bytes = request.scope["query_string"]
    if not raw:
        return
    route = request.scope.get("route")
    fhir = request.scope["path"].startswith(FHIR_PREFIX)
    if fhir or not isinstance(route, APIRoute):
        _check(raw, route, fhir=fhir)  # a FHIR query may hold an identifier: not for the memory below
    else:
        _understand(raw, RouteKey(route))


@lru_cache(maxsize=512)
def _understand(raw: bytes, key: RouteKey) -> None:
    """`_check`, remembered for a query that passed: dashboards ask the same again and again."""
    _check(raw, key.route, fhir=False)


def _check(raw: bytes, route: object, *, fhir: bool) -> None:
    names = [_checked_name(pair, fhir=fhir) for pair in raw.split(b"&") if pair]
    if len(names) > MOST_PARAMETERS:
        raise _refused("query.too_many", "", "There are too many query parameters.")
    if fhir:
        return
    known = known_parameters(RouteKey(route)) if isinstance(route, APIRoute) else frozenset()
    for name in names:
        if name not in known:
            advice = f"Known are {', '.join(sorted(known))}." if known else "It takes none."
            raise _refused("query.unknown", "", f"A query parameter is not known at this address. {advice}")
    if len(set(names)) != len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise _refused("query.duplicate", repeated, "The query parameter is given more than once.")


def _checked_name(pair: bytes, *, fhir: bool) -> str:
    """The decoded name of one `name=value`, its value checked."""
    if _BAD_ESCAPE.search(pair):
        raise _refused("query.encoding", "", "The query has a percent sign that begins no escape.")
    try:
        name, _, value = (
            unquote_to_bytes(part.replace(b"+", b" ")).decode() for part in pair.partition(b"=")
        )
    except UnicodeDecodeError:
        raise _refused("query.encoding", "", "The query is not UTF-8.") from None
    if _CONTROL.search(name) or _CONTROL.search(value):
        raise _refused("query.text", "", "The query has a control character.")
    if not fhir and not value:
        raise _refused("query.empty", "", "A query parameter has no value.")
    return name


def _refused(code: str, name: str, detail: str) -> BadRequest:
    return BadRequest(detail, code=code, errors=[FieldError(code, f"/{name}" if name else "", detail)])


@lru_cache(maxsize=1024)
def known_parameters(key: RouteKey) -> frozenset[str]:
    """The names of the query parameters that a route and its dependencies declare, in their signatures or by hand."""
    by_hand = (key.route.openapi_extra or {}).get("parameters", ())
    return frozenset(
        _declared(key.route.dependant) | {one["name"] for one in by_hand if one["in"] == "query"}
    )


def parameters_of(model: type[BaseModel]) -> list[dict[str, Any]]:
    """A model's members as the parameters of a route that reads its query by itself, for `openapi_extra["parameters"]`."""
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": schema_of_member.pop("description", ""),
            "schema": schema_of_member,
        }
        for name, schema_of_member in schema["properties"].items()
    ]


def _declared(dependant: Dependant) -> set[str]:
    names: set[str] = set()
    for parameter in dependant.query_params:
        annotation: Any = parameter.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            names |= {field.alias or name for name, field in annotation.model_fields.items()}
        else:
            names.add(parameter.alias)
    for inner in dependant.dependencies:
        names |= _declared(inner)
    return names
