"""Resources as requests bring them and answers give them: FHIR JSON of up to 5 MiB, by either of its media types."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Self, get_args

from fastapi import Request
from pydantic import ConfigDict, ValidationError
from starlette.responses import Response

from shared.fhir.datatypes import Element, shown
from shared.http.answers import JSON, json_bytes
from shared.http.bodies import MOST_FAULTS, RequestBody, read_body, request_body_schema
from shared.http.json_checks import strict_json
from shared.http.matching import FHIR_JSON, check_content_type
from shared.http.validation import field_errors, json_pointer
from shared.problems import FieldError, Invalid

FHIR_BYTES: Final = 5 * 1024 * 1024
FHIR_TYPES: Final = (FHIR_JSON, JSON)
"""What a body may call itself: many clients send plain JSON."""
_MODIFIERS: Final = ("modifierExtension", "implicitRules")


class Resource(RequestBody):
    """Base of a resource that a route takes. A subclass says `resource_type: Literal["Observation"]`.

    Members that nobody reads pass; what would change the meaning of those that are read is refused.
    """

    model_config = ConfigDict(**Element.model_config)

    resource_type: str

    @classmethod
    async def of_request(cls, request: Request, *, now: datetime) -> Self:
        """The resource of a request. Raises UnsupportedMediaType, TooLarge, BadRequest (form), Invalid (content)."""
        check_content_type(request, FHIR_TYPES)
        return cls.parse(await read_body(request, limit=FHIR_BYTES), now=now)

    @classmethod
    def parse(cls, raw: bytes, *, now: datetime) -> Self:
        """A resource of its bytes. Raises BadRequest (form) or Invalid (content) with every fault and its place."""
        document = strict_json(raw)
        expected = get_args(cls.model_fields["resource_type"].annotation)
        if not isinstance(document, dict) or document.get("resourceType") not in expected:
            detail = f"This address takes {' or '.join(expected)}."
            raise Invalid.one("fhir.resource_type", "/resourceType", detail)
        if errors := list(modifiers(document)):
            raise Invalid(errors=errors[:MOST_FAULTS])
        try:
            return cls.model_validate_json(raw, strict=True, context={"now": now})
        except ValidationError as error:
            findings = error.errors(include_url=False, include_context=False)
        # Outside the handler, so that the findings (with the values) are not chained to what is logged.
        raise Invalid(errors=field_errors(findings[:MOST_FAULTS]))

    @classmethod
    def described(cls, media_types: Sequence[str]) -> dict[str, Any]:  # noqa: ARG003 -- FHIR has its own
        """What OpenAPI says of it."""
        return request_body_schema(cls, (FHIR_JSON,))


def modifiers(value: Any, location: tuple[str | int, ...] = ()) -> Iterator[FieldError]:
    """Members that may turn the meaning of others around. FHIR forbids to read on without understanding them."""
    children: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        for name in _MODIFIERS:
            if value.get(name):
                detail = "This may change the meaning of what is beside it, and is not understood here."
                yield FieldError("fhir.modifier_not_understood", json_pointer((*location, name)), detail)
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    for step, one in children:
        yield from modifiers(one, (*location, step))


class FhirResponse(Response):
    """A resource as bytes. `response_class=FhirResponse` says which media type a route gives, so that another is 406."""

    media_type = FHIR_JSON


def fhir_answer(
    resource: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A resource as an answer."""
    return FhirResponse(json_bytes(shown(dict(resource))), status_code=status, headers=dict(headers or {}))


def search_set(
    resources: Sequence[tuple[str, Mapping[str, Any]]], *, total: int | None, links: Mapping[str, str]
) -> dict[str, Any]:
    """A Bundle of what a search found. resources: address and resource of each.   links: relation → address."""
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": total,
        "link": [{"relation": relation, "url": url} for relation, url in links.items()],
        "entry": [
            {"fullUrl": url, "resource": dict(one), "search": {"mode": "match"}} for url, one in resources
        ],
    }
