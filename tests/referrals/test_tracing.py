"""Who a person is: a referral gets its NHS number, and two records of one person become one."""

from typing import Any

import pytest

from tests.referrals.acting import act, holds, manager
from tests.referrals.builders import KENDAL_PRACTICE, a_patient, a_referral, keyed
from tests.referrals.listing import standing, worklist
from tests.referrals.sending import post
from tests.support.running import Running

LOCAL = {"local_id": "H-77", "local_system": "https://housing.example/person"}
CHECKED = {"nhs_number": "9990000018", "checked": "pds"}
ACCEPT = {"decision": "accept"}
SAME = {"reason": "One person under two records"}


def _untraced(**changes: Any) -> dict[str, Any]:
    """A person known by a local identifier alone, registered nowhere that is known."""
    return a_patient(nhs_number=None, registered_practice=None, postcode=None, **LOCAL, **changes)


async def _tracing(service: Running) -> list[str]:
    listed = await worklist(service, "tracing")
    assert sum(sum(one.values()) for one in listed["counts"].values()) == len(listed["items"])
    assert all(one["next_action"] == "Find the person's NHS number" for one in listed["items"])
    assert all("tracing" in one["flags"] for one in listed["items"])
    return sorted(one["referral_id"] for one in listed["items"])


async def test_a_referral_in_tracing_gets_its_number_duplicates_and_route(
    referrals: Running, practice: dict[str, str]
) -> None:
    by = manager(referrals, "*")
    known = await post(referrals, a_referral())
    lost = await post(referrals, a_referral(patient=_untraced()))
    assert (lost["identity"], lost["icc"], await _tracing(referrals)) == ("tracing", "unrouted", [lost["id"]])
    answer = await act(referrals, lost, "identify", {**CHECKED, "nhs_number": "999 000 0018"}, by=by)
    found = answer.json()
    assert (answer.status_code, found["identity"], found["version"]) == (200, "nhs-number", 2)
    assert (found["patient"]["nhs_number"], found["possible_duplicate_of"]) == ("9990000018", known["id"])
    assert (found["icc"], found["patient"]["registered_practice"]) == ("kendal", KENDAL_PRACTICE)
    assert await _tracing(referrals) == []
    assert await standing(referrals, lost["id"]) == {"kendal": ["triage"]}
    search = await referrals.client.post(
        "/v1/referrals/search", json={"nhs_number": "9990000018"}, headers=practice
    )
    assert len(search.json()["items"]) == 2


async def test_both_records_of_a_conflict_are_traced_until_one_is_checked(referrals: Running) -> None:
    by = manager(referrals)
    first = await post(referrals, a_referral())
    second = await post(referrals, a_referral(patient=a_patient(family="Bowman")))
    assert await _tracing(referrals) == sorted([first["id"], second["id"]])
    other = {"nhs_number": "9990000026", "checked": "card"}
    found = (await act(referrals, second, "identify", other, by=by)).json()
    assert (found["identity"], found.get("identity_conflict_with")) == ("nhs-number", None)
    assert await _tracing(referrals) == []


async def test_who_was_checked_is_found_and_the_other_one_stays_in_doubt(referrals: Running) -> None:
    by = manager(referrals)
    first = await post(referrals, a_referral())
    second = await post(referrals, a_referral(patient=a_patient(family="Bowman")))
    found = (await act(referrals, second, "identify", CHECKED, by=by)).json()
    assert (found["identity"], found["identity_conflict_with"]) == ("nhs-number", [first["id"]])
    assert await _tracing(referrals) == [first["id"]]


async def test_a_number_that_is_somebody_elses_links_both(referrals: Running) -> None:
    by = manager(referrals, "*")
    other = await post(referrals, a_referral(patient=a_patient(family="Bowman")))
    lost = await post(referrals, a_referral(patient=_untraced()))
    found = (await act(referrals, lost, "identify", CHECKED, by=by)).json()
    assert found["identity_conflict_with"] == [other["id"]]
    assert await _tracing(referrals) == [other["id"]]


