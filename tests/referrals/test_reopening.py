"""What ended is taken up again: a referral on a new clock, a case within ninety days."""

from datetime import datetime, timedelta

import pytest

from tests.referrals.acting import act, manager
from tests.referrals.builders import a_referral
from tests.referrals.moments import at, london
from tests.referrals.sending import post
from tests.support.running import Running

WHY = {"comment": "She changed her mind"}


@pytest.mark.parametrize(
    "decision", [{"decision": "reject"}, {"decision": "redirect", "to": "Elsewhere"}, {}]
)
async def test_what_ended_without_a_case_is_received_again_on_a_new_clock(
    referrals: Running, decision: dict[str, str]
) -> None:
    by = manager(referrals)
    with at(referrals, london("2026-06-12", "11:00")):
        sent = await post(referrals, a_referral())
        ended = (await act(referrals, sent, "triage" if decision else "withdraw", decision, by=by)).json()
    with at(referrals, london("2026-07-01", "09:00")):
        answer = await act(referrals, ended, "reopen", WHY, by=by)
    again = answer.json()
    assert (answer.status_code, again["status"], again["stage"]) == (200, "received", "triage")
    assert datetime.fromisoformat(again["due"]["triage_by"]) == london("2026-07-03", "17:00")
    assert again["received_at"] == sent["received_at"]


async def _closed(service: Running, day: str) -> dict[str, str]:
    """A referral whose case ended on a day."""
    by = manager(service)
    sent = await post(service, a_referral())
    accepted = (await act(service, sent, "triage", {"decision": "accept"}, by=by)).json()
    await service.rows(
        "update case_record set status = 'discharged', outcome = 'goals-met', discharged_on = $1",
        datetime.fromisoformat(day).date(),
    )
    await service.rows("update referral set status = 'closed', stage = null, stage_due = null")
    return {**sent, "case_id": accepted["case_id"], "version": accepted["version"]}


async def test_the_same_case_goes_on_within_ninety_days_of_its_discharge(referrals: Running) -> None:
    closed = await _closed(referrals, "2026-06-12")
    by = manager(referrals)
    with at(referrals, london("2026-06-12") + timedelta(days=91)):
        late = await act(referrals, closed, "reopen", WHY, by=by)
    with at(referrals, london("2026-06-12") + timedelta(days=90)):
        again = await act(referrals, closed, "reopen", WHY, by=by)
    assert (late.status_code, late.json()["code"]) == (409, "state.transition")
    assert (again.status_code, again.json()["status"]) == (200, "accepted")
    assert again.json()["case_id"] == closed["case_id"]
    (case,) = await referrals.rows("select status, discharged_on, outcome from case_record")
    assert tuple(case) == ("open", None, None)


async def test_a_withdrawn_case_stays_ended_and_a_second_acceptance_opens_another(referrals: Running) -> None:
    by = manager(referrals)
    accepted = await act(
        referrals, await post(referrals, a_referral()), "triage", {"decision": "accept"}, by=by
    )
    withdrawn = await act(referrals, accepted.json(), "withdraw", {}, by=by)
    again = await act(referrals, withdrawn.json(), "reopen", WHY, by=by)
    assert (again.json()["status"], again.json()["case_id"]) == ("received", None)
    second = await act(referrals, again.json(), "triage", {"decision": "accept"}, by=by)
    cases = await referrals.rows("select id, status from case_record order by id")
    assert [one["status"] for one in cases] == ["discharged", "open"]
    assert second.json()["case_id"] == str(cases[1]["id"])


async def test_what_is_open_is_not_reopened_and_a_second_beginning_says_why(
    referrals: Running, practice: dict[str, str]
) -> None:
    sent = await post(referrals, a_referral())
    opened = await act(referrals, sent, "reopen", WHY, by=manager(referrals))
    assert (opened.status_code, opened.json()["code"]) == (409, "state.transition")
    silent = await act(referrals, sent, "reopen", {}, by=manager(referrals))
    assert [(one["code"], one["pointer"]) for one in silent.json()["errors"]] == [
        ("body.required", "/comment")
    ]
    assert (await act(referrals, sent, "reopen", WHY, by=practice)).status_code == 403
