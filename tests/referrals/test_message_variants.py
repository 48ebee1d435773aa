"""One message said in other ways: order, spelling, addresses and what nobody reads change no verdict."""

import json
import random
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.referrals.messages import NATIONAL, NHS_NUMBER, a_message, a_validation, request_of, send
from tests.support.running import Running

UNKNOWN = {"reference": "urn:uuid:00000000-0000-4000-8000-000000000000"}
FAILING = {"identifier": [{"system": NHS_NUMBER, "value": "9990000019"}]}


def another_order(message: dict[str, Any]) -> dict[str, Any]:
    entries = [*message["entry"]]
    random.Random(7).shuffle(entries)
    return {**message, "entry": entries}


def members_the_other_way_round(message: dict[str, Any]) -> dict[str, Any]:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: turned(value[name]) for name in reversed(value)}
        return [turned(one) for one in value] if isinstance(value, list) else value

    turned_round: dict[str, Any] = turned(message)
    return turned_round


def other_spellings(message: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(message).replace("https://fhir.nhs.uk/", "http://fhir.nhs.uk/").replace("/Id/", "/ID/")
    spelt: dict[str, Any] = json.loads(text)
    return spelt


def other_addresses(message: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(message)
    for entry in message["entry"]:
        text = text.replace(entry["fullUrl"], f"urn:uuid:{uuid4()}")
    moved: dict[str, Any] = json.loads(text)
    return moved


def more_than_is_read(message: dict[str, Any]) -> dict[str, Any]:
    extra = {
        "fullUrl": f"urn:uuid:{uuid4()}",
        "resource": {"resourceType": "Basic", "text": {"reference": "urn:uuid:x"}},
    }
    told = [
        {**one, "resource": {**one["resource"], "language": "en-GB", "text": {"status": "generated"}}}
        for one in message["entry"]
    ]
    return {**message, "entry": [*told, extra]}


def all_of_it(message: dict[str, Any]) -> dict[str, Any]:
    for change in CHANGES:
        message = change(message)
    return message


CHANGES: list[Callable[[dict[str, Any]], dict[str, Any]]] = [
    another_order,
    members_the_other_way_round,
    other_spellings,
    other_addresses,
    more_than_is_read,
]
MESSAGES: dict[str, dict[str, Any]] = {
    "taken": a_message(),
    "taken for validation": a_validation(patient={"identifier": None}),
    "another event": a_message(header={"eventCoding": {"code": "booking-request"}}),
    "another's": a_message(header={"destination": [{"endpoint": "https://fhir.nhs.uk/Id/dos-service-id|3"}]}),
    "a use case that is not offered": a_message(use_case=(NATIONAL, "a1t1")),
    "a workflow that is none": a_message(reason="delete"),
    "nobody referred": a_message(patient=None),
    "a reference to nothing": a_message(request={"encounter": UNKNOWN}),
    "a number that fails": a_message(patient=FAILING),
    "two requests": a_message(again={"resourceType": "ServiceRequest"}),
    "an update of nothing": a_message(reason="update", request_id="8e5fc76d-e1cf-4004-b4b3-5717a5807e86"),
}


async def verdict(service: Running, message: dict[str, Any]) -> tuple[int, list[tuple[str, str]]]:
    """What a message is told: the status, and of a refusal the kinds and codes of its issues."""
    answer = await send(service, {**message, "id": str(uuid4())})
    issues = answer.json().get("issue", ())
    return answer.status_code, sorted((one["code"], one["details"]["coding"][-1]["code"]) for one in issues)


@pytest.mark.parametrize("change", [*CHANGES, all_of_it], ids=lambda change: change.__name__)
async def test_a_message_said_in_another_way_gets_the_same_verdict(
    referrals: Running, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    told = {name: await verdict(referrals, message) for name, message in MESSAGES.items()}
    assert {name for name, (status, _) in told.items() if status == 200} == {"taken", "taken for validation"}
    changed = {name: await verdict(referrals, change(message)) for name, message in MESSAGES.items()}
    assert changed == told


async def test_a_message_said_in_another_way_makes_the_same_referral(
    referrals: Running, practice: dict[str, str]
) -> None:
    read = []
    for message in (a_message(), all_of_it(a_message())):
        own = request_of((await send(referrals, message)).json())["id"]
        answer = (await referrals.client.get(f"/v1/referrals/{own}", headers=practice)).json()
        read.append(
            [answer[name] for name in ("patient", "requester", "reason", "pathway", "icc", "identity")]
        )
    assert read[0] == read[1]
