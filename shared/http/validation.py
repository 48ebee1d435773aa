"""Pydantic's findings in the contract's words: a code, a JSON pointer, how to mend it. Never the value, never the message
that quotes it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import takewhile
from typing import Any, TypeVar, get_args
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.problems import BadRequest, FieldError, Invalid, Problem

ModelT = TypeVar("ModelT", bound=BaseModel)

_CODES: Mapping[str, tuple[str, str]] = {
    "missing": ("body.required", "This member is required."),
    "extra_forbidden": ("body.unknown_field", "This member is not known here."),
    "json_invalid": ("body.json", "The body is not JSON."),
    "union_tag_invalid": ("enum", "This is not one of the allowed values."),
    "union_tag_not_found": ("body.required", "The member that tells the kind is required."),
    "string_type": ("body.type", "This must be a text."),
    "string_too_long": ("text.too_long", "The text is too long."),
    "string_too_short": ("text.blank", "The text is too short or blank."),
    "string_pattern_mismatch": ("text.forbidden", "The text does not have the form asked for."),
    "string_unicode": ("text.surrogate", "The text is not valid Unicode."),
    "int_type": ("number.type", "This must be a number."),
    "float_type": ("number.type", "This must be a number."),
    "decimal_type": ("number.type", "This must be a number."),
    "int_from_float": ("number.integer_required", "This must be a whole number."),
    "int_parsing": ("number.format", "This must be a whole number in digits."),
    "float_parsing": ("number.format", "This must be a number in digits."),
    "decimal_parsing": ("number.format", "This must be a number in digits."),
    "int_parsing_size": ("number.range", "The number is out of range."),
    "finite_number": ("number.not_finite", "The number must be finite."),
    "greater_than": ("number.range", "The number is too small."),
    "greater_than_equal": ("number.range", "The number is too small."),
    "less_than": ("number.range", "The number is too large."),
    "less_than_equal": ("number.range", "The number is too large."),
    "multiple_of": ("number.range", "The number is not one of the allowed steps."),
    "decimal_max_digits": ("number.range", "The number has too many digits."),
    "decimal_max_places": ("number.range", "The number has too many decimal places."),
    "decimal_whole_digits": ("number.range", "The number has too many digits."),
    "bool_type": ("body.type", "This must be true or false."),
    "bool_parsing": ("body.type", "This must be true or false."),
    "date_type": ("date.type", "This must be a date as a text, YYYY-MM-DD."),
    "date_parsing": ("date.format", "This must be a date, YYYY-MM-DD."),
    "date_from_datetime_parsing": ("date.format", "This must be a date, YYYY-MM-DD."),
    "date_from_datetime_inexact": ("date.format", "This must be a date without a time, YYYY-MM-DD."),
    "date_future": ("date.future", "The date must not lie in the future."),
    "date_past": ("date.future", "The date must lie in the past."),
    "datetime_type": ("date.type", "This must be an instant as a text, RFC 3339."),
    "datetime_parsing": ("date.format", "This must be an instant, RFC 3339 with offset."),
    "datetime_from_date_parsing": ("date.format", "This must be an instant, RFC 3339 with offset."),
    "datetime_object_invalid": ("date.invalid", "There is no such day or time."),
    "timezone_aware": ("date.offset_required", "The instant needs an offset, such as Z or +01:00."),
    "uuid_type": ("id.format", "This must be a UUID."),
    "uuid_parsing": ("id.format", "This must be a UUID."),
    "uuid_version": ("id.format", "This must be a UUID of the right version."),
    "url_type": ("url.forbidden", "This must be an https address."),
    "url_parsing": ("url.forbidden", "This must be an https address."),
    "url_scheme": ("url.forbidden", "This must be an https address."),
    "url_too_long": ("url.forbidden", "The address is too long."),
    "too_long": ("number.range", "There are too many items."),
    "too_short": ("body.required", "There are too few items."),
}
# The same with the limit that pydantic's message names: it quotes numbers of ours, never the value.
_LIMITED: Mapping[str, str] = {
    "string_too_long": "The text may have at most {} characters.",
    "string_too_short": "The text must have at least {} characters.",
    "greater_than": "This must be more than {}.",
    "greater_than_equal": "This must be {} or more.",
    "less_than": "This must be less than {}.",
    "less_than_equal": "This must be {} or less.",
    "multiple_of": "This must be a multiple of {}.",
    "decimal_max_digits": "The number may have at most {} digits.",
    "decimal_max_places": "The number may have at most {} decimal places.",
    "too_long": "There may be at most {} items.",
    "too_short": "There must be at least {} items.",
}
_LONGEST_MEMBER, _NEAR = 64, 0.75
_LIMIT = re.compile(r"-?\d+(?:\.\d+)?")
_CHOICES = frozenset({"literal_error", "enum"})
_DATE_PARSING = frozenset({"date_parsing", "datetime_parsing", "date_from_datetime_parsing"})
_OTHER = ("body.type", "The value does not have the form asked for.")

# Members that have a family of codes of their own.
_REQUIRED: Mapping[str, str] = {"nhs_number": "nhs_number.required", "legal_basis": "legal_basis.required"}
_TYPES: Mapping[str, str] = {"nhs_number": "nhs_number.type"}

_PLAIN_NAME = re.compile(r"(?!.*\d{6})[A-Za-z0-9_$.-]{1,64}\Z")

_QUERY_CODES: Mapping[str, str] = {"limit": "query.limit", "cursor": "query.cursor", "offset": "query.offset"}


def field_errors(findings: Iterable[ErrorDetails], model: type[BaseModel] | None = None) -> list[FieldError]:
    """Every finding of a body's validation as a fault with its JSON pointer.

    model: of the body; of a member that is not known the detail then says what is.
    """
    return [
        _unknown(finding, model)
        if model is not None and finding["type"] == "extra_forbidden"
        else _field_error(finding, finding["loc"])
        for finding in findings
    ]


def _unknown(finding: ErrorDetails, model: type[BaseModel]) -> FieldError:
    """A member that is not known: the nearest that is, or all that are. What was sent is in the pointer at most."""
    fault = _field_error(finding, finding["loc"])
    *above, name = finding["loc"]
    known = _members(model, above)
    if not known:
        return fault
    near = get_close_matches(str(name)[:_LONGEST_MEMBER], known, n=1, cutoff=_NEAR)
    advice = f"Did you mean `{near[0]}`?" if near else f"Known are {', '.join(known)}."
    return replace(fault, detail=f"{fault.detail} {advice}")


def _members(model: type[BaseModel], steps: Sequence[int | str]) -> list[str]:
    """The names of the members of the object that some steps lead to; none where they lead through no models."""
    for step in steps:
        if isinstance(step, int):
            continue
        field = next((one for name, one in model.model_fields.items() if (one.alias or name) == step), None)
        inner = None if field is None else _model_in(field.annotation)
        if inner is None:
            return []
        model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation holds: itself, in a list, or beside None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _model_in(one))), None)


def _field_error(finding: Mapping[str, Any] | ErrorDetails, location: Sequence[int | str]) -> FieldError:
    kind, value = finding["type"], finding.get("input")
    if kind == "int_type" and isinstance(value, float):
        kind = "int_from_float"
    elif kind in _DATE_PARSING and "outside expected range" in finding["msg"]:
        kind = "datetime_object_invalid"
    elif kind in _CHOICES and not isinstance(value, str):
        kind = "string_type"  # the choices of our bodies are words
    code, detail = _code_of(kind, finding["msg"])
    last = str(location[-1]) if location else ""
    if kind == "missing" and last:
        detail = f"`{last}` is required."
    if kind == "missing" or (kind == "string_type" and value is None):
        code = _REQUIRED.get(last, code)
    elif kind == "string_type":
        code = _TYPES.get(last, code)
    return FieldError(code, json_pointer(location), detail)


def _code_of(kind: str, message: str) -> tuple[str, str]:
    """Code and text. A dotted kind is one of our own codes (PydanticCustomError), and its message was written for users."""
    if kind in _CODES:
        code, detail = _CODES[kind]
        limit = _LIMIT.search(message) if kind in _LIMITED else None
        return code, detail if limit is None else _LIMITED[kind].format(limit[0])
    if kind in _CHOICES:  # "Input should be 'a' or 'b'": the schema's values, never the one that was sent
        return "enum", message.replace("Input should be", "This must be").removesuffix(".") + "."
    if "." in kind or kind == "scope":
        return kind, message
    return _OTHER


def json_pointer(location: Sequence[int | str]) -> str:
    """A JSON pointer, RFC 6901, from the steps that lead to a value.

    It ends above a member whose name is not a plain word: what a client puts there may be somebody's number.
    """
    steps = takewhile(lambda step: isinstance(step, int) or _PLAIN_NAME.match(step), location)
    return "".join(f"/{step}" for step in steps)


def read_query(raw: bytes, model: type[ModelT]) -> ModelT:
    """The query of a route that reads it by itself, its names and encoding checked by the guard. Raises Invalid, BadRequest."""
    try:
        return model.model_validate(dict(parse_qsl(raw.decode())))
    except ValidationError as error:
        findings = error.errors(include_url=False, include_context=False)
    # Outside the handler, so that the findings (with the values) are not chained to what is logged.
    raise parameter_problem([{**found, "loc": ("query", *found["loc"])} for found in findings])


def parameter_problem(findings: Sequence[Any]) -> Problem:
    """What the framework found wrong with path, query or header parameters: 400 when they cannot be read, else 422."""
    faults = [_parameter_fault(finding) for finding in findings]
    if all(code.startswith(("query.", "header.", "id.")) for code in (fault.code for fault in faults)):
        return BadRequest(faults[0].detail, code=faults[0].code, errors=faults)
    return Invalid(errors=faults)


def _parameter_fault(finding: Mapping[str, Any]) -> FieldError:
    place, *location = finding["loc"]
    kind = finding["type"]
    fault = _field_error(finding, location)
    if place == "body":
        return fault
    name = str(location[0]) if location else ""
    if place == "query":
        code = _QUERY_CODES.get(name) or ("query.empty" if kind == "missing" else fault.code)
        return FieldError(code, fault.pointer, fault.detail)
    if place == "header":
        return FieldError("header.format", fault.pointer, fault.detail)
    return fault
