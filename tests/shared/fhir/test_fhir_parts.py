"""What every FHIR door shares: bodies, problems as OperationOutcomes, capability statements. R4B models are the oracle."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import pytest
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.operationoutcome import OperationOutcome

from shared.fhir.capabilities import Offered, capability_statement
from shared.fhir.datatypes import Extension, Quantity, shown
from shared.fhir.operation_outcomes import as_operation_outcome, fhir_path, issue_type
from shared.fhir.resources import Resource, fhir_answer, search_set
from shared.http.matching import FHIR_JSON
from shared.problems import BadRequest, Conflict, FieldError, Internal, Invalid, Problem, Unauthenticated

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
REQUEST_ID = "8e5fc76d-e1cf-4004-b4b3-5717a5807e86"


class Reading(Resource):
    """A resource of this test."""

    resource_type: Literal["Observation"]
    value_quantity: Quantity | None = None
    extension: tuple[Extension, ...] = ()


def parse(document: Any) -> Reading:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Reading.parse(raw, now=NOW)


def faults(document: Any) -> list[tuple[str, str]]:
    with pytest.raises((Invalid, BadRequest)) as refused:
        parse(document)
    errors = refused.value.errors or (FieldError(refused.value.code, "", ""),)
    return [(one.code, one.pointer) for one in errors]


def test_members_that_are_read_are_typed_and_others_pass() -> None:
    read = parse(
        {
            "resourceType": "Observation",
            "id": "mine",
            "valueQuantity": {"value": 23.21, "unit": "points", "extension": [{"url": "x"}]},
            "performer": [{"reference": "Practitioner/1"}],
        }
    )
    assert read.value_quantity is not None
    assert (str(read.value_quantity.value), read.value_quantity.unit) == ("23.21", "points")


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (b"<Observation/>", [("body.json", "")]),
        ([], [("fhir.resource_type", "/resourceType")]),
        ({}, [("fhir.resource_type", "/resourceType")]),
        ({"resourceType": "Patient"}, [("fhir.resource_type", "/resourceType")]),
        (b'{"resourceType": "Observation", "id": "1", "id": "2"}', [("body.duplicate_key", "/id")]),
        (
            {"resourceType": "Observation", "implicitRules": "urn:x"},
            [("fhir.modifier_not_understood", "/implicitRules")],
        ),
        (
            {"resourceType": "Observation", "component": [{"modifierExtension": [{"url": "x"}]}]},
            [("fhir.modifier_not_understood", "/component/0/modifierExtension")],
        ),
        (
            {"resourceType": "Observation", "valueQuantity": {"value": "many"}},
            [("number.type", "/valueQuantity/value")],
        ),
        ({"resourceType": "Observation", "extension": [{}]}, [("body.required", "/extension/0/url")]),
    ],
)
def test_what_is_no_such_resource_is_refused_with_its_place(
    document: Any, found: list[tuple[str, str]]
) -> None:
    assert faults(document) == found


@pytest.mark.parametrize(
    ("problem", "kind", "national"),
    [
        (Unauthenticated("No."), "security", "REC_UNAUTHORIZED"),
        (Conflict("No.", code="state.transition"), "business-rule", "REC_CONFLICT"),
        (Conflict("No.", code="idempotency.body_mismatch"), "duplicate", "REC_CONFLICT"),
        (Invalid.one("body.required", "/code", "No."), "required", "REC_UNPROCESSABLE_ENTITY"),
        (Invalid.one("code.unknown", "/code", "No."), "code-invalid", "REC_UNPROCESSABLE_ENTITY"),
        (Invalid.one("nhs_number.checksum", "/a", "No."), "value", "REC_UNPROCESSABLE_ENTITY"),
        (Internal("No."), "exception", "REC_SERVER_ERROR"),
    ],
)
def test_a_problem_is_an_operation_outcome(problem: Problem, kind: str, national: str) -> None:
    body, media_type = as_operation_outcome(problem, REQUEST_ID)
    document = json.loads(body)
    OperationOutcome.model_validate(document)
    (issue,) = document["issue"]
    codings = {one["system"].rpartition("/")[2]: one["code"] for one in issue["details"]["coding"]}
    fault = problem.errors[0].code if problem.errors else problem.code
    assert media_type == FHIR_JSON
    assert issue["code"] == kind
    assert codings == {"http-error-codes": national, "problem": fault}
    assert (issue["diagnostics"], document["id"]) == ("No.", REQUEST_ID)


def test_each_fault_is_an_issue_at_its_path() -> None:
    errors = [
        FieldError("number.range", "/item/3/answer/0/valueInteger", "Too many."),
        FieldError("body.required", "/subject", "Missing."),
    ]
    document = json.loads(as_operation_outcome(Invalid(errors=errors), REQUEST_ID)[0])
    assert [one["expression"] for one in document["issue"]] == [
        ["item[3].answer[0].valueInteger"],
        ["subject"],
    ]
    assert fhir_path("") == ""


def test_every_status_has_a_kind_of_issue_that_fhir_knows() -> None:
    def every(kind: type[Problem]) -> list[type[Problem]]:
        return [kind, *(one for below in kind.__subclasses__() for one in every(below))]

    known = (
        "invalid structure required value invariant security login unknown expired forbidden suppressed processing "
        "not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly "
        "business-rule conflict transient lock-error no-store exception timeout incomplete throttled informational"
    )
    assert {issue_type(one.status, one.code) for one in every(Problem)} <= set(known.split())


def test_a_capability_statement_is_one() -> None:
    offered = Offered("Observation", ("create", "read", "search-type"), {"code": "token"}, "Scores.")
    statement = shown(
        capability_statement(
            title="outcomes", version="1", base="http://x/FHIR/R4", resources=[offered], documentation="All."
        )
    )
    CapabilityStatement.model_validate(statement)
    assert [one["type"] for one in statement["rest"][0]["resource"]] == ["Observation"]
    assert "operation" not in statement["rest"][0]


def test_nothing_that_is_shown_is_null_or_empty() -> None:
    bundle = shown(search_set([], total=0, links={}))
    assert bundle == {"resourceType": "Bundle", "type": "searchset", "total": 0}
    assert shown(Quantity(value=None, unit="points")) == {"unit": "points"}


def test_amounts_are_numbers() -> None:
    amounts = [Quantity(value=Decimal(one)) for one in ("23.21", "53", "53.0")]
    assert (
        fhir_answer({"component": amounts}).body
        == b'{"component":[{"value":23.21},{"value":53},{"value":53}]}'
    )
