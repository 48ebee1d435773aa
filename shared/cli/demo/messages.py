"""A referral as a message of the national door (BaRS, FHIR R4), as a practice's system would write it. Pure."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

USE_CASE = "https://icc-platform.example/fhir/CodeSystem/use-case"
CATEGORY = "https://fhir.nhs.uk/CodeSystem/message-category-servicerequest"
EVENT = "https://fhir.nhs.uk/CodeSystem/message-events-bars"
REASON = "https://fhir.nhs.uk/CodeSystem/message-reason-bars"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
PROFILE = "https://fhir.nhs.uk/StructureDefinition/BARSBundleMessage"
SERVICE = "https://fhir.nhs.uk/Id/dos-service-id"
TO, FROM = "111111111", "2222222222"
"""The services of a local stack, as `ICC_BARS_SERVICE_IDS` has them where nothing is set."""

Reference = Callable[[str], dict[str, str]]


def id_of(referral: Mapping[str, Any], name: str) -> UUID:
    """An id of a part of a referral's message, the same each time it is made."""
    return uuid5(NAMESPACE_URL, f"{referral['message_id']}/{name}")


def message_of(referral: Mapping[str, Any]) -> dict[str, Any]:
    """The message that says what a referral of `POST /v1/referrals` says."""
    at = referral["referred_at"]

    def to(name: str) -> dict[str, str]:
        return {"reference": f"urn:uuid:{id_of(referral, name)}"}

    parts = {
        "header": _header(to),
        "request": _request(referral, to),
        "patient": _patient(referral["patient"], to),
        "encounter": {
            "resourceType": "Encounter",
            "identifier": [{"system": "https://demo.example/case", "value": referral["message_id"]}],
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
            "activity": [{"outcomeCodeableConcept": [{"text": referral["reason"]}]}],
        },
        "practice": _organisation(referral["patient"]["registered_practice"]),
        "sender": _organisation(referral["requester"]["ods"]),
        "receiver": _organisation("RTX"),
        "doctor": {"resourceType": "Practitioner", "name": [{"family": "Demonstration"}]},
        "role": {
            "resourceType": "PractitionerRole",
            "practitioner": to("doctor"),
            "organization": to("sender"),
        },
        "consent": _consent(to),
        "service": {"resourceType": "HealthcareService", "providedBy": to("receiver")},
    }
    return {
        "resourceType": "Bundle",
        "id": f"{id_of(referral, 'bundle')}",
        "meta": {"versionId": "1.1.0", "lastUpdated": at, "profile": [PROFILE]},
        "type": "message",
        "timestamp": at,
        "entry": [
            {"fullUrl": f"urn:uuid:{id_of(referral, name)}", "resource": one} for name, one in parts.items()
        ],
    }


def _header(to: Reference) -> dict[str, Any]:
    return {
        "resourceType": "MessageHeader",
        "eventCoding": {"system": EVENT, "code": "servicerequest-request"},
        "destination": [{"endpoint": f"{SERVICE}|{TO}", "receiver": to("receiver")}],
        "sender": to("sender"),
        "source": {"endpoint": f"{SERVICE}|{FROM}"},
        "reason": {"coding": [{"system": REASON, "code": "new"}]},
        "focus": [to("request")],
    }


def _request(referral: Mapping[str, Any], to: Reference) -> dict[str, Any]:
    coding = [
        {"system": CATEGORY, "code": "referral"},
        {"system": USE_CASE, "code": referral["pathway"]},
    ]
    return {
        "resourceType": "ServiceRequest",
        "meta": {"lastUpdated": referral["referred_at"]},
        "basedOn": [to("plan")],
        "status": "active",
        "intent": "plan",
        "priority": referral["priority"],
        "category": [{"coding": coding}],
        "subject": to("patient"),
        "encounter": to("encounter"),
        "authoredOn": referral["referred_at"],
        "requester": to("doctor"),
        "performer": [to("service")],
    }


def _consent(to: Reference) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"coding": [{"code": "DRC"}]}],
        "patient": to("patient"),
        "policyRule": {"coding": [{"code": "IMPLIED"}]},
    }


def _patient(patient: Mapping[str, str], to: Reference) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": NHS_NUMBER, "value": patient["nhs_number"]}],
        "name": [{"family": patient["family"], "given": [patient["given"]]}],
        "gender": patient["gender"],
        "birthDate": patient["birth_date"],
        "generalPractitioner": [to("practice")],
    }


def _organisation(code: str) -> dict[str, Any]:
    return {"resourceType": "Organization", "identifier": [{"system": ODS, "value": code}], "name": code}
