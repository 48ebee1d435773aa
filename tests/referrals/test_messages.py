"""Messages of the national door: what is taken, what it becomes, and what a repeat is told."""

import asyncio
import json
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.messagedefinition import MessageDefinition
from fhir.resources.R4B.servicerequest import ServiceRequest

from tests.referrals.acting import holds, manager
from tests.referrals.builders import KENDAL_PRACTICE, SECRETS
from tests.referrals.messages import (
    NHS_NUMBER,
    PROCESS,
    a_message,
    a_validation,
    ids,
    in_base64,
    request_of,
    send,
    told,
)
from tests.support.running import Running

BASE = "/FHIR/R4"


async def taken(service: Running, message: dict[str, Any], **given: Any) -> dict[str, Any]:
    answer = await send(service, message, **given)
    assert answer.status_code == 200, answer.text
    bundle: dict[str, Any] = answer.json()
    return bundle


async def referral(service: Running, bundle: dict[str, Any], by: dict[str, str]) -> dict[str, Any]:
    answer = await service.client.get(f"/v1/referrals/{request_of(bundle)['id']}", headers=by)
    assert answer.status_code == 200, answer.text
    read: dict[str, Any] = answer.json()
    return read


async def test_a_message_becomes_the_referral_that_json_makes(
    referrals: Running, practice: dict[str, str]
) -> None:
    read = await referral(referrals, await taken(referrals, a_message()), practice)
    assert (read["status"], read["icc"], read["pathway"]) == ("received", "kendal", "care-coordination")
    assert read["patient"] == {
        "nhs_number": "9990000018",
        "family": "Archer",
        "given": "Kathy",
        "birth_date": "1938-02-11",
        "gender": "female",
        "postcode": "LA9 4JE",
        "phone": "01539 722000",
        "registered_practice": KENDAL_PRACTICE,
        "birth_date_estimated": False,
    }
    assert read["referred_at"].startswith("2026-06-12T08:30:00.123456")
    assert read["reason"] == "Fell twice; husband is the main carer"
    assert read["requester"] == {
        "ods": KENDAL_PRACTICE,
        "name": f"Ada Example, The sender ({KENDAL_PRACTICE})",
    }


async def test_the_answer_is_the_message_with_the_id_that_it_has_here(referrals: Running) -> None:
    message = a_message()
    own = ids()
    answer = await send(referrals, message, headers=own)
    stored = answer.json()
    Bundle.model_validate(stored)
    assert {name: answer.headers[name] for name in own} == own
    assert stored["id"] == message["id"]
    kinds = [one["resource"]["resourceType"] for one in stored["entry"]]
    assert kinds == [*(one["resource"]["resourceType"] for one in message["entry"]), "Encounter"]
    assert stored["entry"][-1]["resource"]["status"] == "planned"


async def test_the_message_is_kept_as_it_came_and_nobody_reads_it_in_the_database(referrals: Running) -> None:
    raw = json.dumps(a_message()).encode() + b"\n "
    software = in_base64({"resourceType": "Device", "deviceName": [{"name": "Secretive"}]})
    own = ids()
    await send(referrals, raw, headers={**own, "NHSD-Requesting-Software": software})
    (row,) = await referrals.rows("select * from fhir_message")
    keyring = referrals.platform.keyring
    kept = {
        column: keyring.decrypt_bytes(row[column], table="fhir_message", column=column, row=row["id"])
        for column in ("raw", "head")
    }
    assert kept["raw"] == raw
    assert json.loads(kept["head"])["headers"] == {"nhsd-requesting-software": software}
    assert [str(row[one]) for one in ("request_id", "correlation_id")] == list(own.values())
    stands = str(dict(row))
    assert [word for word in (*SECRETS, "Secretive", software) if holds(stands, word)] == []


