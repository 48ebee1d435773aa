"""A case manager decides about a referral; its sender takes it back."""

import asyncio
from typing import Any

import pytest

from tests.referrals.acting import a_key, act, holds, manager, read
from tests.referrals.builders import EAST_PRACTICE, KENDAL_PRACTICE, a_patient, a_referral
from tests.referrals.sending import post
from tests.support.running import Running

ACCEPT = {"decision": "accept"}
REJECT = {"decision": "reject", "reason_code": "not-eligible", "comment": "Lives with her daughter in Kent"}


async def test_an_accepted_referral_has_a_case(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    answer = await act(referrals, sent, "triage", ACCEPT, by=manager(referrals))
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    accepted = answer.json()
    assert (accepted["status"], accepted["version"]) == ("accepted", 2)
    (case,) = await referrals.rows("select id, referral_id, status, version from case_record")
    assert accepted["case_id"] == str(case["id"])
    assert (str(case["referral_id"]), case["status"], case["version"]) == (sent["id"], "open", 1)
    assert await read(referrals, sent) == accepted


async def test_a_rejected_referral_has_no_case_and_says_why(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    answer = await act(referrals, sent, "triage", REJECT, by=manager(referrals))
    assert (answer.status_code, answer.json()["status"], answer.json()["case_id"]) == (200, "rejected", None)
    history = await referrals.client.get(
        f"/v1/referrals/{sent['id']}/history",
        headers=referrals.token("practice-system", org=KENDAL_PRACTICE),
    )
    decided = history.json()["items"][-1]
    assert (decided["event"], decided["decision"], decided["reason_code"]) == (
        "referral.triaged",
        "reject",
        "not-eligible",
    )


async def test_a_comment_is_encrypted_wherever_it_is_kept(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    await act(referrals, sent, "triage", REJECT, by=manager(referrals))
    kept = await referrals.rows(
        "select t::text as row from referral_triage t union all select e::text from referral_event e"
        " union all select a::text from audit a"
    )
    assert len(kept) >= 4
    assert not [row for row in kept if holds(row["row"], "daughter")]


async def test_each_decision_is_an_event_an_audit_row_and_a_version(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    await act(referrals, sent, "triage", ACCEPT, by=manager(referrals))
    events = await referrals.rows("select event from referral_event order by seq")
    assert [row["event"] for row in events] == ["referral.received", "referral.triaged"]
    (audited,) = await referrals.rows(
        "select version_before, version_after, person_key, resource_id from audit where event = 'referral.triaged'"
    )
    assert (audited["version_before"], audited["version_after"]) == (1, 2)
    assert audited["resource_id"] == sent["id"]
    (received,) = await referrals.rows("select person_key from audit where event = 'referral.received'")
    assert audited["person_key"] == received["person_key"]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "body.required", "/decision"),
        ({"decision": "maybe"}, "enum", "/decision"),
        ({"decision": "reject", "reason_code": "because"}, "code.unknown", "/reason_code"),
        ({"decision": "reject", "reason_code": "no-longer-needed"}, "code.invalid", "/reason_code"),
        ({"decision": "accept", "reason_code": "not-eligible"}, "code.invalid", "/reason_code"),
        ({"decision": "reject", "priority": "urgent"}, "field.read_only", "/priority"),
        ({"decision": "accept", "priority": "soon"}, "enum", "/priority"),
        ({"decision": "reject", "comment": " "}, "text.blank", "/comment"),
    ],
)
async def test_a_decision_that_makes_no_sense_is_refused_and_changes_nothing(
    referrals: Running, body: dict[str, Any], code: str, pointer: str
) -> None:
    sent = await post(referrals, a_referral())
    answer = await act(referrals, sent, "triage", body, by=manager(referrals))
    assert answer.status_code == 422
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]
    assert (await read(referrals, sent))["version"] == 1


