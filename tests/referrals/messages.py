"""Messages of the national door as an invented practice's system, or an ambulance service's, sends them."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx

from tests.referrals.builders import KENDAL_PRACTICE
from tests.support.running import Running

PROCESS = "/FHIR/R4/$process-message"
OWN = "https://icc-platform.example/fhir/CodeSystem/use-case"
NATIONAL = "https://fhir.nhs.uk/CodeSystem/usecases-categories-bars"
CATEGORIES = "https://fhir.nhs.uk/CodeSystem/message-category-servicerequest"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
AT = "2026-06-12T08:30:00.1234567+00:00"
SENT_TO = "https://fhir.nhs.uk/Id/dos-service-id|111111111"


def urn(name: str) -> str:
    """The address of an entry within a message, the same for the same name."""
    return f"urn:uuid:{name.encode().hex():0<32.32}"[:9] + _hyphens(f"{name.encode().hex():0<32.32}")


def _hyphens(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def to(name: str) -> dict[str, str]:
    """A reference to an entry."""
    return {"reference": urn(name)}


def a_message(
    *,
    use_case: tuple[str, str] = (OWN, "care-coordination"),
    category: str = "referral",
    reason: str = "new",
    status: str = "active",
    request_id: str | None = None,
    changed_at: str = AT,
    **resources: dict[str, Any] | None,
) -> dict[str, Any]:
    """A whole request. resources: by the name of its entry, members that differ; None leaves an entry out."""
    parts = _parts(use_case, category, reason, status, request_id, changed_at)
    for name, changes in resources.items():
        if changes is None:
            del parts[name]
        else:
            parts[name] = {
                one: value for one, value in {**parts.get(name, {}), **changes}.items() if value is not None
            }
    return {
        "resourceType": "Bundle",
        "id": str(uuid4()),
        "meta": {
            "versionId": "1.1.0",
            "lastUpdated": changed_at,
            "profile": ["https://fhir.nhs.uk/StructureDefinition/BARSBundleMessage"],
        },
        "type": "message",
        "timestamp": changed_at,
        "entry": [{"fullUrl": urn(name), "resource": one} for name, one in parts.items()],
    }


def _parts(
    use_case: tuple[str, str],
    category: str,
    reason: str,
    status: str,
    request_id: str | None,
    changed_at: str,
) -> dict[str, dict[str, Any]]:
    system, code = use_case
    header = {
        "resourceType": "MessageHeader",
        "eventCoding": {
            "system": "https://fhir.nhs.uk/CodeSystem/message-events-bars",
            "code": "servicerequest-request",
        },
        "destination": [{"endpoint": SENT_TO, "receiver": to("receiver")}],
        "sender": to("sender"),
        "source": {"endpoint": "https://fhir.nhs.uk/Id/dos-service-id|2222222222"},
        "reason": {
            "coding": [{"system": "https://fhir.nhs.uk/CodeSystem/message-reason-bars", "code": reason}]
        },
        "focus": [to("request")],
    }
    request = {
        "resourceType": "ServiceRequest",
        **({} if request_id is None else {"id": request_id}),
        "meta": {"lastUpdated": changed_at},
        "basedOn": [to("plan")],
        "status": status,
        "intent": "plan",
        "category": [
            {"coding": [{"system": CATEGORIES, "code": category}, {"system": system, "code": code}]}
        ],
        "subject": to("patient"),
        "encounter": to("encounter"),
        "authoredOn": AT,
        "requester": to("doctor"),
        "performer": [to("service")],
    }
    return {
        "header": header,
        "request": request,
        "patient": _patient(),
        "encounter": {
            "resourceType": "Encounter",
            "identifier": [{"system": "https://sender.example/case", "value": "case-1"}],
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "subject": to("patient"),
        },
        "plan": {
            "resourceType": "CarePlan",
            "status": "completed",
            "intent": "plan",
            "subject": to("patient"),
            "encounter": to("encounter"),
            "activity": [{"outcomeCodeableConcept": [{"text": "Fell twice; husband is the main carer"}]}],
        },
        "practice": _organisation("The practice", KENDAL_PRACTICE),
        "sender": _organisation("The sender", KENDAL_PRACTICE),
        "receiver": _organisation("The receiver", "RTX"),
        "doctor": {"resourceType": "Practitioner", "name": [{"family": "Example", "given": ["Ada"]}]},
        "role": {
            "resourceType": "PractitionerRole",
            "practitioner": to("doctor"),
            "organization": to("sender"),
        },
        "service": {"resourceType": "HealthcareService", "providedBy": to("receiver")},
        "consent": {
            "resourceType": "Consent",
            "status": "active",
            "scope": {"coding": [{"code": "patient-privacy"}]},
            "category": [{"coding": [{"code": "DRC"}]}],
            "patient": to("patient"),
            "policyRule": {"coding": [{"code": "IMPLIED"}]},
        },
    }


def _patient() -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": NHS_NUMBER, "value": "9990000018"}],
        "name": [{"family": "Archer", "given": ["Kathy"]}],
        "gender": "female",
        "birthDate": "1938-02-11",
        "address": [{"postalCode": "LA9 4JE"}],
        "contact": [{"telecom": [{"system": "phone", "value": "01539 722000", "rank": 1}]}],
        "generalPractitioner": [to("practice")],
    }


def _organisation(name: str, code: str) -> dict[str, Any]:
    # Senders spell the system in both ways.
    return {
        "resourceType": "Organization",
        "identifier": [{"system": ODS.replace("/Id/", "/id/"), "value": code}],
        "name": name,
    }


def a_validation(**given: Any) -> dict[str, Any]:
    """A request of 999 that an urgent team look at somebody who fell."""
    flag = {
        "resourceType": "Flag",
        "status": "active",
        "category": [{"coding": [{"code": "SS"}]}],
        "code": {"coding": [{"display": "The Scene is unsafe"}], "text": "A dog"},
        "subject": to("patient"),
    }
    usual = {"use_case": (NATIONAL, "a4t2"), "category": "validation", "flag": flag}
    return a_message(**{**usual, **given})


def in_base64(document: Mapping[str, Any]) -> str:
    """A document as an NHSD header holds it."""
    return base64.b64encode(json.dumps(document).encode()).decode()


def ids() -> dict[str, str]:
    """The two ids of a message."""
    return {"X-Request-Id": str(uuid4()), "X-Correlation-Id": str(uuid4())}


async def send(
    service: Running,
    message: Any,
    *,
    headers: Mapping[str, str] | None = None,
    org: str = KENDAL_PRACTICE,
    role: str = "practice-system",
) -> httpx.Response:
    """A message sent, under ids of its own unless headers bring others."""
    raw = message if isinstance(message, bytes) else json.dumps(message).encode()
    usual = {"Content-Type": "application/fhir+json", **ids(), **service.token(role, org=org)}
    return await service.client.post(PROCESS, content=raw, headers={**usual, **(headers or {})})


def request_of(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """The ServiceRequest of a bundle."""
    found: dict[str, Any] = next(
        one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "ServiceRequest"
    )
    return found


def told(answer: httpx.Response) -> tuple[int, str, str]:
    """What a refusal says: status, national code, kind of issue."""
    issue = answer.json()["issue"][0]
    return answer.status_code, issue["details"]["coding"][0]["code"], issue["code"]


def a_reply(to_answer: str, *, code: str | None = "ok", **given: Any) -> dict[str, Any]:
    """A response to an answer of ours, which it names by the id of its Bundle."""
    response = {"identifier": to_answer} | ({} if code is None else {"code": code})
    event = {
        "system": "https://fhir.nhs.uk/CodeSystem/message-events-bars",
        "code": "servicerequest-response",
    }
    return a_validation(header={"eventCoding": event, "response": response}, **given)