async def test_a_validation_request_stands_on_the_urgent_teams_list_alone(referrals: Running) -> None:
    message = a_validation(patient={"identifier": None})
    bundle = await taken(referrals, message, org="RX6", role="hospital-system")
    by = referrals.token("case-manager", communities=("*",))
    read = await referral(referrals, bundle, by)
    assert (read["pathway"], read["priority"], read["identity"]) == ("urgent-response", "two-hour", "tracing")
    assert read["patient"]["flags"] == [{"kind": "scene-safety", "text": "The Scene is unsafe: A dog"}]
    assert (read["patient"]["local_system"], read["patient"]["local_id"]) == (
        "https://sender.example/case",
        "case-1",
    )
    urgent = await referrals.client.get(f"/v1/worklists/teams/{read['team']}", headers=by)
    assert [one["referral_id"] for one in urgent.json()["items"]] == [read["id"]]
    kendal = await referrals.client.get("/v1/worklists/kendal", headers=manager(referrals))
    assert kendal.json()["items"] == []


async def test_a_validation_request_needs_no_identifier_of_any_kind(referrals: Running) -> None:
    message = a_validation(patient={"identifier": None}, encounter={"identifier": None})
    bundle = await taken(referrals, message, org="RX6", role="hospital-system")
    read = await referral(referrals, bundle, referrals.token("case-manager", communities=("*",)))
    assert (read["identity"], read["patient"]["local_id"]) == ("tracing", f"urn:uuid:{message['id']}")
    unknown = await send(referrals, a_message(patient={"identifier": None}, encounter={"identifier": None}))
    assert told(unknown) == (400, "REC_BAD_REQUEST", "required")


async def test_a_message_sent_again_is_a_duplicate_and_twenty_at_once_make_one_referral(
    referrals: Running,
) -> None:
    message, own = a_message(), ids()
    answers = await asyncio.gather(*(send(referrals, message, headers=own) for _ in range(20)))
    statuses = sorted(one.status_code for one in answers)
    assert (statuses[0], set(statuses[1:]) <= {409, 425}) == (200, True)
    assert told(await send(referrals, message, headers=own)) == (409, "REC_CONFLICT", "duplicate")
    assert (await referrals.rows("select count(*) from referral"))[0]["count"] == 1


async def test_a_retry_of_what_was_refused_is_refused_as_it_was_and_a_mended_one_is_taken(
    referrals: Running,
) -> None:
    own = ids()
    wrong = a_message(patient={"identifier": [{"system": NHS_NUMBER, "value": "9990000019"}]})
    first, again = [(await send(referrals, wrong, headers=own)).json() for _ in range(2)]
    assert first == again
    assert first["issue"][0]["expression"] == ["entry[2].resource.identifier"]
    kept = await referrals.rows("select * from fhir_message")
    assert [(one["raw"], one["act"]) for one in kept] == [(None, None)]
    assert not await referrals.rows("select * from referral")
    assert (await send(referrals, a_message(), headers=own)).status_code == 200


def bundled(**changes: Any) -> dict[str, Any]:
    """A message whose bundle differs."""
    return {**a_message(), **changes}


def doubled() -> dict[str, Any]:
    message = a_message()
    return {**message, "entry": [*message["entry"], message["entry"][2]]}


