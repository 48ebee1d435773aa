"""Clocks stand still while the person is in hospital or asks to wait."""

from datetime import datetime

from tests.referrals.acting import act, manager
from tests.referrals.builders import a_referral
from tests.referrals.moments import at, london
from tests.referrals.sending import post
from tests.support.running import Running

IN_HOSPITAL = {"reason": "in-hospital"}


async def test_a_clock_stands_still_and_runs_on(referrals: Running) -> None:
    by = manager(referrals)
    with at(referrals, london("2026-06-12", "11:00")):
        sent = await post(referrals, a_referral())
        paused = await act(referrals, sent, "pause", IN_HOSPITAL, by=by)
    with at(referrals, london("2026-06-16", "09:00")):
        accepted = await act(referrals, paused.json(), "triage", {"decision": "accept"}, by=by)
    with at(referrals, london("2026-07-10", "09:00")):
        overdue = await referrals.client.get("/v1/referrals?overdue=true", headers=by)
    with at(referrals, london("2026-06-18", "09:00")):
        resumed = await act(referrals, accepted.json(), "resume", {}, by=by)
    assert [one.status_code for one in (paused, accepted, resumed)] == [200, 200, 200]
    assert overdue.json()["items"] == []
    # Ten working days from Friday 12 June, and the four from Monday to Thursday that the stay took.
    assert datetime.fromisoformat(resumed.json()["due"]["start_by"]) == london("2026-07-02", "17:00")


async def test_hot_work_moves_by_the_minutes_of_its_pause(referrals: Running) -> None:
    by = manager(referrals)
    with at(referrals, london("2026-06-13", "22:00")):
        sent = await post(referrals, a_referral(pathway="urgent-response", priority="two-hour"))
        paused = (await act(referrals, sent, "pause", {"reason": "person-asked"}, by=by)).json()
    with at(referrals, london("2026-06-13", "22:20")):
        resumed = (await act(referrals, paused, "resume", {"reason": "person-asked"}, by=by)).json()
    assert datetime.fromisoformat(resumed["due"]["triage_by"]) == london("2026-06-13", "22:50")
    assert datetime.fromisoformat(resumed["due"]["start_by"]) == london("2026-06-14", "00:20")


async def test_a_pause_is_declared_once_and_ends_once(referrals: Running) -> None:
    by = manager(referrals)
    sent = await post(referrals, a_referral())
    early = await act(referrals, sent, "resume", {}, by=by)
    paused = await act(referrals, sent, "pause", IN_HOSPITAL, by=by)
    twice = await act(referrals, paused.json(), "pause", IN_HOSPITAL, by=by)
    assert [one.status_code for one in (early, paused, twice)] == [409, 200, 409]
    asked = await act(referrals, paused.json(), "pause", {"reason": "information-requested"}, by=by)
    assert [(one["code"], one["pointer"]) for one in asked.json()["errors"]] == [("enum", "/reason")]


async def test_an_end_ends_the_pauses(referrals: Running) -> None:
    by = manager(referrals)
    sent = await post(referrals, a_referral())
    paused = (await act(referrals, sent, "pause", IN_HOSPITAL, by=by)).json()
    ended = (await act(referrals, paused, "withdraw", {}, by=by)).json()
    assert (await act(referrals, ended, "resume", {}, by=by)).status_code == 409
    assert await referrals.rows("select id from referral_pause where resumed_at is null") == []
