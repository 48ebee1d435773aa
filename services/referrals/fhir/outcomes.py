"""The message that tells a sender what became of its request: made of the request itself, as the standard's examples are."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

import orjson

from services.referrals.deliveries.rules import Target
from services.referrals.fhir.rules import CASES, RESPONSE, VALIDATION, instant
from services.referrals.fhir.use_cases import offered_use_cases
from shared.fhir.datatypes import EXTENSIONS

FHIR_JSON: Final = "application/fhir+json"
_BARS: Final = "https://fhir.nhs.uk/CodeSystem"
_REJECTED: Final = f"{_BARS}/rejected-reasons-bars"
_OF_PATIENT: Final = ("identifier", "name", "gender", "birthDate")
_OF_REQUEST: Final = ("category", "occurrencePeriod", "authoredOn")
_OF_ENCOUNTER: Final = ("identifier", "status", "class")
_OF_ORGANISATION: Final = ("identifier", "name")


@dataclass(frozen=True, slots=True)
class Decision:
    """What is told. outcome: the status of our encounter.   use_case: code of the request's.   reason: code and words of a refusal."""

    id: UUID
    referral_id: UUID
    outcome: str
    at: datetime
    use_case: str
    category: str
    reason: tuple[str, str] | None = None

    @property
    def reason_sent(self) -> str:
        """Of the message: the last word on a request is an update of the first."""
        return "update" if self.outcome == "finished" else "new"


def answer_bundle(sent: Mapping[str, Any], decision: Decision) -> dict[str, Any]:
    """The answer to a message. sent: the Bundle as it came."""
    resources = {
        kind: _first(sent, kind) for kind in ("MessageHeader", "ServiceRequest", "Patient", "Encounter")
    }
    header = resources["MessageHeader"]
    urls = {name: f"urn:uuid:{uuid5(decision.id, name)}" for name in _NAMES}
    ours = _referred(sent, header["destination"][0].get("receiver"))
    theirs = _referred(sent, header.get("sender"))
    entries = {
        "header": _header(header, decision, urls, bundle_id=sent["id"]),
        "request": {
            "resourceType": "ServiceRequest",
            "id": str(decision.referral_id),
            **_members(resources["ServiceRequest"], _OF_REQUEST),
            "status": "completed"
            if decision.outcome == "finished" and decision.category != VALIDATION
            else "active",
            "intent": "plan",
            "subject": {"reference": urls["patient"]},
            "encounter": {"reference": urls["theirs"]},
        },
        "theirs": {
            "resourceType": "Encounter",
            **_members(resources["Encounter"], _OF_ENCOUNTER),
            "subject": {"reference": urls["patient"]},
        },
        "ours": _encounter(resources["Encounter"], decision, urls["patient"]),
        "patient": {"resourceType": "Patient", **_members(resources["Patient"], _OF_PATIENT)},
        "receiver": {"resourceType": "Organization", **_members(ours, _OF_ORGANISATION)},
        "sender": {"resourceType": "Organization", **_members(theirs, _OF_ORGANISATION)},
    }
    changed = instant(decision.at)
    for one in entries.values():
        one["meta"] = {"lastUpdated": changed}
    return {
        "resourceType": "Bundle",
        "id": str(decision.id),
        "meta": {
            "versionId": sent["meta"]["versionId"],
            "lastUpdated": changed,
            "profile": ["https://fhir.nhs.uk/StructureDefinition/BARSBundleMessage"],
        },
        "type": "message",
        "timestamp": changed,
        "entry": [{"fullUrl": urls[name], "resource": one} for name, one in entries.items()],
    }


_SPOKEN: Final = "1.4.0"
_SOFTWARE: Final = {
    "resourceType": "Device",
    "deviceName": [{"name": "ICC platform", "type": "manufacturer-name"}],
    "version": [{"value": "1"}],
}
_NAMES: Final = ("header", "request", "theirs", "ours", "patient", "receiver", "sender")


