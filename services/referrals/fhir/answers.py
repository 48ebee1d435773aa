"""What the door emits: the stored view of a message, ServiceRequests, and our own definitions of messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from services.referrals.fhir.reading import CATEGORIES, Message, Reply
from services.referrals.fhir.rules import CASES, REFERRAL, REQUEST, VALIDATION, UseCase, instant
from services.referrals.fhir.use_cases import OWN
from shared.fhir.datatypes import EXTENSIONS, NHS_NUMBER, ODS_CODE

_STATUS: Final[Mapping[str, str]] = {
    "received": "active",
    "information-requested": "active",
    "accepted": "active",
    "redirected": "revoked",
    "rejected": "revoked",
    "withdrawn": "revoked",
    "closed": "completed",
}
_PRIORITY: Final = {"routine": "routine", "urgent": "urgent", "two-hour": "stat"}
_PROFILE: Final = "https://fhir.nhs.uk/StructureDefinition/BARSServiceRequest-request-"
_FOCUS: Final = ("MessageHeader", "ServiceRequest", "Patient", "Encounter", "CarePlan", "HealthcareService")
_SEVERAL: Final = {"Organization": 2, "Practitioner": 1, "PractitionerRole": 1, "Consent": 1}


def taken_bundle(message: Message, referral_id: UUID, *, version: int, now: datetime) -> dict[str, Any]:
    """The stored view of a message: as it was sent, with the id that the request has here and our own encounter."""
    stored, entries = instant(now), list(message.bundle.entries)
    at = int(message.request.pointer.split("/")[2])
    sent = entries[at]["resource"]
    meta = {**(sent.get("meta") or {}), "versionId": str(version), "lastUpdated": stored}
    entries[at] = {**entries[at], "resource": {**sent, "id": str(referral_id), "meta": meta}}
    if message.act != "cancel":
        entries.append(_encounter(referral_id, subject=sent["subject"], stored=stored))
    document = message.bundle.document
    return {**document, "meta": {**document["meta"], "lastUpdated": stored}, "entry": entries}


def reply_bundle(reply: Reply, *, now: datetime) -> dict[str, Any]:
    """The stored view of a response: as it was sent."""
    document = reply.bundle.document
    return {**document, "meta": {**document["meta"], "lastUpdated": instant(now)}}


def _encounter(referral_id: UUID, *, subject: Any, stored: str) -> dict[str, Any]:
    """The receiver's side of the case, which answers are about."""
    own = uuid5(referral_id, "encounter")
    return {
        "fullUrl": f"urn:uuid:{own}",
        "resource": {
            "resourceType": "Encounter",
            "id": str(own),
            "meta": {"lastUpdated": stored},
            "identifier": [{"system": CASES, "value": str(referral_id)}],
            "status": "planned",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH"},
            "subject": subject,
        },
    }


def service_request(answer: Mapping[str, Any], *, use_case: UseCase | None) -> dict[str, Any]:
    """A referral as a ServiceRequest. answer: of the referral, as its reader is told of it.   use_case: by which it came in."""
    category = REFERRAL if use_case is None else use_case.category
    asked = {"system": OWN, "code": answer["pathway"]}
    if use_case is not None:
        asked = {"system": use_case.system, "code": use_case.code, "display": use_case.title}
    patient, requester = answer["patient"], answer["requester"]
    resource = {
        "resourceType": "ServiceRequest",
        "id": str(answer["id"]),
        "meta": {"versionId": str(answer["version"]), "profile": [f"{_PROFILE}{category}"]},
        "status": _STATUS[answer["status"]],
        "intent": "plan",
        "category": [{"coding": [{"system": CATEGORIES, "code": category}, asked]}],
        "priority": _PRIORITY[answer["priority"]],
        "subject": {"type": "Patient", "identifier": _person(patient)},
        "authoredOn": instant(answer["referred_at"]),
        "requester": {"type": "Organization", "identifier": _organisation(requester)},
        "performer": [
            {"type": "Organization", "identifier": {"system": f"{EXTENSIONS}team", "value": answer["team"]}}
        ]
        if answer["team"]
        else [],
    }
    if answer.get("reason_code"):
        coding = {"system": answer["reason_system"], "code": answer["reason_code"]}
        resource["reasonCode"] = [{"coding": [coding], "text": answer.get("reason")}]
    elif answer.get("reason"):
        resource["reasonCode"] = [{"text": answer["reason"]}]
    return resource


def _person(patient: Mapping[str, Any]) -> dict[str, Any]:
    if patient.get("nhs_number"):
        return {"system": NHS_NUMBER, "value": patient["nhs_number"]}
    return {"system": patient.get("local_system"), "value": patient.get("local_id")}


def _organisation(requester: Mapping[str, Any]) -> dict[str, Any]:
    if requester.get("ods"):
        return {"system": ODS_CODE, "value": requester["ods"]}
    return {"system": f"{EXTENSIONS}partner", "value": requester.get("partner") or "self"}


def message_definitions(
    use_cases: Sequence[UseCase], *, services: Sequence[str], base: str, date: str
) -> list[tuple[str, dict[str, Any]]]:
    """Address and definition of each message that is taken: a request by use case."""
    return [(f"{base}/{_name(one)}", _definition(one, services, base, date)) for one in use_cases]


def _name(use_case: UseCase) -> str:
    return f"servicerequest-request-{use_case.code}"


def _definition(use_case: UseCase, services: Sequence[str], base: str, date: str) -> dict[str, Any]:
    contexts = [("https://fhir.nhs.uk/CodeSystem/dos-id", one) for one in services]
    return {
        "resourceType": "MessageDefinition",
        "id": _name(use_case)[:64],
        "url": f"{base}/{_name(use_case)}",
        "name": use_case.code,
        "title": use_case.title,
        "status": "active",
        "date": date,
        "useContext": [
            {
                "code": {
                    "system": "http://terminology.hl7.org/CodeSystem/usage-context-type",
                    "code": "program",
                },
                "valueCodeableConcept": {
                    "coding": [
                        {"system": CATEGORIES, "code": use_case.category},
                        {"system": use_case.system, "code": use_case.code, "display": use_case.title},
                        *({"system": system, "code": code} for system, code in contexts),
                    ]
                },
            }
        ],
        "eventCoding": {"system": "https://fhir.nhs.uk/CodeSystem/message-events-bars", "code": REQUEST},
        "category": "consequence",
        "focus": [
            *({"code": kind, "min": 1, "max": "1"} for kind in _FOCUS),
            *({"code": kind, "min": least, "max": "*"} for kind, least in _SEVERAL.items()),
            *(
                {"code": kind, "min": 0, "max": "*"}
                for kind in ("Condition", "Task", "Flag", "Location", "Observation")
            ),
        ],
        "responseRequired": "always" if use_case.category == VALIDATION else "on-error",
    }