async def test_a_repeat_of_the_first_message_gets_the_first_answer_after_the_number_was_found(
    referrals: Running, practice: dict[str, str]
) -> None:
    await post(referrals, a_referral())
    headers = keyed(practice)
    document = a_referral(patient=a_patient(family="Bowman"))
    first = await referrals.client.post("/v1/referrals", json=document, headers=headers)
    other = {"nhs_number": "9990000026", "checked": "card"}
    await act(referrals, first.json(), "identify", other, by=manager(referrals))
    again = await referrals.client.post("/v1/referrals", json=document, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"nhs_number": "9990000019", "checked": "pds"}, "nhs_number.checksum", "/nhs_number"),
        ({"nhs_number": "", "checked": "pds"}, "nhs_number.required", "/nhs_number"),
        ({"checked": "pds"}, "nhs_number.required", "/nhs_number"),
        ({"nhs_number": "9990000018", "checked": "guess"}, "enum", "/checked"),
    ],
)
async def test_a_number_that_cannot_be_one_is_refused(
    referrals: Running, body: dict[str, Any], code: str, pointer: str
) -> None:
    lost = await post(referrals, a_referral(patient=_untraced()))
    answer = await act(referrals, lost, "identify", body, by=manager(referrals, "*"))
    assert answer.status_code == 422
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]


async def test_a_person_who_is_not_in_doubt_is_not_identified(
    referrals: Running, practice: dict[str, str]
) -> None:
    sent = await post(referrals, a_referral())
    refused = await act(referrals, sent, "identify", CHECKED, by=manager(referrals))
    assert (refused.status_code, refused.json()["code"]) == (409, "state.transition")
    assert (await act(referrals, sent, "identify", CHECKED, by=practice)).status_code == 403


async def test_a_merged_record_answers_with_the_one_that_survives_and_both_histories(
    referrals: Running,
) -> None:
    by = manager(referrals, "*")
    partner = referrals.token("partner", org="housing")
    document = a_referral(patient=_untraced(), requester={"partner": "housing"})
    lost = (await referrals.client.post("/v1/referrals", json=document, headers=keyed(partner))).json()
    known = await post(referrals, a_referral())
    merged = await act(referrals, lost, "merge", {"into": known["id"], **SAME}, by=by)
    assert (merged.status_code, merged.json()["id"], merged.json()["merged_into"]) == (
        200,
        known["id"],
        known["id"],
    )
    assert merged.json()["patient"]["local_id"] == "H-77"
    for reader in (partner, by):
        answer = await referrals.client.get(f"/v1/referrals/{lost['id']}", headers=reader)
        assert (answer.status_code, answer.json()["id"]) == (200, known["id"])
        assert (answer.json()["merged_into"], answer.headers["etag"]) == (known["id"], 'W/"2"')
        history = await referrals.client.get(f"/v1/referrals/{lost['id']}/history", headers=reader)
        assert [one["event"] for one in history.json()["items"]] == [
            "referral.received",
            "referral.received",
            "referral.merged-away",
            "referral.merged",
        ]
    assert (await referrals.client.get(f"/v1/referrals/{known['id']}", headers=partner)).status_code == 404
    listed = await referrals.client.get("/v1/referrals", headers=by)
    found = await referrals.client.post("/v1/referrals/search", json=LOCAL, headers=by)
    assert [one["id"] for one in (*listed.json()["items"], *found.json()["items"])] == [known["id"]] * 2
    assert (await standing(referrals, lost["id"]), await standing(referrals, known["id"])) == (
        {},
        {"kendal": ["triage"]},
    )
    refused = await act(referrals, lost, "withdraw", {}, by=by)
    assert (refused.status_code, refused.json()["code"]) == (409, "state.transition")


