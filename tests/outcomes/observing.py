"""What a clinical system sends to the FHIR door, and what it reads of it: built, sent, and judged by R4B models."""

from typing import Any

import httpx
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from tests.outcomes.measuring import KATHY
from tests.support.running import Running

DOOR = "/FHIR/R4"
OURS = "https://icc-platform.example/fhir/"
NHS = "https://fhir.nhs.uk/Id/nhs-number"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
SNOMED = "http://snomed.info/sct"
SHOWN: dict[str, Any] = {"Observation": Observation, "QuestionnaireResponse": QuestionnaireResponse}
Resource = dict[str, Any]


def extensions(**values: Any) -> list[Resource]:
    """Extensions of the platform's own, by name; a name's _ is a hyphen."""
    kinds = {int: "valueInteger", dict: "valueQuantity", str: "valueCode"}
    return [
        {"url": f"{OURS}{name.replace('_', '-')}", kinds[type(value)]: value}
        for name, value in values.items()
    ]


def an_observation(code: str, *, system: str = f"{OURS}CodeSystem/instrument", **members: Any) -> Resource:
    given = {"icc": "kendal", "occasion": "first", **members.pop("says", {})}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"identifier": {"system": NHS, "value": KATHY}},
        "effectiveDateTime": "2026-05-20",
        "extension": extensions(**given),
        **members,
    }


def a_response(key: str, items: list[Resource], **members: Any) -> Resource:
    given = {"icc": "kendal", "occasion": "first", **members.pop("says", {})}
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": f"{OURS}Questionnaire/{key}",
        "subject": {"identifier": {"system": NHS, "value": KATHY}},
        "authored": "2026-05-20",
        "extension": extensions(**given),
        "item": items,
        **members,
    }


def answered(*numbers: int) -> list[Resource]:
    return [
        {"linkId": str(number), "answer": [{"valueInteger": value}]}
        for number, value in enumerate(numbers, start=1)
    ]


def part(code: str, *, system: str = f"{OURS}CodeSystem/part", **value: Any) -> Resource:
    return {"code": {"coding": [{"system": system, "code": code}]}, **value}


def items(*numbers: int) -> list[Resource]:
    return [
        part(str(number), system=f"{OURS}CodeSystem/item", valueInteger=value)
        for number, value in enumerate(numbers, start=1)
    ]


def manager(service: Running) -> dict[str, str]:
    return service.token("case-manager", communities=("*",))


async def send(service: Running, resource: Any, *, by: dict[str, str] | None = None) -> httpx.Response:
    kind = resource["resourceType"] if isinstance(resource, dict) else "Observation"
    given = {"Content-Type": "application/fhir+json", **(by or manager(service))}
    return await service.client.post(f"{DOOR}/{kind}", json=resource, headers=given)


async def created(service: Running, resource: Resource, **more: Any) -> Resource:
    """The resource that a good one makes, which the R4B models accept and which is read again the same."""
    answer = await send(service, resource, **more)
    assert answer.status_code == 201, answer.text
    assert answer.headers["content-type"] == "application/fhir+json"
    document: Resource = answer.json()
    SHOWN[document["resourceType"]].model_validate(document)
    read = await service.client.get(answer.headers["location"], headers=manager(service))
    assert (read.status_code, read.json()) == (200, document)
    return document


def issues(answer: httpx.Response) -> list[Resource]:
    OperationOutcome.model_validate(answer.json())
    assert answer.headers["content-type"] == "application/fhir+json"
    found: list[Resource] = answer.json()["issue"]
    return found


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    return [
        (issue["details"]["coding"][-1]["code"], issue.get("expression", [""])[0]) for issue in issues(answer)
    ]


async def search(service: Running, form: dict[str, str], *, kind: str = "Observation") -> httpx.Response:
    return await service.client.post(f"{DOOR}/{kind}/_search", data=form, headers=manager(service))
