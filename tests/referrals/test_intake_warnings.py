"""`POST /v1/referrals`: what is taken although it is odd."""

from typing import Any

import pytest

from tests.referrals.builders import KENDAL_PRACTICE, OUTSIDE_PRACTICE, a_patient, a_referral, keyed
from tests.support.running import Running

UNKNOWN = "Z99999"
KNOWN_OUTSIDE = "A82016"
REQUESTER, PRACTICE = "/requester/ods", "/patient/registered_practice"


@pytest.mark.parametrize(
    ("sender", "practice", "pointers", "icc"),
    [
        ("RTX", UNKNOWN, [PRACTICE], "unrouted"),
        ("RXN", KENDAL_PRACTICE, [REQUESTER], "kendal"),  # a trust of the neighbours
        (UNKNOWN, UNKNOWN, [REQUESTER, PRACTICE], "unrouted"),
        (KENDAL_PRACTICE, OUTSIDE_PRACTICE, [PRACTICE], "unrouted"),
        (KENDAL_PRACTICE, KNOWN_OUTSIDE, [], "unrouted"),
        (KENDAL_PRACTICE, KENDAL_PRACTICE, [], "kendal"),
        ("U35939", None, [], "unrouted"),  # a network refers
        ("RTX", KENDAL_PRACTICE, [], "kendal"),
    ],
)
async def test_a_code_that_the_registry_does_not_hold_is_taken_with_a_warning(
    referrals: Running, sender: str, practice: str | None, pointers: list[str], icc: str
) -> None:
    answer = await _send(referrals, sender, _document(sender, practice))
    assert (answer.status_code, answer.json()["icc"]) == (201, icc), answer.text
    warnings = answer.json()["warnings"]
    assert [(one["code"], one["pointer"]) for one in warnings] == [("ods.unknown", at) for at in pointers]
    assert all(one["detail"] and UNKNOWN not in one["detail"] for one in warnings)


async def test_a_person_of_an_unknown_practice_is_routed_by_where_they_stay(referrals: Running) -> None:
    document = _document("RTX", UNKNOWN)
    document["patient"]["staying_at"] = "LA9 4JE"
    answer = await _send(referrals, "RTX", document)
    assert (answer.status_code, answer.json()["icc"]) == (201, "kendal")


async def test_a_repeat_carries_the_warnings_of_the_first_answer(referrals: Running) -> None:
    headers = keyed(referrals.token("hospital-system", org="RTX"))
    document = _document("RTX", UNKNOWN) | {"message_id": "m-1"}
    first = await referrals.client.post("/v1/referrals", json=document, headers=headers)
    by_key = await referrals.client.post("/v1/referrals", json=document, headers=headers)
    by_message = await referrals.client.post("/v1/referrals", json=document, headers=keyed(headers))
    assert [one["code"] for one in first.json()["warnings"]] == ["ods.unknown"]
    for again in (by_key, by_message):
        assert (again.headers["Idempotent-Replayed"], again.content) == ("true", first.content)


def _document(sender: str, practice: str | None) -> dict[str, Any]:
    return a_referral(patient=a_patient(registered_practice=practice), requester={"ods": sender})


async def _send(service: Running, sender: str, document: dict[str, Any]) -> Any:
    role = "hospital-system" if sender.startswith("R") else "practice-system"
    headers = keyed(service.token(role, org=sender))
    return await service.client.post("/v1/referrals", json=document, headers=headers)