async def test_a_decision_names_the_version_it_was_made_on(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    url, by = f"/v1/referrals/{sent['id']}/triage", manager(referrals)
    unnamed = await referrals.client.post(url, json=ACCEPT, headers=by)
    assert (unnamed.status_code, unnamed.json()["code"]) == (428, "version.required")
    stale = await act(referrals, sent, "triage", ACCEPT, by=by, version=7)
    assert (stale.status_code, stale.json()["code"]) == (412, "version.stale")
    assert (await read(referrals, sent))["status"] == "received"


async def test_a_decided_referral_is_not_triaged_again(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    decided = (await act(referrals, sent, "triage", ACCEPT, by=manager(referrals))).json()
    again = await act(referrals, decided, "triage", REJECT, by=manager(referrals))
    assert (again.status_code, again.json()["code"]) == (409, "state.transition")
    assert await read(referrals, sent) == decided


async def test_of_many_decisions_at_once_one_is_made(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    answers = await asyncio.gather(
        *(
            act(referrals, sent, "triage", decision, by=manager(referrals), key=a_key())
            for decision in [ACCEPT, REJECT] * 10
        )
    )
    codes = sorted(answer.status_code for answer in answers)
    assert (codes[0], set(codes[1:])) == (200, {412})
    (accepted,) = await referrals.rows("select status = 'accepted' as yes, version from referral")
    assert len(await referrals.rows("select id from case_record")) == accepted["yes"]
    assert accepted["version"] == 2
    assert len(await referrals.rows("select id from referral_event")) == 2


async def test_a_repeated_decision_gets_the_first_answer(referrals: Running) -> None:
    sent, key = await post(referrals, a_referral()), a_key()
    first = await act(referrals, sent, "triage", ACCEPT, by=manager(referrals), key=key)
    again = await act(referrals, sent, "triage", ACCEPT, by=manager(referrals), key=key)
    assert (again.status_code, again.content) == (200, first.content)
    assert (again.headers["idempotent-replayed"], again.headers["etag"]) == ("true", first.headers["etag"])
    other = await act(referrals, sent, "triage", REJECT, by=manager(referrals), key=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.body_mismatch")


async def test_only_those_who_work_there_triage(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    sender = referrals.token("practice-system", org=KENDAL_PRACTICE)
    assert (await act(referrals, sent, "triage", ACCEPT, by=sender)).status_code == 403
    foreign = await act(referrals, sent, "triage", ACCEPT, by=manager(referrals, "barrow"))
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    assert (await read(referrals, sent))["version"] == 1


async def test_an_acceptance_may_raise_the_priority_and_the_clocks_follow(referrals: Running) -> None:
    sent = await post(referrals, a_referral(priority="routine"))
    answer = await act(referrals, sent, "triage", {**ACCEPT, "priority": "urgent"}, by=manager(referrals))
    raised = answer.json()
    urgent = await post(referrals, a_referral(priority="urgent", patient=a_patient(nhs_number="9990000026")))
    assert raised["priority"] == "urgent"
    assert raised["due"]["start_by"][:16] == urgent["due"]["start_by"][:16]


@pytest.mark.parametrize("role", ["practice-system", "case-manager"])
async def test_its_sender_or_a_case_manager_withdraws_a_referral(referrals: Running, role: str) -> None:
    sent = await post(referrals, a_referral())
    by = (
        manager(referrals)
        if role == "case-manager"
        else referrals.token("practice-system", org=KENDAL_PRACTICE)
    )
    answer = await act(referrals, sent, "withdraw", {"reason_code": "no-longer-needed"}, by=by)
    assert (answer.status_code, answer.json()["status"], answer.json()["version"]) == (200, "withdrawn", 2)
    again = await act(referrals, answer.json(), "withdraw", {}, by=by)
    assert (again.status_code, again.json()["code"]) == (409, "state.transition")


async def test_a_practice_that_only_registers_the_person_withdraws_nothing(referrals: Running) -> None:
    sent = await post(
        referrals, a_referral(patient=a_patient(registered_practice=EAST_PRACTICE)), org=KENDAL_PRACTICE
    )
    registered = referrals.token("practice-system", org=EAST_PRACTICE)
    answer = await act(referrals, sent, "withdraw", {}, by=registered)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")
    assert (await read(referrals, sent))["status"] == "received"


async def test_withdrawing_an_accepted_referral_ends_its_case(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    accepted = (await act(referrals, sent, "triage", ACCEPT, by=manager(referrals))).json()
    withdrawn = await act(
        referrals, accepted, "withdraw", {"reason_code": "moved-away"}, by=manager(referrals)
    )
    assert (withdrawn.json()["status"], withdrawn.json()["case_id"]) == ("withdrawn", accepted["case_id"])
    (case,) = await referrals.rows("select status, outcome, version from case_record")
    assert tuple(case) == ("discharged", "withdrawn", 2)


async def test_a_withdrawal_gives_a_reason_of_its_own(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    answer = await act(referrals, sent, "withdraw", {"reason_code": "no-capacity"}, by=manager(referrals))
    assert (answer.status_code, answer.json()["code"]) == (422, "code.invalid")


async def test_the_reasons_are_listed_with_their_decisions(referrals: Running) -> None:
    answer = await referrals.client.get("/v1/reason-codes", headers=referrals.token("dashboard"))
    listed = {one["code"]: one["decisions"] for one in answer.json()["items"]}
    assert listed["not-eligible"] == ["reject", "redirect", "declined"]
    assert listed["person-declined"] == ["reject", "withdraw", "declined"]


async def test_an_address_that_names_a_person_is_refused_with_advice(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    answer = await act(referrals, sent, "withdraw?nhs_number=9990000018", {}, by=manager(referrals))
    assert (answer.status_code, answer.json()["code"]) == (400, "query.pii_not_allowed")
    assert (await read(referrals, sent))["status"] == "received"


async def test_one_key_on_two_referrals_is_two_acts(referrals: Running) -> None:
    key = a_key()
    for _ in range(2):
        sent = await post(referrals, a_referral())
        answer = await act(referrals, sent, "triage", ACCEPT, by=manager(referrals), key=key)
        assert (answer.status_code, answer.json()["id"]) == (200, sent["id"])
        assert "idempotent-replayed" not in answer.headers
    (cases,) = await referrals.rows("select count(*) as open from case_record")
    assert cases["open"] == 2


async def test_a_kept_answer_is_not_shown_to_whoever_may_see_less(referrals: Running) -> None:
    sent, key = await post(referrals, a_referral()), a_key()
    await act(referrals, sent, "triage", ACCEPT, by=manager(referrals), key=key)
    elsewhere = await act(referrals, sent, "triage", ACCEPT, by=manager(referrals, "barrow"), key=key)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "scope")
    assert "patient" not in elsewhere.text
