"""A care plan as a CarePlan, and back: goals and contacts contained, actions as activities, the rest in extensions of ours."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

from pydantic import Field

from services.referrals.care_plans.schemas import CarePlanAnswer, CprAnswer, PlanContactAnswer
from services.referrals.fhir.rules import instant
from services.referrals.fhir.schemas import ContactPoint, HumanName, Period
from services.referrals.records.rules import Filters
from services.referrals.records.states import CASE_STAGES
from shared.fhir.datatypes import (
    EXTENSIONS,
    NHS_NUMBER,
    SNOMED,
    CodeableConcept,
    Element,
    Reference,
)
from shared.fhir.resources import Resource

_PLAN: Final = f"{EXTENSIONS}StructureDefinition/care-plan-"
PREFERENCES, CONSENT, REVIEW, CPR, CARER = (
    f"{_PLAN}{name}" for name in ("preferences", "consent-to-share", "review-on", "cpr", "carer")
)
_CPR_TEXTS: Final = ("recommendation", "stage", "form", "discussed_with", "completed_by", "kept_at")
_CPR_DAYS: Final = ("discussed_on", "completed_on")


class OwnExtension(Element):
    """An extension of ours, or one whose value is not read."""

    url: str
    value_string: str | None = None
    value_boolean: bool | None = None
    value_date: str | None = None
    extension: tuple["OwnExtension", ...] = ()

    @property
    def value(self) -> Any:
        """Its value."""
        texts = (self.value_string, self.value_date)
        return self.value_boolean if texts == (None, None) else next(one for one in texts if one is not None)


class Contained(Element):
    """A Goal or a RelatedPerson within a plan."""

    resource_type: str
    id: str | None = None
    description: CodeableConcept | None = None
    name: tuple[HumanName, ...] = ()
    relationship: tuple[CodeableConcept, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    extension: tuple[OwnExtension, ...] = ()


class Detail(Element):
    """What is done."""

    description: str | None = None
    code: CodeableConcept | None = None
    scheduled_period: Period | None = None
    performer: tuple[Reference, ...] = ()


class PlannedActivity(Element):
    """An action of a plan."""

    detail: Detail | None = None


class CarePlanBody(Resource):
    """A CarePlan as it is written."""

    resource_type: Literal["CarePlan"]
    subject: Reference | None = None
    contained: tuple[Contained, ...] = ()
    activity: tuple[PlannedActivity, ...] = ()
    extension: tuple[OwnExtension, ...] = Field(default=())


def care_plan(plan: CarePlanAnswer, *, number: str | None) -> dict[str, Any]:
    """A plan as a CarePlan; its id is that of the case, which has one. number: the person's NHS number."""
    subject = (
        {"type": "Patient", "identifier": {"system": NHS_NUMBER, "value": number}}
        if number
        else {"display": "The person of the case"}
    )
    goals = [
        {
            "resourceType": "Goal",
            "id": f"goal-{at}",
            "lifecycleStatus": "active",
            "description": {"text": one.text},
            "subject": subject,
        }
        for at, one in enumerate(plan.goals, 1)
    ]
    people = [_related(one, f"contact-{at}", subject) for at, one in enumerate(plan.contacts, 1)]
    return {
        "resourceType": "CarePlan",
        "id": str(plan.case_id),
        "meta": {"versionId": str(plan.version), "lastUpdated": instant(plan.recorded_at)},
        "contained": [*goals, *people],
        "extension": list(_extensions(plan)),
        "status": "active",
        "intent": "plan",
        "subject": subject,
        "contributor": [{"reference": f"#{one['id']}"} for one in people],
        "goal": [{"reference": f"#{one['id']}"} for one in goals],
        "activity": [{"detail": _detail(one)} for one in plan.model_dump()["actions"]],
    }


def _related(contact: PlanContactAnswer, own: str, subject: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "RelatedPerson",
        "id": own,
        "extension": [{"url": CARER, "valueBoolean": contact.carer}],
        "patient": subject,
        "name": [{"text": contact.name}],
        "relationship": [{"text": contact.relationship}],
        "telecom": [{"system": "phone", "value": contact.phone}] if contact.phone else [],
    }


def _detail(action: Mapping[str, Any]) -> dict[str, Any]:
    detail: dict[str, Any] = {"status": "scheduled", "description": action["text"]}
    if action["code"]:
        detail["code"] = {"coding": [{"system": SNOMED, "code": action["code"]}]}
    if action["due_on"]:
        detail["scheduledPeriod"] = {"end": action["due_on"].isoformat()}
    if action["owner"]:
        detail["performer"] = [{"display": action["owner"]}]
    return detail


