"""`POST /v1/referrals`: which community and team a referral goes to, and by when it is due."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.referrals.acting import act, change
from tests.referrals.builders import a_patient, a_referral, keyed
from tests.support.running import Running


@pytest.mark.parametrize(
    ("patient", "changes", "icc", "team"),
    [
        ({"registered_practice": "B86001", "staying_at": "LA9 4JE"}, {}, "kendal", "kendal-icc"),
        ({"registered_practice": None}, {}, "unrouted", "unrouted"),
        ({}, {"icc": "east"}, "east", "east-icc"),
        ({}, {"pathway": "urgent-response", "priority": "two-hour"}, "kendal", "urgent-response"),
        ({"registered_practice": "P81002"}, {"pathway": "discharge-to-assess"}, "lancaster", "icat"),
    ],
)
async def test_a_referral_finds_its_community_and_team(
    *,
    referrals: Running,
    practice: dict[str, str],
    patient: dict[str, Any],
    changes: dict[str, Any],
    icc: str,
    team: str,
) -> None:
    document = a_referral(patient=a_patient(**patient), **changes)
    answer = await referrals.client.post("/v1/referrals", json=document, headers=keyed(practice))
    assert (answer.status_code, answer.json()["icc"], answer.json()["team"]) == (201, icc, team)


URGENT = {"pathway": "urgent-response", "priority": "two-hour"}


@pytest.mark.parametrize(
    ("patient", "sender", "icc", "team"),
    [
        ({"registered_practice": "Z99999"}, "RTX", "kendal", "urgent-response"),  # by LA9, where she lives
        ({"registered_practice": "Z99999", "postcode": "LA1 1PN"}, "RTX", "lancaster", "icat"),
        ({"registered_practice": "Z99999", "staying_at": "LA1 1PN"}, "RTX", "lancaster", "icat"),
        ({"registered_practice": "Z99999", "postcode": "SW1A 1AA"}, "P81002", "unrouted", "icat"),
        ({"registered_practice": None, "postcode": None}, "RTX", "unrouted", "urgent-response"),
    ],
)
async def test_hot_work_always_has_an_urgent_team(
    referrals: Running, patient: dict[str, Any], sender: str, icc: str, team: str
) -> None:
    sent_by = referrals.token("hospital-system", org=sender)
    document = a_referral(patient=a_patient(**patient), requester={"ods": sender}, **URGENT)
    answer = await referrals.client.post("/v1/referrals", json=document, headers=keyed(sent_by))
    assert (answer.status_code, answer.json()["icc"], answer.json()["team"]) == (201, icc, team)
    its_team = referrals.token("case-manager", org=team)
    listed = (await referrals.client.get("/v1/referrals", headers=its_team)).json()["items"]
    assert [one["id"] for one in listed] == [answer.json()["id"]]


async def test_a_routine_referral_of_an_unknown_practice_stays_unrouted_until_it_becomes_hot(
    referrals: Running,
) -> None:
    sent_by = referrals.token("hospital-system", org="RTX")
    document = a_referral(patient=a_patient(registered_practice="Z99999"), requester={"ods": "RTX"})
    answer = await referrals.client.post("/v1/referrals", json=document, headers=keyed(sent_by))
    made = answer.json()
    assert (made["icc"], made["team"]) == ("unrouted", "unrouted")
    manager = referrals.token("case-manager", communities=("*",))
    changed = await change(referrals, made, {"priority": "two-hour"}, by=manager)
    assert (changed.json()["icc"], changed.json()["team"]) == ("kendal", "urgent-response")


@pytest.mark.parametrize("postcode", ["ZZ99 3VZ", "ZZ99", "ZZZSECUR", "BFPO 57", "LA9\u00a0\u00a04JE"])
async def test_a_postcode_that_names_no_place_refuses_nobody(
    referrals: Running, practice: dict[str, str], postcode: str
) -> None:
    person = a_patient(
        registered_practice=None, postcode=postcode, staying_at=postcode, phone="01539\u00a0722000"
    )
    person["nhs_number"] = "999\u00a0000\u00a00018"
    document = a_referral(patient=person, **URGENT)
    answer = await referrals.client.post("/v1/referrals", json=document, headers=keyed(practice))
    assert answer.status_code == 201, answer.text
    read = await referrals.client.get(answer.headers["Location"], headers=practice)
    patient = read.json()["patient"]
    assert patient["postcode"] == patient["staying_at"] == postcode.replace("\u00a0\u00a0", " ")
    assert (patient["nhs_number"], patient["phone"]) == ("9990000018", "01539 722000")


async def test_an_operator_sees_how_many_open_referrals_belong_to_no_community(
    referrals: Running, practice: dict[str, str]
) -> None:
    nowhere = a_patient(registered_practice=None)
    for patient in (nowhere, nowhere, a_patient()):
        await referrals.client.post(
            "/v1/referrals", json=a_referral(patient=patient), headers=keyed(practice)
        )
    withdrawn = (await referrals.client.get("/v1/referrals", headers=practice)).json()["items"][1]
    await act(referrals, withdrawn, "withdraw", {}, by=practice)
    overview = await referrals.client.get("/v1/operations/work", headers=referrals.token("operator"))
    (standing,) = overview.json()["standing"]
    assert (standing["name"], standing["rows"]) == ("unrouted", 1)
    assert standing["oldest_seconds"] > 0
    for wrong, code in (("0", "query.limit"), ("x", "query.limit"), ("501", "query.limit")):
        answer = await referrals.client.get(
            f"/v1/operations/work?limit={wrong}", headers=referrals.token("operator")
        )
        assert (answer.status_code, answer.json()["code"]) == (400, code), wrong


async def test_the_two_hours_start_at_receipt_however_old_the_referral(
    referrals: Running, practice: dict[str, str]
) -> None:
    document = a_referral(referred_at="2019-03-04T10:00:00Z", pathway="urgent-response", priority=None)
    body = (await referrals.client.post("/v1/referrals", json=document, headers=keyed(practice))).json()
    received, start_by = (
        datetime.fromisoformat(text) for text in (body["received_at"], body["due"]["start_by"])
    )
    assert start_by - received == timedelta(hours=2)
    assert (body["priority"], body["referred_at"]) == ("two-hour", "2019-03-04T10:00:00Z")