async def test_the_survivor_gets_the_number_that_only_the_other_record_had(referrals: Running) -> None:
    by = manager(referrals, "*")
    lost = await post(referrals, a_referral(patient=_untraced()))
    accepted = (await act(referrals, lost, "triage", ACCEPT, by=by)).json()
    known = await post(referrals, a_referral())
    answer = (await act(referrals, known, "merge", {"into": lost["id"], **SAME}, by=by)).json()
    assert (answer["identity"], answer["patient"]["nhs_number"]) == ("nhs-number", "9990000018")
    assert (answer["icc"], answer["case_id"]) == ("kendal", accepted["case_id"])
    rows = await referrals.rows("select r::text as row from referral r")
    assert not [one for one in rows if holds(one["row"], "9990000018")]
    third = await post(referrals, a_referral())
    final = (await act(referrals, answer, "merge", {"into": third["id"], **SAME}, by=by)).json()
    assert final["code"] == "state.transition"  # the record with the open case survives
    final = (await act(referrals, third, "merge", {"into": lost["id"], **SAME}, by=by)).json()
    assert final["id"] == lost["id"]


async def test_of_two_cases_of_one_person_the_merged_one_ends(referrals: Running) -> None:
    by = manager(referrals)
    one, other = [
        (await act(referrals, await post(referrals, a_referral()), "triage", ACCEPT, by=by)).json()
        for _ in range(2)
    ]
    await act(referrals, one, "merge", {"into": other["id"], **SAME}, by=by)
    cases = await referrals.rows("select status, outcome from case_record order by opened_at")
    assert [tuple(case) for case in cases] == [("discharged", "referred-on"), ("open", None)]


async def test_a_chain_of_merges_ends_at_the_last_survivor(referrals: Running) -> None:
    by = manager(referrals)
    first, second, third = [await post(referrals, a_referral()) for _ in range(3)]
    await act(referrals, first, "merge", {"into": second["id"], **SAME}, by=by)
    await act(referrals, second, "merge", {"into": third["id"], **SAME}, by=by, version=2)
    answer = await referrals.client.get(f"/v1/referrals/{first['id']}", headers=by)
    assert answer.json()["id"] == third["id"]
    history = await referrals.client.get(f"/v1/referrals/{first['id']}/history", headers=by)
    assert len(history.json()["items"]) == 7
    late = await act(referrals, third, "merge", {"into": first["id"], **SAME}, by=by, version=2)
    assert (late.status_code, late.json()["code"]) == (409, "state.transition")


async def test_a_merge_that_makes_no_sense_is_refused(referrals: Running) -> None:
    by = manager(referrals)
    sent = await post(referrals, a_referral())
    other = await post(referrals, a_referral(patient=a_patient(nhs_number="9990000026")))
    itself = await act(referrals, sent, "merge", {"into": sent["id"], **SAME}, by=by)
    nowhere = "01a22d87-dd6c-796f-b3ac-18852e912991"
    unknown = await act(referrals, sent, "merge", {"into": nowhere, **SAME}, by=by)
    unclear = await act(referrals, sent, "merge", {"into": other["id"]}, by=by)
    assert [
        (one["code"], one["pointer"])
        for answer in (itself, unknown, unclear)
        for one in answer.json()["errors"]
    ] == [
        ("reference.cycle", "/into"),
        ("reference.unresolved", "/into"),
        ("body.required", "/reason"),
    ]
    two_numbers = await act(referrals, sent, "merge", {"into": other["id"], **SAME}, by=by)
    stale = await act(referrals, sent, "merge", {"into": other["id"], **SAME}, by=by, version=9)
    assert [two_numbers.status_code, stale.status_code] == [409, 412]


async def test_a_merged_record_is_nobodys_duplicate(referrals: Running) -> None:
    by = manager(referrals)
    first, second = [await post(referrals, a_referral()) for _ in range(2)]
    assert second["possible_duplicate_of"] == first["id"]
    merged = (await act(referrals, first, "merge", {"into": second["id"], **SAME}, by=by)).json()
    assert "possible_duplicate_of" not in merged
    third = await post(referrals, a_referral())
    assert third["possible_duplicate_of"] == second["id"]
