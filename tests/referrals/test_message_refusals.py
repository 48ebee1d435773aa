"""What the standard's own examples of OperationOutcomes say, each by its cause, and use cases of a conformance run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome

from tests.referrals.acting import read
from tests.referrals.messages import NATIONAL, NHS_NUMBER, a_message, in_base64, request_of, send, told
from tests.support.databases import Databases
from tests.support.running import Running, running

DOOR = "/FHIR/R4"
BAD, TOO_MUCH = (400, "REC_BAD_REQUEST"), (422, "REC_UNPROCESSABLE_ENTITY")
FAILING, PASSING = "9990000019", "9990000018"


def numbered(number: str) -> dict[str, Any]:
    return {"identifier": [{"system": NHS_NUMBER, "value": number}]}


def many() -> dict[str, Any]:
    message = a_message()
    filler = [{"fullUrl": f"urn:x:{at}", "resource": {"resourceType": "Basic"}} for at in range(500)]
    return {**message, "entry": [*message["entry"], *filler]}


MESSAGES: list[tuple[str, Any, Mapping[str, str], tuple[int, str, str]]] = [
    ("format of a header", a_message(), {"NHSD-Target-Identifier": "x"}, (*BAD, "invalid")),
    ("workflow", a_message(reason="delete"), {}, (*BAD, "invariant")),
    ("use case", a_message(use_case=(NATIONAL, "a1t1")), {}, (*BAD, "not-supported")),
    ("an element", a_message(request={"requester": None}), {}, (*BAD, "required")),
    ("an identifier", a_message(patient=numbered(FAILING)), {}, (*BAD, "value")),
    (
        "another's",
        a_message(),
        {"NHSD-Target-Identifier": in_base64({"system": "x", "value": "333"})},
        (404, "REC_NOT_FOUND", "not-found"),
    ),
    ("Accept", a_message(), {"Accept": "application/fhir+xml"}, (406, "REC_NOT_ACCEPTABLE", "processing")),
    (
        "version",
        {**a_message(), "meta": {"versionId": "9.0.0", "lastUpdated": "2026-06-12T09:00:00Z"}},
        {},
        (*TOO_MUCH, "not-supported"),
    ),
    ("entries", many(), {}, (*TOO_MUCH, "too-costly")),
]


async def test_each_refusal_of_a_message_is_the_example_of_its_cause(referrals: Running) -> None:
    found = {}
    for name, message, headers, _ in MESSAGES:
        answer = await send(referrals, message, headers=headers)
        OperationOutcome.model_validate(answer.json())
        found[name] = told(answer)
    assert found == {name: expected for name, _, _, expected in MESSAGES}


@pytest.mark.parametrize("kind", ["Appointment", "DocumentReference", "HealthcareService", "Slot"])
async def test_bookings_and_documents_are_not_implemented(
    referrals: Running, practice: dict[str, str], kind: str
) -> None:
    answers = [
        await referrals.client.get(f"{DOOR}/{kind}", headers=practice),
        await referrals.client.post(f"{DOOR}/{kind}", json={}, headers=practice),
    ]
    assert [told(one) for one in answers] == [(501, "REC_NOT_IMPLEMENTED", "not-supported")] * 2
    assert told(await referrals.client.get(f"{DOOR}/{kind}")) == (401, "REC_UNAUTHORIZED", "security")


async def test_a_sender_whose_token_was_revoked_is_not_allowed(referrals: Running) -> None:
    operator = {**referrals.token("operator"), "Idempotency-Key": "revoke"}
    revoked = await referrals.client.post(
        "/v1/operations/revocations",
        json={"client": "local:practice-system:A82999", "reason": "lost"},  # of no other test
        headers=operator,
    )
    assert revoked.status_code == 201, revoked.text
    await referrals.platform.tokens.revocations.refresh(referrals.platform.database)
    refused = await send(referrals, a_message(), org="A82999")
    assert told(refused) == (401, "REC_UNAUTHORIZED", "forbidden")


def of_a_pharmacy(use_case: str, number: str) -> dict[str, Any]:
    """A request of general practice to a community pharmacy: what is asked for stands in a Task, why in words."""
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"system": "http://snomed.info/sct", "display": "Pharmacy First (procedure)"}]},
        "description": "The person calls within a day.",
    }
    condition = {
        "resourceType": "Condition",
        "code": {"coding": [{"display": "High blood pressure"}]},
        "subject": {"display": "the person"},
    }
    return a_message(use_case=(NATIONAL, use_case), patient=numbered(number), task=task, condition=condition)


@pytest.mark.parametrize(
    ("policy", "number", "expected"),
    [
        ("refuse", FAILING, (*BAD, "value")),
        ("refuse", PASSING, "nhs-number"),
        ("trace", FAILING, "tracing"),
        ("trace", PASSING, "nhs-number"),
    ],
)
async def test_use_cases_of_a_conformance_run_are_taken_under_either_policy_for_nhs_numbers(
    databases: Databases, data_dir: Path, policy: str, number: str, expected: Any
) -> None:
    pathways = {"a5t1": "care-coordination", "a5t2": "health-coaching", "a5t3": "health-check"}
    settings = {
        "bars_test_use_cases": tuple(f"{code}:{pathway}" for code, pathway in pathways.items()),
        "nhs_number_policy": policy,
    }
    async with (
        databases.lend("referrals") as url,
        running("referrals", database_url=url, data_dir=data_dir, settings=settings) as service,
    ):
        for code, pathway in pathways.items():
            answer = await send(service, of_a_pharmacy(code, number))
            if isinstance(expected, tuple):
                assert told(answer) == expected
                assert answer.json()["issue"][0]["expression"] == ["entry[2].resource.identifier"]
                continue
            made = await read(service, request_of(answer.json()))
            assert (made["pathway"], made["identity"]) == (pathway, expected)
            assert made["patient"]["nhs_number"] == number
            assert made["reason"].splitlines()[0] == "High blood pressure"
            assert "Pharmacy First (procedure)" in made["reason"]
