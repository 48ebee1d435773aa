"""Observation and QuestionnaireResponse, as far as a measurement has their members."""

import re
from datetime import datetime
from typing import Any, ClassVar, Final, Literal
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import Field

from shared.fhir.datatypes import (
    NHS_NUMBER,
    CodeableConcept,
    Element,
    Extension,
    Identifier,
    Quantity,
    Reference,
)
from shared.fhir.resources import Resource
from shared.http.answers import JSON
from shared.http.bodies import RequestBody, read_body
from shared.http.json_checks import strict_json
from shared.http.matching import FHIR_JSON, check_content_type
from shared.problems import BadRequest, FieldError, Invalid

FORM: Final = "application/x-www-form-urlencoded"
FORM_BYTES: Final = 16 * 1024
MOST_FOUND, USUAL_FOUND = 500, 50
_COUNT: Final = re.compile(r"[0-9]{1,4}")
_PERSON: Final = ("subject:identifier", "subject.identifier", "patient:identifier", "patient.identifier")
_KNOWN: Final = (*_PERSON, "code", "_count")


class ObservedPart(Element):
    """A component of an Observation."""

    code: CodeableConcept
    value_quantity: Quantity | None = None
    value_integer: int | None = None
    value_string: str | None = None


class ObservationResource(Resource):
    """An Observation: its code names the instrument, extensions the occasion and the community."""

    identifies: ClassVar[bool] = True

    resource_type: Literal["Observation"]
    status: str
    code: CodeableConcept
    subject: Reference | None = None
    effective_date_time: str | None = None
    value_quantity: Quantity | None = None
    value_integer: int | None = None
    value_string: str | None = None
    value_codeable_concept: CodeableConcept | None = None
    component: tuple[ObservedPart, ...] = ()
    performer: tuple[Reference, ...] = ()
    extension: tuple[Extension, ...] = ()
    identifier: tuple[Identifier, ...] = ()


class ResponseAnswer(Element):
    """One answer."""

    value_integer: int | None = None
    value_string: str | None = None
    value_coding: dict[str, Any] | None = None


class ResponseItem(Element):
    """An item with its answers; a group has items of its own."""

    link_id: str
    answer: tuple[ResponseAnswer, ...] = ()
    item: tuple["ResponseItem", ...] = ()


class QuestionnaireResponseResource(Resource):
    """A QuestionnaireResponse: its canonical address names the instrument, each link id an item by its number."""

    identifies: ClassVar[bool] = True

    resource_type: Literal["QuestionnaireResponse"]
    status: str
    questionnaire: str | None = None
    subject: Reference | None = None
    authored: str | None = None
    author: Reference | None = None
    item: tuple[ResponseItem, ...] = ()
    extension: tuple[Extension, ...] = ()
    identifier: Identifier | None = None


class SearchedByAddress(BadRequest):
    """What identifies a person must not stand in an address: addresses are logged on their way. Search by POST `_search`."""

    code = "query.pii_not_allowed"
    title = "Search with a body"


def _of_address(request: Request) -> dict[str, str]:
    """What the address of a search adds to its body. Raises SearchedByAddress."""
    given = {name: value for name, value in request.query_params.items() if name in _KNOWN}
    if given.keys() & set(_PERSON):
        raise SearchedByAddress
    return given


def _of_form(raw: bytes) -> dict[str, str]:
    given = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: value for name, value in given if name in _KNOWN}


def _of_json(raw: bytes) -> dict[str, str]:
    """What clients send that know no forms."""
    given = strict_json(raw)
    if not isinstance(given, dict):
        raise Invalid.one("body.type", "", "A search is a form, or an object.")
    return {name: str(value) for name, value in given.items() if name in _KNOWN}


class MeasurementQuery(RequestBody):
    """A search by POST: whose, and by which code. The NHS number stands in the body, for addresses are logged.

    person: the identifier's value.   count: at most so many are found.
    """

    person: str
    code: str | None = None
    count: int = Field(default=USUAL_FOUND, ge=1, le=MOST_FOUND)

    @classmethod
    async def of_request(cls, request: Request, *, now: datetime) -> "MeasurementQuery":  # noqa: ARG003 -- of every body
        """The form of a request, or the same as a JSON object. Raises UnsupportedMediaType, TooLarge, BadRequest, Invalid."""
        form = check_content_type(request, (FORM, JSON, FHIR_JSON)) == FORM
        raw = await read_body(request, limit=FORM_BYTES)
        named = _of_address(request) | (_of_form(raw) if form else _of_json(raw))
        token = next((named[name] for name in _PERSON if name in named), "")
        system, bar, value = token.rpartition("|")
        if not bar or not system or not value:
            detail = f"Search by {_PERSON[0]}={NHS_NUMBER}|…, in the body."
            raise Invalid(errors=[FieldError("nhs_number.required", f"/{_PERSON[0]}", detail)])
        if system != NHS_NUMBER:
            raise Invalid.one(
                "code.system_unknown", f"/{_PERSON[0]}", "People are found by their NHS number."
            )
        count = named.get("_count", str(USUAL_FOUND))
        if not _COUNT.fullmatch(count) or not 1 <= int(count) <= MOST_FOUND:
            raise Invalid.one("query.limit", "/_count", f"_count is a whole number from 1 to {MOST_FOUND}.")
        return cls(person=value, code=named.get("code"), count=int(count))

    @classmethod
    def described(cls, media_types: Any) -> dict[str, Any]:  # noqa: ARG003 -- a form has its own
        """What OpenAPI says of it."""
        text = {"type": "string"}
        schema = {
            "type": "object",
            "properties": {
                _PERSON[0]: {**text, "description": "system|value of the NHS number"},
                "code": {**text, "description": "code or system|code of an instrument"},
                "_count": {"type": "integer", "minimum": 1, "maximum": MOST_FOUND},
            },
            "required": [_PERSON[0]],
        }
        return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}
