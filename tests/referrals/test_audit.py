"""What the audit says of work with referrals: whose rows were shown, what for, and what was refused."""

import json
from typing import Any

import pytest

from tests.referrals.acting import act, change, manager
from tests.referrals.builders import KENDAL_PRACTICE, SECRETS, a_patient, a_referral, keyed
from tests.referrals.sending import post
from tests.support.running import Running

NUMBERS = ("9990000018", "9990000026")


@pytest.fixture
def practice(referrals: Running) -> dict[str, str]:
    return referrals.token("practice-system", org=KENDAL_PRACTICE)


async def told(service: Running, event: str) -> dict[str, Any]:
    """The newest audit row of an event, its detail read."""
    row = (await service.rows("select * from audit where event = $1 order by arrival desc limit 1", event))[0]
    assert not any(secret in str(dict(row)) for secret in SECRETS)
    return {**row, "detail": json.loads(row["detail"])}


def keys(service: Running, *numbers: str) -> list[str]:
    return sorted(service.platform.signer.person_key(number).hex()[:16] for number in numbers)


async def test_a_list_is_recorded_with_its_filters_and_with_whom_it_showed(
    referrals: Running, practice: dict[str, str]
) -> None:
    for number in NUMBERS:
        await post(referrals, a_referral(patient=a_patient(nhs_number=number)))
    query = "?limit=2&status=received&icc=kendal&from=2026-06-01&overdue=false"
    answer = await referrals.client.get(f"/v1/referrals{query}", headers=practice)
    assert len(answer.json()["items"]) == 2
    row = await told(referrals, "referral.listed")
    assert row["detail"] == {
        "filters": {"status": "received", "icc": ["kendal"], "from": "2026-06-01", "overdue": False},
        "rows": 2,
        "persons": keys(referrals, *NUMBERS),
    }


async def test_a_page_is_recorded_with_its_own_rows_alone(
    referrals: Running, practice: dict[str, str]
) -> None:
    sent = [await post(referrals, a_referral(patient=a_patient(nhs_number=number))) for number in NUMBERS]
    await referrals.client.get("/v1/referrals?limit=1", headers=practice)
    detail = (await told(referrals, "referral.listed"))["detail"]
    assert detail["rows"] == len(sent) - 1
    assert detail["persons"] == keys(referrals, NUMBERS[1])


async def test_a_row_without_a_number_stands_in_the_audit_of_a_list_with_its_id(
    referrals: Running, practice: dict[str, str]
) -> None:
    local = {"local_id": "H-7", "local_system": "https://housing.example/person"}
    known = await post(referrals, a_referral(patient=a_patient(nhs_number=None, **local)))
    await referrals.client.get("/v1/referrals", headers=practice)
    detail = (await told(referrals, "referral.listed"))["detail"]
    assert (detail["rows"], detail["persons"], detail["without_number"]) == (1, [], [known["id"]])


async def test_a_search_is_recorded_with_what_was_asked_digested(
    referrals: Running, practice: dict[str, str]
) -> None:
    local = {"local_id": "H-7", "local_system": "https://housing.example/person"}
    await post(referrals, a_referral(patient=a_patient(**local)))
    await referrals.client.post("/v1/referrals/search", json=local, headers=practice)
    by_local = (await told(referrals, "referral.searched"))["detail"]
    await referrals.client.post("/v1/referrals/search", json={"nhs_number": NUMBERS[0]}, headers=practice)
    by_number = (await told(referrals, "referral.searched"))["detail"]
    assert by_local["persons"] == by_number["persons"] == keys(referrals, NUMBERS[0])
    assert by_number["asked"].startswith(keys(referrals, NUMBERS[0])[0])
    assert by_local["asked"] != by_number["asked"]
    assert "H-7" not in str(by_local)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({}, "direct-care"),
        ({"X-Purpose": "planning"}, "planning"),
        ({"X-Purpose": "operations"}, "operations"),
    ],
)
async def test_a_row_says_what_its_request_was_for(
    referrals: Running, practice: dict[str, str], header: dict[str, str], expected: str
) -> None:
    sent = await post(referrals, a_referral())
    await referrals.client.get(f"/v1/referrals/{sent['id']}", headers={**practice, **header})
    assert (await told(referrals, "referral.read"))["purpose"] == expected


async def test_a_purpose_that_is_none_is_refused(referrals: Running, practice: dict[str, str]) -> None:
    answer = await referrals.client.get("/v1/referrals", headers={**practice, "X-Purpose": "curiosity"})
    assert (answer.status_code, answer.json()["code"]) == (400, "header.purpose")


async def test_what_operators_do_is_for_operations(referrals: Running) -> None:
    await referrals.client.get("/v1/audit", headers=referrals.token("auditor"))
    assert (await told(referrals, "audit.read"))["purpose"] == "operations"
    await referrals.client.get("/v1/audit", headers=referrals.token("operator"))
    assert (await told(referrals, "request.refused"))["purpose"] == "operations"


async def test_a_referral_whose_requester_is_another_is_recorded_with_the_code(
    referrals: Running, practice: dict[str, str]
) -> None:
    body = a_referral(requester={"ods": "A82030"})
    answer = await referrals.client.post("/v1/referrals", json=body, headers=keyed(practice))
    assert answer.status_code == 422
    row = await told(referrals, "request.refused")
    assert (row["outcome"], row["code"], row["org"]) == ("refused", answer.json()["code"], KENDAL_PRACTICE)
    assert row["detail"] == {"method": "POST", "status": 422, "faults": ["requester.mismatch"]}


async def test_a_name_that_the_sender_made_up_for_a_member_is_not_recorded(
    referrals: Running, practice: dict[str, str]
) -> None:
    body = {**a_referral(), "Kathy Archer 9990000018": 1}
    answer = await referrals.client.post("/v1/referrals", json=body, headers=keyed(practice))
    assert answer.status_code == 422
    assert (await told(referrals, "request.refused"))["detail"]["faults"] == ["body.unknown_field"]


async def test_what_was_refused_of_a_referral_is_recorded_with_its_id(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    case_manager = manager(referrals)
    stale = await act(referrals, sent, "triage", {"decision": "accept"}, by=case_manager, version=7)
    wrong = await change(referrals, sent, {"priority": None}, by=case_manager)
    accepted = await act(referrals, sent, "triage", {"decision": "accept"}, by=case_manager)
    assert accepted.status_code == 200
    again = await act(referrals, accepted.json(), "triage", {"decision": "accept"}, by=case_manager)
    without = await referrals.client.patch(
        f"/v1/referrals/{sent['id']}", json={"priority": "urgent"}, headers=case_manager
    )
    refusals = (stale, wrong, again, without)
    assert [answer.status_code for answer in refusals] == [412, 422, 409, 428]
    rows = await referrals.rows(
        "select code, resource_id from audit where event = 'request.refused' order by arrival"
    )
    assert [tuple(row) for row in rows] == [(answer.json()["code"], sent["id"]) for answer in refusals]


async def test_a_list_with_a_filter_that_matches_nothing_is_recorded(
    referrals: Running, practice: dict[str, str]
) -> None:
    answer = await referrals.client.get("/v1/referrals?pathway=Archer", headers=practice)
    assert answer.status_code == 422
    assert (await told(referrals, "request.refused"))["code"] == answer.json()["code"]