def _header(
    header: Mapping[str, Any], decision: Decision, urls: Mapping[str, str], *, bundle_id: str
) -> dict[str, Any]:
    kind = "referral"
    if decision.category == VALIDATION:
        kind = "validation-full" if decision.outcome == "finished" else "validation-interim"
    return {
        "resourceType": "MessageHeader",
        "eventCoding": {"system": f"{_BARS}/message-events-bars", "code": RESPONSE},
        "destination": [
            {"endpoint": header["source"]["endpoint"], "receiver": {"reference": urls["sender"]}}
        ],
        "sender": {"reference": urls["receiver"]},
        "source": {"name": "ICC platform", "endpoint": header["destination"][0]["endpoint"]},
        "reason": {
            "coding": [
                {
                    "system": f"{_BARS}/message-reason-bars",
                    "code": decision.reason_sent,
                }
            ]
        },
        "response": {"identifier": bundle_id, "code": "ok"},
        "focus": [{"reference": urls["ours"]}],
        "definition": f"https://fhir.nhs.uk/MessageDefinition/bars-message-servicerequest-response-{kind}",
    }


def _encounter(sent: Mapping[str, Any], decision: Decision, patient: str) -> dict[str, Any]:
    encounter = {
        "resourceType": "Encounter",
        "id": str(uuid5(decision.referral_id, "encounter")),
        "identifier": [{"system": CASES, "value": str(decision.referral_id)}],
        "status": decision.outcome,
        "class": sent["class"],
        "subject": {"reference": patient},
    }
    if decision.outcome == "cancelled":
        code, words = decision.reason or ("other", "Ended by the receiver")
        own = {"system": f"{EXTENSIONS}CodeSystem/reason-code", "code": code, "display": words}
        # The national list has two codes; ours says more beside it.
        national = {"system": _REJECTED, "code": "OTH", "display": "Other"}
        encounter["reasonCode"] = [{"coding": [national, own], "text": words}]
    return encounter


def answer_headers(decision: Decision, target: Target, correlation_id: UUID) -> dict[str, str]:
    """The headers of an answer: the same ids at each attempt, so that a retry is known as one."""
    headers = {
        "Content-Type": FHIR_JSON,
        "Accept": FHIR_JSON,
        "X-Request-Id": str(decision.id),
        "X-Correlation-Id": str(correlation_id),
    }
    if target.service is not None:
        system, value = target.service
        headers["NHSD-Target-Identifier"] = _in_base64({"system": system, "value": value})
    return headers


def proxy_headers(sent: Mapping[str, Any], decision: Decision) -> dict[str, str]:
    """What the proxy is told of an answer beside it: for whom we speak, with which software, in which workflow. sent: the Bundle as it came."""
    ours = _referred(sent, _first(sent, "MessageHeader")["destination"][0].get("receiver"))
    organisation = {"resourceType": "Organization", **_members(ours, _OF_ORGANISATION)}
    return {
        "Accept": f"{FHIR_JSON}; version={_SPOKEN}",
        "NHSD-End-User-Organisation": _in_base64(organisation),
        "NHSD-Requesting-Software": _in_base64(_SOFTWARE),
        "use-context": f"{decision.use_case}|{decision.category}|{RESPONSE}|{decision.reason_sent}",
    }


def _in_base64(document: Mapping[str, Any]) -> str:
    return base64.b64encode(orjson.dumps(document)).decode()


def category_of(code: str | None) -> str:
    """The message category of a use case."""
    return next((one.category for one in offered_use_cases().values() if one.code == code), "referral")


def _first(sent: Mapping[str, Any], kind: str) -> dict[str, Any]:
    found = (one["resource"] for one in sent["entry"] if one["resource"]["resourceType"] == kind)
    return next(found, {})


def _referred(sent: Mapping[str, Any], reference: Any) -> dict[str, Any]:
    wanted = reference.get("reference") if isinstance(reference, dict) else None
    found = (one["resource"] for one in sent["entry"] if one["fullUrl"] == wanted)
    return next(found, {"name": "Unknown"})


def _members(resource: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: resource[name] for name in names if name in resource}
