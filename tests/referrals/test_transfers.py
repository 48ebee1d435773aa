"""A person moves: the referral and its case go along, clocks and figures stay."""

from typing import Any

import pytest

from tests.referrals.acting import act, manager, read
from tests.referrals.builders import EAST_PRACTICE, KENDAL_PRACTICE, OUTSIDE_PRACTICE, a_referral
from tests.referrals.listing import standing
from tests.referrals.sending import post
from tests.support.running import Running

ACCEPT = {"decision": "accept"}


@pytest.mark.parametrize(
    ("to", "icc", "team", "practice"),
    [
        ({"practice": EAST_PRACTICE}, "east", "east-icc", EAST_PRACTICE),
        ({"icc": "lancaster"}, "lancaster", "lancaster-icc", KENDAL_PRACTICE),
        ({"team": "urgent-response"}, "kendal", "urgent-response", KENDAL_PRACTICE),
    ],
)
@pytest.mark.parametrize("accepted", [False, True])
async def test_a_referral_moves_with_its_case_and_keeps_its_clocks(
    referrals: Running, to: dict[str, str], icc: str, team: str, practice: str, *, accepted: bool
) -> None:
    by = manager(referrals)
    before = await post(referrals, a_referral())
    if accepted:
        before = (await act(referrals, before, "triage", ACCEPT, by=by)).json()
    counted = await referrals.rows("select counted_place, counted_month from referral")
    answer = await act(referrals, before, "transfer", {**to, "reason": "She lives with her son now"}, by=by)
    moved = answer.json()
    assert (answer.status_code, moved["icc"], moved["team"]) == (200, icc, team)
    assert moved["patient"]["registered_practice"] == practice
    for kept in ("status", "due", "case_id", "pathway"):
        assert moved[kept] == before[kept]
    assert await referrals.rows("select counted_place, counted_month from referral") == counted
    if icc != "kendal":
        gone = await referrals.client.get(f"/v1/referrals/{before['id']}", headers=by)
        there = await referrals.client.get(f"/v1/referrals/{before['id']}", headers=manager(referrals, icc))
        assert (gone.status_code, there.status_code) == (404, 200)


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("body.required", "/reason")]),
        ({"reason": "Moved"}, [("body.required", "/icc")]),
        ({"reason": "Moved", "icc": "east", "team": "icat"}, [("field.read_only", "/team")]),
        ({"reason": "Moved", "icc": "atlantis"}, [("icc.unknown", "/icc")]),
        ({"reason": "Moved", "team": "atlantis"}, [("enum", "/team")]),
        ({"reason": "Moved", "practice": "?"}, [("ods.format", "/practice")]),
        ({"reason": "Moved", "practice": OUTSIDE_PRACTICE}, [("ods.unknown", "/practice")]),
    ],
)
async def test_a_transfer_that_makes_no_sense_is_refused(
    referrals: Running, body: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    sent = await post(referrals, a_referral())
    answer = await act(referrals, sent, "transfer", body, by=manager(referrals))
    assert answer.status_code == 422
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == faults
    stands = await read(referrals, sent)
    assert (stands["version"], stands["icc"], stands["team"]) == (1, sent["icc"], sent["team"])
    assert await standing(referrals, sent["id"]) == {"kendal": ["triage"]}
    history = await referrals.rows("select event from referral_event")
    assert [one["event"] for one in history] == ["referral.received"]


async def test_what_ended_is_not_transferred_and_senders_transfer_nothing(
    referrals: Running, practice: dict[str, str]
) -> None:
    sent = await post(referrals, a_referral())
    body = {"icc": "east", "reason": "Moved"}
    assert (await act(referrals, sent, "transfer", body, by=practice)).status_code == 403
    ended = (await act(referrals, sent, "withdraw", {}, by=practice)).json()
    refused = await act(referrals, ended, "transfer", body, by=manager(referrals))
    assert (refused.status_code, refused.json()["code"]) == (409, "state.transition")