UNKNOWN = {"reference": "urn:uuid:00000000-0000-4000-8000-000000000000"}
FILLER = {"fullUrl": "urn:x", "resource": {"resourceType": "Basic"}}
SEVERAL = [
    {"system": NHS_NUMBER, "value": "9990000018"},
    {"system": "https://fhir.nhs.net/Id/nhs-number", "value": "9990000026"},
]
BAD = (400, "REC_BAD_REQUEST")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"{", (*BAD, "structure")),
        (b"[]", (*BAD, "structure")),
        ({"resourceType": "Patient"}, (*BAD, "structure")),
        (bundled(type="searchset"), (*BAD, "value")),
        (bundled(id="mine"), (*BAD, "invalid")),
        (bundled(meta={}), (*BAD, "invariant")),
        (bundled(meta={"versionId": "2.0.0"}), (422, "REC_UNPROCESSABLE_ENTITY", "not-supported")),
        (bundled(entry=[]), (*BAD, "required")),
        (bundled(entry=[FILLER] * 10_000), (422, "REC_UNPROCESSABLE_ENTITY", "too-costly")),
        (doubled(), (*BAD, "invalid")),
        (a_message(header=None), (*BAD, "required")),
        (a_message(header={"eventCoding": {"code": "booking-request"}}), (*BAD, "not-supported")),
        (a_message(header={"destination": [{"endpoint": "x|333"}]}), (404, "REC_NOT_FOUND", "not-found")),
        (a_message(header={"source": None}), (*BAD, "required")),
        (a_message(header={"eventCoding": {"code": "servicerequest-response"}}), (*BAD, "required")),
        (
            a_message(use_case=("https://fhir.nhs.uk/CodeSystem/usecases-categories-bars", "a5t1")),
            (*BAD, "not-supported"),
        ),
        (a_message(category="validation"), (*BAD, "invariant")),
        (a_message(status="completed"), (*BAD, "invariant")),
        (a_message(reason="new", status="revoked"), (*BAD, "invariant")),
        (a_message(request={"priority": "high"}), (*BAD, "code-invalid")),
        (a_message(request={"requester": None}), (*BAD, "required")),
        (a_message(request={"authoredOn": "12 June"}), (*BAD, "value")),
        (a_message(request={"performer": [UNKNOWN]}), (*BAD, "invalid")),
        (
            a_message(practice={"partOf": {"reference": "#"}, "modifierExtension": [{"url": "x"}]}),
            (*BAD, "not-supported"),
        ),
        (a_message(patient=None), (*BAD, "required")),
        (a_message(patient={"identifier": SEVERAL}), (*BAD, "value")),
        (a_message(patient={"birthDate": "2026-02-30"}), (*BAD, "value")),
        (a_message(patient={"name": None}), (*BAD, "required")),
        (a_message(patient={"name": "Archer"}), (*BAD, "structure")),
    ],
)
async def test_what_the_standard_refuses_has_its_code_and_leaves_nothing(
    referrals: Running, message: Any, expected: tuple[int, str, str]
) -> None:
    answer = await send(referrals, message)
    assert told(answer) == expected
    assert [word for word in SECRETS if word in answer.text] == []
    assert not await referrals.rows("select * from referral")
    kept = await referrals.rows("select raw, head from fhir_message")
    assert {(one["raw"], one["head"]) for one in kept} <= {(None, None)}


async def test_references_that_come_back_to_themselves_are_refused(referrals: Running) -> None:
    message = a_message()
    plan = next(one for one in message["entry"] if one["resource"]["resourceType"] == "CarePlan")
    request = next(one for one in message["entry"] if one["resource"]["resourceType"] == "ServiceRequest")
    plan["resource"]["basedOn"] = [{"reference": request["fullUrl"]}]
    answer = await send(referrals, message)
    assert answer.json()["issue"][0]["details"]["coding"][1]["code"] == "reference.cycle"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Request-Id": "mine"}, (*BAD, "invalid")),
        ({"NHSD-Target-Identifier": "mine"}, (*BAD, "invalid")),
        ({"NHSD-Target-Identifier": in_base64({"value": 1})}, (*BAD, "invalid")),
        (
            {"NHSD-Target-Identifier": in_base64({"system": "x", "value": "333"})},
            (404, "REC_NOT_FOUND", "not-found"),
        ),
        ({"NHSD-End-User-Organisation": in_base64({"resourceType": "Patient"})}, (*BAD, "invalid")),
        ({"Accept": "application/fhir+xml"}, (406, "REC_NOT_ACCEPTABLE", "processing")),
    ],
)
async def test_headers_are_checked_where_they_are_sent(
    referrals: Running, headers: dict[str, str], expected: tuple[int, str, str]
) -> None:
    assert told(await send(referrals, a_message(), headers=headers)) == expected


async def test_a_message_without_its_ids_is_refused(referrals: Running, practice: dict[str, str]) -> None:
    headers = {**practice, "Content-Type": "application/fhir+json"}
    answer = await referrals.client.post(PROCESS, json=a_message(), headers=headers)
    assert told(answer) == (*BAD, "required")
    assert len(answer.json()["issue"]) == 2


