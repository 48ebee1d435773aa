"""The discharge summary as a FHIR R4 document: a Bundle with its Composition first. Pure.

Codes: SNOMED CT, of the identifiers that the summary's readers in general practice file by. A document of one state of a case
has the same identifiers whenever it is asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any, Final
from uuid import UUID, uuid5

from services.referrals.printing.papers import Sent, Told
from services.referrals.printing.spelling import words
from services.referrals.records.rules import name_of
from services.referrals.records.schemas import PatientAnswer
from shared.fhir.datatypes import EXTENSIONS, NHS_NUMBER, ODS_CODE, SNOMED, shown

Resource = dict[str, Any]
DISCHARGE_SUMMARY: Final = ("373942005", "Discharge summary")
CPR_CODES: Final = {
    "do-not-attempt": ("450476008", "Not for attempted cardiopulmonary resuscitation"),
    "attempt": ("450475007", "For attempted cardiopulmonary resuscitation"),
}
REFERRALS: Final = {"social-prescribing": ("871731000000106", "Referral to social prescribing service")}
"""What was asked for, where SNOMED CT has a concept that we know of; else our own key."""
_REQUEST_STATUS: Final = {
    "sent": "active",
    "received": "active",
    "completed": "completed",
    "declined": "revoked",
    "recalled": "revoked",
}
_GENDERS: Final = frozenset({"male", "female", "other", "unknown"})
_XHTML: Final = "http://www.w3.org/1999/xhtml"


def summary_document(told: Told, paper: Mapping[str, Any], *, made_at: datetime) -> Resource:
    """The document of a discharged case. paper: the same summary as it is printed, of which the narrative is made."""
    case = told.case
    name = _Names(case.id, case.version)
    subject = {"reference": name.urn("Patient")}
    resources = [
        _organization(name, "Organization", {"name": told.place}, told.case.icc),
        *_practice(name, told),
        _patient(name, told),
        _episode(name, told, subject),
        *_condition(name, told, subject),
        _request(name, told, subject),
        *_onward(name, told.onward, subject),
        *_plan(name, told, subject),
    ]
    composition = _composition(name, paper, resources, subject=subject, at=made_at)
    return shown(
        {
            "resourceType": "Bundle",
            "id": str(name.id("Bundle")),
            "identifier": {
                "system": f"{EXTENSIONS}Id/document",
                "value": f"{case.id}/{case.version}",
            },
            "type": "document",
            "timestamp": _instant(made_at),
            "entry": [
                {"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in (composition, *resources)
            ],
        }
    )


class _Names:
    """Identifiers of the resources of a document: the same for the same state of a case."""

    def __init__(self, case: UUID, version: int) -> None:
        self._case, self._version = case, version

    def id(self, what: str) -> UUID:
        return uuid5(self._case, f"{self._version}/{what}")

    def urn(self, what: str) -> str:
        return f"urn:uuid:{self.id(what)}"


def _composition(
    name: _Names,
    paper: Mapping[str, Any],
    resources: Sequence[Resource],
    *,
    subject: Mapping[str, str],
    at: datetime,
) -> Resource:
    flags = [f"{title}: {text}" if text else title for title, text in paper["flags"]]
    first = [{"heading": "Read first", "kind": "list", "items": flags}] if flags else []
    sections = [_section(one) for one in (*first, *paper["sections"])]
    about = [one for one in resources if one["resourceType"] not in {"Patient", "Organization"}]
    sections.append(
        {
            "title": "Coded entries",
            "text": _narrative("<p>The same in codes, for the record.</p>"),
            "entry": [{"reference": f"urn:uuid:{one['id']}"} for one in about],
        }
    )
    return {
        "resourceType": "Composition",
        "id": str(name.id("Composition")),
        "status": "final",
        "type": _coded(SNOMED, *DISCHARGE_SUMMARY),
        "subject": subject,
        "encounter": None,
        "date": _instant(at),
        "author": [{"reference": name.urn("Organization")}],
        "title": paper["title"],
        "custodian": {"reference": name.urn("Organization")},
        "section": sections,
    }


def _section(section: Mapping[str, Any]) -> Resource:
    return {"title": section["heading"], "text": _narrative(_BODIES[section["kind"]](section))}


def _narrative(body: str) -> Resource:
    return {"status": "generated", "div": f'<div xmlns="{_XHTML}">{body}</div>'}


def _rows(rows: Sequence[Sequence[str]], cell: str = "td") -> str:
    return "".join(
        "<tr>" + "".join(f"<{cell}>{escape(text)}</{cell}>" for text in row) + "</tr>" for row in rows
    )


_BODIES: Final = {
    "text": lambda one: "".join(f"<p>{escape(line)}</p>" for line in one["lines"]),
    "list": lambda one: "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in one["items"]) + "</ul>",
    "pairs": lambda one: (
        "<p>"
        + "<br/>".join(f"<b>{escape(name)}</b>: {escape(value)}" for name, value in one["rows"])
        + "</p>"
    ),
    "table": lambda one: f"<table>{_rows([one['head']], 'th')}{_rows(one['rows'])}</table>",
}


def _organization(name: _Names, what: str, members: Mapping[str, Any], code: str) -> Resource:
    identifier = {"system": f"{EXTENSIONS}Id/community", "value": code}
    return {
        "resourceType": "Organization",
        "id": str(name.id(what)),
        "identifier": [identifier],
        "active": True,
        **members,
    }


def _practice(name: _Names, told: Told) -> Iterator[Resource]:
    if code := told.referral.patient.registered_practice:
        yield {
            "resourceType": "Organization",
            "id": str(name.id("Practice")),
            "identifier": [{"system": ODS_CODE, "value": code}],
            "name": told.practice or code,
        }


def _patient(name: _Names, told: Told) -> Resource:
    patient = told.referral.patient
    numbers = [{"system": NHS_NUMBER, "value": patient.nhs_number}] if patient.nhs_number else []
    if patient.local_id:
        numbers.append({"system": patient.local_system or "", "value": patient.local_id})
    reached = [("phone", patient.phone), ("email", patient.email)]
    practice = [{"reference": name.urn("Practice")}] if patient.registered_practice else []
    return {
        "resourceType": "Patient",
        "id": str(name.id("Patient")),
        "identifier": numbers,
        "name": _called(patient),
        "telecom": [{"system": kind, "value": value} for kind, value in reached if value],
        "gender": patient.gender if patient.gender in _GENDERS else None,
        "birthDate": None if patient.birth_date is None else patient.birth_date.isoformat(),
        "address": [{"postalCode": patient.postcode}] if patient.postcode else [],
        "generalPractitioner": practice,
    }


def _called(patient: PatientAnswer) -> list[Resource]:
    if patient.family is None:
        return []
    text = name_of(patient.given, patient.family)
    given = [patient.given] if patient.given else []
    return [{"use": "official", "text": text, "family": patient.family, "given": given}]


def _episode(name: _Names, told: Told, subject: Mapping[str, str]) -> Resource:
    case = told.case
    ended = None if case.discharged_on is None else case.discharged_on.isoformat()
    return {
        "resourceType": "EpisodeOfCare",
        "id": str(name.id("EpisodeOfCare")),
        "identifier": [{"system": f"{EXTENSIONS}Id/case", "value": str(case.id)}],
        "status": "finished",
        "type": [_coded(f"{EXTENSIONS}CodeSystem/pathway", case.pathway, told.pathway)],
        "patient": subject,
        "managingOrganization": {"reference": name.urn("Organization")},
        "period": {"start": case.opened_at.astimezone(UTC).date().isoformat(), "end": ended},
    }


def _condition(name: _Names, told: Told, subject: Mapping[str, str]) -> Iterator[Resource]:
    referral = told.referral
    if referral.reason_code or referral.reason:
        coded = {"system": referral.reason_system or SNOMED, "code": referral.reason_code}
        yield {
            "resourceType": "Condition",
            "id": str(name.id("Condition")),
            "category": [
                _coded(
                    "http://terminology.hl7.org/CodeSystem/condition-category",
                    "encounter-diagnosis",
                    "Encounter Diagnosis",
                )
            ],
            "code": {"coding": [coded] if referral.reason_code else [], "text": referral.reason},
            "subject": subject,
        }


def _request(name: _Names, told: Told, subject: Mapping[str, str]) -> Resource:
    referral = told.referral
    sender = referral.requester
    requester: dict[str, Any] = {"display": sender.name or sender.ods or sender.partner or "the person"}
    if sender.ods:
        requester["identifier"] = {"system": ODS_CODE, "value": sender.ods}
    reason = [{"reference": name.urn("Condition")}] if referral.reason_code or referral.reason else []
    return {
        "resourceType": "ServiceRequest",
        "id": str(name.id("ServiceRequest")),
        "identifier": [{"system": f"{EXTENSIONS}Id/referral", "value": str(referral.id)}],
        "status": "completed",
        "intent": "order",
        "code": _asked_for(referral.pathway, told.pathway, system="pathway"),
        "subject": subject,
        "authoredOn": _instant(referral.referred_at),
        "requester": requester,
        "reasonReference": reason,
    }


def _onward(name: _Names, onward: Sequence[Sent], subject: Mapping[str, str]) -> Iterator[Resource]:
    for place, one in enumerate(onward):
        yield {
            "resourceType": "ServiceRequest",
            "id": str(name.id(f"ServiceRequest/{place}")),
            "status": _REQUEST_STATUS[one.status],
            "intent": "order",
            "code": _asked_for(one.service, one.name, system="service"),
            "subject": subject,
            "authoredOn": one.sent_on.isoformat(),
            "performer": [{"display": one.name}],
            "note": [{"text": one.outcome}] if one.outcome else [],
        }


def _asked_for(key: str, title: str, *, system: str) -> Resource:
    codings = [{"system": f"{EXTENSIONS}CodeSystem/{system}", "code": key, "display": title}]
    if known := REFERRALS.get(key):
        codings.insert(0, {"system": SNOMED, "code": known[0], "display": known[1]})
    return {"coding": codings, "text": title}


def _plan(name: _Names, told: Told, subject: Mapping[str, str]) -> Iterator[Resource]:
    plan = told.plan
    if plan is None:
        return
    goals = [
        {
            "resourceType": "Goal",
            "id": str(name.id(f"Goal/{place}")),
            "lifecycleStatus": "accepted",
            "description": {"text": goal.text},
            "subject": subject,
        }
        for place, goal in enumerate(plan.goals)
    ]
    yield from goals
    yield {
        "resourceType": "CarePlan",
        "id": str(name.id("CarePlan")),
        "identifier": [{"system": f"{EXTENSIONS}Id/care-plan", "value": str(plan.id)}],
        "status": "completed",
        "intent": "plan",
        "title": "Care plan",
        "subject": subject,
        "created": _instant(plan.recorded_at),
        "goal": [{"reference": f"urn:uuid:{one['id']}"} for one in goals],
        "activity": [{"detail": _activity(one)} for one in plan.actions],
    }
    if cpr := plan.cpr_recommendation:
        stage = "".join((words(cpr.stage), f" ({cpr.form})" if cpr.form else ""))
        yield {
            "resourceType": "Flag",
            "id": str(name.id("Flag")),
            "status": "active",
            "code": {**_coded(SNOMED, *CPR_CODES[cpr.recommendation]), "text": f"{stage}. The form counts."},
            "subject": subject,
        }


def _activity(action: Any) -> Resource:
    code = {"coding": [{"system": SNOMED, "code": action.code}]} if action.code else None
    return {
        "code": code,
        "status": "unknown",
        "description": action.text,
        "scheduledPeriod": {"end": action.due_on.isoformat()} if action.due_on else None,
        "performer": [{"display": action.owner}] if action.owner else [],
    }


def _coded(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
