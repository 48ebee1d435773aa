"""A referral goes to another community, team or pathway, or away; its sender is asked and answers."""

from datetime import datetime
from typing import Any

import pytest

from tests.referrals.acting import act, manager, read
from tests.referrals.builders import EAST_PRACTICE, a_patient, a_referral
from tests.referrals.moments import at, london
from tests.referrals.sending import post
from tests.support.running import Running

ASK = {
    "decision": "request-information",
    "reason_code": "insufficient-information",
    "comment": "Lives alone?",
}


def _redirect(**to: Any) -> dict[str, Any]:
    return {"decision": "redirect", "reason_code": "wrong-service", **to}


@pytest.mark.parametrize(
    ("to", "icc", "team", "pathway"),
    [
        ({"icc": "east"}, "east", "east-icc", "case-management"),
        ({"team": "lancaster-icc"}, "lancaster", "lancaster-icc", "case-management"),
        ({"team": "icat"}, "kendal", "icat", "case-management"),
        ({"pathway": "falls-prevention"}, "kendal", "kendal-icc", "falls-prevention"),
        ({"pathway": "urgent-response"}, "kendal", "urgent-response", "urgent-response"),
        ({"icc": "lancaster", "pathway": "urgent-response"}, "lancaster", "icat", "urgent-response"),
        ({"team": "unrouted"}, "unrouted", "unrouted", "case-management"),
    ],
)
async def test_a_redirected_referral_waits_elsewhere_on_the_clock_it_had(
    referrals: Running, to: dict[str, str], icc: str, team: str, pathway: str
) -> None:
    sent = await post(referrals, a_referral())
    answer = await act(referrals, sent, "triage", _redirect(**to), by=manager(referrals))
    moved = answer.json()
    assert (answer.status_code, moved["status"], moved["stage"]) == (200, "received", "triage")
    assert (moved["icc"], moved["team"], moved["pathway"]) == (icc, team, pathway)
    if "pathway" not in to:
        assert moved["due"] == sent["due"]


async def test_what_becomes_hot_work_is_late_by_the_clock_it_had(referrals: Running) -> None:
    by, everyone = manager(referrals), manager(referrals, "*")
    with at(referrals, london("2026-06-12", "11:00")):
        sent = await post(referrals, a_referral())
    with at(referrals, london("2026-06-12", "12:00")):
        hot = await act(referrals, sent, "triage", _redirect(pathway="urgent-response"), by=by)
        overdue = await referrals.client.get("/v1/referrals?overdue=true", headers=everyone)
    assert datetime.fromisoformat(hot.json()["due"]["triage_by"]) == london("2026-06-12", "11:30")
    assert [one["id"] for one in overdue.json()["items"]] == [sent["id"]]


async def test_what_leaves_the_platform_is_redirected_and_says_where(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    answer = await act(referrals, sent, "triage", _redirect(to="Furness falls clinic"), by=manager(referrals))
    assert (answer.json()["status"], answer.json()["stage"]) == ("redirected", None)
    history = await referrals.client.get(f"/v1/referrals/{sent['id']}/history", headers=manager(referrals))
    assert history.json()["items"][-1]["to"] == "Furness falls clinic"
    kept = await referrals.rows("select t::text as row from referral_triage t")
    assert "Furness" not in kept[0]["row"]


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"decision": "redirect"}, [("body.required", "/icc")]),
        (_redirect(icc="nowhere"), [("icc.unknown", "/icc")]),
        (_redirect(icc="bay"), [("icc.ambiguous", "/icc")]),
        (_redirect(team="the-a-team"), [("enum", "/team")]),
        (_redirect(pathway="magic"), [("enum", "/pathway")]),
        (_redirect(icc="east", to="Elsewhere"), [("field.read_only", "/icc")]),
        ({"decision": "accept", "icc": "east"}, [("field.read_only", "/icc")]),
        ({"decision": "reject", "to": "Elsewhere"}, [("field.read_only", "/to")]),
        ({**ASK, "priority": "urgent"}, [("field.read_only", "/priority")]),
        ({**ASK, "reason_code": "no-capacity"}, [("code.invalid", "/reason_code")]),
    ],
)
async def test_a_destination_that_makes_no_sense_is_refused_and_changes_nothing(
    referrals: Running, body: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    sent = await post(referrals, a_referral())
    answer = await act(referrals, sent, "triage", body, by=manager(referrals))
    assert answer.status_code == 422
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == faults
    assert (await read(referrals, sent))["version"] == 1


async def test_a_question_stops_the_clock_until_the_sender_answers(
    referrals: Running, practice: dict[str, str]
) -> None:
    by = manager(referrals)
    with at(referrals, london("2026-06-12", "11:00")):  # a Friday
        sent = await post(referrals, a_referral())
        asked = (await act(referrals, sent, "triage", ASK, by=by)).json()
    with at(referrals, london("2026-06-17", "09:00")):
        overdue = await referrals.client.get("/v1/referrals?overdue=true", headers=by)
        answer = await referrals.client.post(
            f"/v1/referrals/{sent['id']}/answer", json={"text": "With her husband"}, headers=practice
        )
    assert (asked["status"], asked["stage"]) == ("information-requested", "information")
    assert overdue.json()["items"] == []
    answered = answer.json()
    assert (answer.status_code, answered["status"], answered["stage"]) == (200, "received", "triage")
    # Two working days from the Friday, and three that the question took.
    assert datetime.fromisoformat(answered["due"]["triage_by"]) == london("2026-06-19", "17:00")
    history = await referrals.client.get(f"/v1/referrals/{sent['id']}/history", headers=practice)
    assert [(one["event"], one.get("comment")) for one in history.json()["items"]][1:] == [
        ("referral.triaged", "Lives alone?"),
        ("referral.answered", "With her husband"),
    ]


async def test_a_decision_while_the_question_is_open_is_in_time_and_ends_the_pause(
    referrals: Running,
) -> None:
    by = manager(referrals)
    with at(referrals, london("2026-06-12", "11:00")):
        sent = await post(referrals, a_referral())
        asked = (await act(referrals, sent, "triage", ASK, by=by)).json()
    with at(referrals, london("2026-07-17", "09:00")):
        accepted = await act(referrals, asked, "triage", {"decision": "accept"}, by=by)
    assert (accepted.json()["status"], accepted.json()["stage"]) == ("accepted", "first-contact")
    running = await referrals.rows("select id from referral_pause where resumed_at is null")
    decided = await referrals.rows("select in_time from referral_triage where decision = 'accept'")
    assert (running, [one["in_time"] for one in decided]) == ([], [True])


async def test_its_sender_alone_answers_and_only_a_question(
    referrals: Running, practice: dict[str, str]
) -> None:
    sent = await post(referrals, a_referral(patient=a_patient(registered_practice=EAST_PRACTICE)))
    url, by = f"/v1/referrals/{sent['id']}/answer", manager(referrals, "east")
    unasked = await referrals.client.post(url, json={"text": "Yes"}, headers=practice)
    assert (unasked.status_code, unasked.json()["code"]) == (409, "state.transition")
    await act(referrals, sent, "triage", ASK, by=by)
    registered = referrals.token("practice-system", org=EAST_PRACTICE)
    stranger = referrals.token("hospital-system", org="RTX")
    codes = [
        (await referrals.client.post(url, json={"text": "Yes"}, headers=one)).status_code
        for one in (by, registered, stranger)
    ]
    assert codes == [403, 403, 404]
    blank = await referrals.client.post(url, json={"text": " "}, headers=practice)
    assert [(one["code"], one["pointer"]) for one in blank.json()["errors"]] == [("text.blank", "/text")]
