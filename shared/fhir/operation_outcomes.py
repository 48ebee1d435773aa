"""A problem told as an OperationOutcome: one issue for each fault, with the national code and the platform's own."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from shared.fhir.datatypes import EXTENSIONS
from shared.http.matching import FHIR_JSON
from shared.problems import FieldError, Problem

PROBLEM_CODES: Final = f"{EXTENSIONS}CodeSystem/problem"
# Spelt as the receivers' own examples spell it. Source: NHS England, Booking and Referral FHIR API, examples 1.4.0.
HTTP_ERROR_CODES: Final = "https://fhir.nhs.uk/Codesystem/http-error-codes"

_RECEIVER_CODES: Final[Mapping[int, str]] = {
    400: "REC_BAD_REQUEST",
    401: "REC_UNAUTHORIZED",
    403: "REC_FORBIDDEN",
    404: "REC_NOT_FOUND",
    405: "REC_METHOD_NOT_ALLOWED",
    406: "REC_NOT_ACCEPTABLE",
    408: "REC_TIMEOUT",
    409: "REC_CONFLICT",
    422: "REC_UNPROCESSABLE_ENTITY",
    425: "REC_TOO_EARLY",
    429: "REC_TOO_MANY_REQUESTS",
    500: "REC_SERVER_ERROR",
    501: "REC_NOT_IMPLEMENTED",
    503: "REC_SERVICE_UNAVAILABLE",
}
"""Source: the same API, error rules of a receiver. A status that it does not name has the platform's code alone."""
_BY_STATUS: Final[Mapping[int, str]] = {
    401: "security",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "processing",
    408: "timeout",
    409: "conflict",
    412: "conflict",
    413: "too-long",
    414: "too-long",
    415: "not-supported",
    425: "duplicate",
    428: "required",
    429: "throttled",
    431: "too-long",
    500: "exception",
    501: "not-supported",
    503: "transient",
}
_BY_CODE: Final[Mapping[str, str]] = {
    "body.json": "structure",
    "body.type": "structure",
    "body.unknown_field": "structure",
    "body.duplicate_key": "structure",
    "body.too_deep": "structure",
    "fhir.resource_type": "structure",
    "fhir.modifier_not_understood": "not-supported",
    "fhir.not_supported": "not-supported",
    "fhir.version": "not-supported",
    "fhir.workflow": "invariant",
    "auth.revoked": "forbidden",
    "origin": "security",
    "bundle.count": "invariant",
    "bundle.too_large": "too-costly",
    "bundle.type": "value",
    "message.duplicate": "duplicate",
    "query.empty": "required",
    "list.too_long": "too-long",
    "text.too_long": "too-long",
    "idempotency.body_mismatch": "duplicate",
    "idempotency.in_progress": "duplicate",
    "state.transition": "business-rule",
}
_BY_FAMILY: Final[Mapping[str, str]] = {
    "code": "code-invalid",
    "enum": "code-invalid",
    "icc": "code-invalid",
    "ods": "code-invalid",
    "date": "value",
    "nhs_number": "value",
    "number": "value",
    "text": "value",
}
_STEP: Final = re.compile(r"/(\d+)(?=/|$)")


def as_operation_outcome(problem: Problem, request_id: str) -> tuple[bytes, str]:
    """The problem as the body of an answer, and its media type: a renderer of `build_app(problem_renderers=…)`."""
    faults = problem.errors or (FieldError(problem.code, "", problem.detail),)
    document = {
        "resourceType": "OperationOutcome",
        "id": request_id,
        "issue": [_issue(problem, fault) for fault in faults],
    }
    return orjson.dumps(document), FHIR_JSON


def _issue(problem: Problem, fault: FieldError) -> dict[str, Any]:
    issue = {
        "severity": "fatal" if problem.code == "internal" else "error",
        "code": issue_type(problem.status, fault.code),
        "details": {"coding": list(_codings(problem, fault))},
        "diagnostics": fault.detail,
    }
    return issue | ({"expression": [fhir_path(fault.pointer)]} if fault.pointer else {})


def _codings(problem: Problem, fault: FieldError) -> Iterator[dict[str, str]]:
    national = _RECEIVER_CODES.get(problem.status)
    if national is not None:
        display = f"{problem.status} - {national}"
        yield {"system": HTTP_ERROR_CODES, "code": national, "display": display}
    yield {"system": PROBLEM_CODES, "code": fault.code, "display": problem.title}


def issue_type(status: int, code: str) -> str:
    """The kind of an issue in the words of FHIR (value set issue-type), by the fault's code, else by the status."""
    family, _, kind = code.partition(".")
    if code in _BY_CODE:
        return _BY_CODE[code]
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if kind in ("required", "empty"):
        return "required"
    return _BY_FAMILY.get(family, "invalid")


def fhir_path(pointer: str) -> str:
    """A JSON pointer as a FHIRPath: `/item/0/answer` is `item[0].answer`."""
    return _STEP.sub(r"[\1]", pointer).removeprefix("/").replace("/", ".")