def _extensions(plan: CarePlanAnswer) -> Iterator[dict[str, Any]]:
    yield {"url": CONSENT, "valueBoolean": plan.consent_to_share}
    if plan.advance_care_preferences:
        yield {"url": PREFERENCES, "valueString": plan.advance_care_preferences}
    if plan.review_on:
        yield {"url": REVIEW, "valueDate": plan.review_on.isoformat()}
    if plan.cpr_recommendation:
        yield {"url": CPR, "extension": list(_cpr(plan.cpr_recommendation))}


def _cpr(told: CprAnswer) -> Iterator[dict[str, Any]]:
    members = told.model_dump()
    for name in _CPR_TEXTS:
        if members[name]:
            yield {"url": name, "valueString": members[name]}
    for name in _CPR_DAYS:
        day: date | None = members[name]
        if day:
            yield {"url": name, "valueDate": day.isoformat()}


def plan_members(body: CarePlanBody) -> dict[str, Any]:
    """What a CarePlan says, as the JSON of a plan."""
    own = {one.url: one for one in body.extension}
    members: dict[str, Any] = {
        "goals": [{"text": _words(one.description)} for one in body.contained if one.resource_type == "Goal"],
        "actions": [_action(one.detail) for one in body.activity if one.detail is not None],
        "contacts": [_contact(one) for one in body.contained if one.resource_type == "RelatedPerson"],
        "consent_to_share": own[CONSENT].value is True if CONSENT in own else False,
        "advance_care_preferences": own[PREFERENCES].value if PREFERENCES in own else None,
        "review_on": own[REVIEW].value if REVIEW in own else None,
        "cpr_recommendation": {one.url: one.value for one in own[CPR].extension} if CPR in own else None,
    }
    return members


def _action(detail: Detail) -> dict[str, Any]:
    codings = detail.code.coding if detail.code else ()
    action = {
        "text": detail.description or _words(detail.code),
        "code": next((one.code for one in codings if one.system == SNOMED), None),
        "owner": detail.performer[0].display if detail.performer else None,
        "due_on": detail.scheduled_period.end if detail.scheduled_period else None,
    }
    return {name: value for name, value in action.items() if value is not None}


def _contact(person: Contained) -> dict[str, Any]:
    phones = [one.value for one in person.telecom if one.system == "phone"]
    name = person.name[0] if person.name else None
    contact = {
        "name": None if name is None else name.text or " ".join((*name.given, name.family or "")).strip(),
        "relationship": _words(person.relationship[0]) if person.relationship else None,
        "phone": phones[0] if phones else None,
        "carer": any(one.url == CARER and one.value is True for one in person.extension),
    }
    return {name: value for name, value in contact.items() if value is not None}


def _words(concept: CodeableConcept | None) -> str | None:
    if concept is None:
        return None
    return concept.text or next((one.display for one in concept.coding if one.display), None)


_TASK_STATUS: Final[Mapping[str, str]] = {
    "received": "received",
    "information-requested": "on-hold",
    "accepted": "accepted",
    "rejected": "rejected",
    "redirected": "cancelled",
    "withdrawn": "cancelled",
    "closed": "completed",
}
_AT_WORK: Final = ("assessment", "care-plan", "review")


def task(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be done about a referral, as a Task: its id is the referral's. answer: as its reader is told of it."""
    status = _TASK_STATUS[answer["status"]]
    if status == "accepted" and answer["stage"] in _AT_WORK:
        status = "in-progress"
    due = answer["due"]["triage_by"] if answer["status"] == "received" else answer["due"]["start_by"]
    team = {"type": "Organization", "identifier": {"system": f"{EXTENSIONS}team", "value": answer["team"]}}
    return {
        "resourceType": "Task",
        "id": str(answer["id"]),
        "meta": {"versionId": str(answer["version"])},
        "status": status,
        "businessStatus": {"text": answer["stage"]} if answer["stage"] else None,
        "intent": "order",
        "priority": {"two-hour": "stat"}.get(answer["priority"], answer["priority"]),
        "code": {"coding": [{"system": f"{EXTENSIONS}CodeSystem/use-case", "code": answer["pathway"]}]},
        "focus": {"reference": f"ServiceRequest/{answer['id']}"},
        "authoredOn": instant(answer["received_at"]),
        "owner": team if answer["team"] else None,
        "restriction": {"period": {"end": instant(due)}} if answer["stage"] else None,
    }


def filters_of(wanted: Sequence[str]) -> Filters:
    """The referrals whose Tasks have one of these statuses; all without any. `in-progress` is part of what is accepted."""
    if not wanted:
        return Filters()
    asked = {"accepted" if one == "in-progress" else one for one in wanted}
    but: tuple[str, ...] = ()
    if "in-progress" not in wanted:
        but = _AT_WORK
    elif "accepted" not in wanted:
        but = tuple(one for one in CASE_STAGES if one not in _AT_WORK)
    return Filters(
        statuses=[own for own, told in _TASK_STATUS.items() if told in asked], but_stages=but or None
    )