async def test_every_fault_of_the_door_is_an_operation_outcome(referrals: Running) -> None:
    nobody = await referrals.client.post(PROCESS, json=a_message())
    assert told(nobody) == (401, "REC_UNAUTHORIZED", "security")
    public = await send(referrals, a_message(), role="dashboard")
    assert told(public) == (403, "REC_FORBIDDEN", "forbidden")
    wrong = await referrals.client.get(PROCESS)
    assert (told(wrong), wrong.headers["Allow"]) == ((405, "REC_METHOD_NOT_ALLOWED", "not-supported"), "POST")
    xml = await send(referrals, b"<Bundle/>", headers={"Content-Type": "application/fhir+xml"})
    assert (xml.status_code, xml.json()["resourceType"]) == (415, "OperationOutcome")


async def test_a_referral_of_either_door_is_read_as_a_service_request(
    referrals: Running, practice: dict[str, str]
) -> None:
    bundle = await taken(referrals, a_message())
    answer = await referrals.client.get(f"{BASE}/ServiceRequest/{request_of(bundle)['id']}", headers=practice)
    resource = answer.json()
    ServiceRequest.model_validate(resource)
    assert answer.headers["ETag"] == 'W/"1"'
    assert (resource["id"], resource["status"]) == (request_of(bundle)["id"], "active")
    assert resource["category"][0]["coding"][1]["code"] == "care-coordination"
    other = referrals.token("practice-system", org="A82030")
    hidden = await referrals.client.get(f"{BASE}/ServiceRequest/{resource['id']}", headers=other)
    assert told(hidden) == (404, "REC_NOT_FOUND", "not-found")


@pytest.mark.parametrize("spelling", ["patient:identifier", "patient.identifier"])
async def test_a_persons_service_requests_are_found(
    referrals: Running, practice: dict[str, str], spelling: str
) -> None:
    own = request_of(await taken(referrals, a_message()))["id"]
    asked = {spelling: f"{NHS_NUMBER}|9990000018"}
    by_address = await referrals.client.get(f"{BASE}/ServiceRequest", params=asked, headers=practice)
    by_form = await referrals.client.post(f"{BASE}/ServiceRequest/_search", data=asked, headers=practice)
    for answer in (by_address, by_form):
        Bundle.model_validate(answer.json())
        assert [one["resource"]["id"] for one in answer.json()["entry"]] == [own]
        assert answer.json()["total"] == 1


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({}, "required"),
        ({"patient:identifier": "9990000018"}, "invalid"),
        ({"patient:identifier": f"{NHS_NUMBER}|1"}, "value"),
    ],
)
async def test_a_search_names_one_person(
    referrals: Running, practice: dict[str, str], asked: dict[str, str], kind: str
) -> None:
    answer = await referrals.client.get(f"{BASE}/ServiceRequest", params=asked, headers=practice)
    assert told(answer) == (*BAD, kind)


async def test_the_next_page_of_a_search_is_where_its_link_says(
    referrals: Running, practice: dict[str, str]
) -> None:
    made = {request_of(await taken(referrals, a_message()))["id"] for _ in range(3)}
    asked = {"patient:identifier": f"{NHS_NUMBER}|9990000018", "_count": "2"}
    first = (await referrals.client.get(f"{BASE}/ServiceRequest", params=asked, headers=practice)).json()
    following = next(one["url"] for one in first["link"] if one["relation"] == "next")
    second = (await referrals.client.get(following, headers=practice)).json()
    found = [one["resource"]["id"] for bundle in (first, second) for one in bundle["entry"]]
    assert (set(found), len(found)) == (made, 3)


async def test_the_door_says_what_it_takes(referrals: Running, practice: dict[str, str]) -> None:
    statement = (await referrals.client.get(f"{BASE}/metadata")).json()
    CapabilityStatement.model_validate(statement)
    smart = (await referrals.client.get(f"{BASE}/.well-known/smart-configuration")).json()
    assert smart["jwks_uri"].endswith("/.well-known/jwks.json")
    assert "token_endpoint" not in smart
    path = f"{BASE}/MessageDefinition"
    found = (await referrals.client.get(path, params={"context": "x|111111111"}, headers=practice)).json()
    definitions = [one["resource"] for one in found["entry"]]
    for one in definitions:
        MessageDefinition.model_validate(one)
    assert {"a4t2", "a4t3", "care-coordination", "urgent-response"} <= {one["name"] for one in definitions}
    none = (await referrals.client.get(path, params={"context": "333"}, headers=practice)).json()
    assert none["total"] == 0
