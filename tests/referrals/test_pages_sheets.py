"""The long forms: an assessment, and the care plan in its versions; both written by the interface's own actions."""

from typing import Any

from tests.referrals.acting import manager
from tests.referrals.casework import ASSESSMENT, PLAN, a_case, listed, the_case, worked
from tests.referrals.paging import behind, form_at, send, summary, the_page
from tests.support.pages import facts_of, form_of, open_page, read_page
from tests.support.running import Running

FALLS, MOOD = "domains-0", "domains-5"
FIRST = {
    "goals-0-text": "To walk to the shop",
    "actions-1-text": "Rails for the stairs",
    "actions-1-owner": "OT",
    "actions-1-due_on": "2026-08-01",
    "contacts-0-name": "Bill Archer",
    "contacts-0-relationship": "spouse",
    "contacts-0-carer": "true",
    "review_on": "2027-09-20",
    "consent_to_share": "true",
}


async def the_plan(service: Running, case: dict[str, Any]) -> dict[str, Any]:
    answer = await service.client.get(f"/v1/cases/{case['id']}/care-plan", headers=manager(service))
    assert answer.status_code == 200, answer.text
    plan: dict[str, Any] = answer.json()
    return plan


async def a_plan(service: Running, case: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A plan that the interface wrote."""
    by = {**manager(service), "If-Match": "*"}
    url = f"/v1/cases/{case['id']}/care-plan"
    answer = await service.client.put(url, json=PLAN | changes, headers=by)
    assert answer.status_code == 200, answer.text
    return await the_plan(service, case)


async def test_an_assessment_is_written_area_by_area(referrals: Running) -> None:
    case = await a_case(referrals)
    action = form_at(case, "assessment")
    page = await the_page(referrals, case["referral_id"], behind(case, "assessment"))
    filled = {f"{FALLS}-findings": "Three falls", f"{FALLS}-risk": "high", f"{MOOD}-findings": "Low"}
    answer = await send(referrals, page, action, **filled)
    assert answer.status_code == 303, answer.text
    after = await open_page(referrals.client, answer.headers["location"])
    assert after.one("p", role="status").text == "The assessment is recorded."
    (made,) = await listed(referrals, case, "assessments")
    assert made["kind"] == "holistic"
    assert made["domains"] == [
        {"domain": "falls", "findings": "Three falls", "risk": "high"},
        {"domain": "mood", "findings": "Low"},
    ]
    again = await open_page(referrals.client, action)
    assert "Three falls" in again.one("main").text
    assert "high risk before" in again.one("main").text


async def test_what_is_wrong_with_an_assessment_stands_beside_its_area(referrals: Running) -> None:
    case = await a_case(referrals)
    action = form_at(case, "assessment")
    page = await the_page(referrals, case["referral_id"], behind(case, "assessment"))
    nothing = await send(referrals, page, action)
    assert nothing.status_code == 422
    assert summary(read_page(nothing.text)) == [
        ("Write down what you found in one area at least.", "#assessment-domains")
    ]
    risk_alone = {f"{FALLS}-findings": "Three falls", f"{MOOD}-risk": "low"}
    answer = await send(referrals, page, action, **risk_alone)
    shown = read_page(answer.text)
    assert summary(shown) == [("Say what you found, or choose no risk here.", f"#assessment-{MOOD}-findings")]
    assert shown.one("textarea", id=f"assessment-{FALLS}-findings").text == "Three falls"
    assert shown.one("span", id=f"assessment-{MOOD}-findings-error").text
    assert await listed(referrals, case, "assessments") == []


async def test_the_first_plan_is_written_and_the_next_begins_with_it(referrals: Running) -> None:
    case = await a_case(referrals)
    action = form_at(case, "plan")
    page = await the_page(referrals, case["referral_id"], behind(case, "plan"))
    answer = await send(referrals, page, action, **FIRST)
    assert answer.status_code == 303, answer.text
    plan = await the_plan(referrals, case)
    assert [goal["text"] for goal in plan["goals"]] == ["To walk to the shop"]
    assert plan["actions"] == [{"text": "Rails for the stairs", "owner": "OT", "due_on": "2026-08-01"}]
    assert plan["contacts"][0]["carer"] is True
    assert (plan["review_on"], plan["consent_to_share"]) == ("2027-09-20", True)
    assert "cpr_recommendation" not in plan or plan["cpr_recommendation"] is None
    page = await open_page(referrals.client, action)
    answer = await send(referrals, page, action, **{"goals-1-text": "To sleep"})
    assert answer.status_code == 303, answer.text
    changed = await the_plan(referrals, case)
    assert [goal["text"] for goal in changed["goals"]] == ["To walk to the shop", "To sleep"]
    same = ("actions", "contacts", "review_on", "consent_to_share")
    assert {name: changed[name] for name in same} == {name: plan[name] for name in same}
    assert changed["version"] == 2


async def test_a_plan_of_the_interface_loses_nothing_in_the_form(referrals: Running) -> None:
    case = await a_case(referrals)
    plan = await a_plan(referrals, case)
    action = form_at(case, "plan")
    page = await the_page(referrals, case["referral_id"], behind(case, "plan"))
    assert (await send(referrals, page, action)).status_code == 303
    again = await the_plan(referrals, case)
    beside = ("id", "version", "recorded_at", "by")
    assert {name: value for name, value in again.items() if name not in beside} == {
        name: value for name, value in plan.items() if name not in beside
    }


async def test_a_line_that_is_emptied_is_left_out_and_more_lines_are_asked_for(referrals: Running) -> None:
    case = await a_case(referrals)
    await a_plan(referrals, case, goals=[{"text": f"Goal {at}"} for at in range(4)])
    action = form_at(case, "plan")
    page = await the_page(referrals, case["referral_id"], behind(case, "plan"))
    rows = [one for one in page.all("textarea") if one.attributes["name"].startswith("goals-")]
    assert len(rows) == 6
    asked = await send(referrals, page, action, **{"goals-5-text": "Another", "more": "goals"})
    assert asked.status_code == 200
    page = read_page(asked.text)
    rows = [one for one in page.all("textarea") if one.attributes["name"].startswith("goals-")]
    assert (len(rows), rows[5].text) == (9, "Another")
    assert (await the_plan(referrals, case))["version"] == 1
    filled = {name: value for name, value in form_of(page, action).items() if name != "goals-1-text"}
    answer = await referrals.client.post(action, data=filled)
    assert answer.status_code == 303, answer.text
    goals = [goal["text"] for goal in (await the_plan(referrals, case))["goals"]]
    assert goals == ["Goal 0", "Goal 2", "Goal 3", "Another"]


async def test_what_is_wrong_with_a_plan_stands_beside_its_line(referrals: Running) -> None:
    case = await a_case(referrals)
    action = form_at(case, "plan")
    page = await the_page(referrals, case["referral_id"], behind(case, "plan"))
    wrong = {
        "goals-2-text": "To sleep",
        "actions-2-owner": "OT",
        "contacts-1-name": "Bill",
        "cpr_recommendation-stage": "form-complete",
    }
    answer = await send(referrals, page, action, **wrong)
    assert answer.status_code == 422
    shown = read_page(answer.text)
    assert [where for _, where in summary(shown)] == [
        "#plan-actions-2-text",
        "#plan-cpr_recommendation-recommendation",
        "#plan-contacts-1-relationship",
    ]
    assert shown.one("textarea", id="plan-goals-2-text").text == "To sleep"
    for _, where in summary(shown):
        assert shown.one("span", id=f"{where[1:]}-error").text
    url = f"/v1/cases/{case['id']}/care-plan"
    assert (await referrals.client.get(url, headers=manager(referrals))).status_code == 404


async def test_two_tabs_of_a_plan_the_second_is_told_and_sees_both(referrals: Running) -> None:
    case = await a_case(referrals)
    action = form_at(case, "plan")
    first = await the_page(referrals, case["referral_id"], behind(case, "plan"))
    second = await open_page(referrals.client, action)
    assert (await send(referrals, first, action, **FIRST)).status_code == 303
    answer = await send(referrals, second, action, **{"goals-0-text": "To bake"})
    assert answer.status_code == 412
    shown = read_page(answer.text)
    assert "another version of this plan" in shown.one("div", class_="nhsuk-error-summary").text
    assert shown.one("textarea", id="plan-goals-0-text").text == "To bake"
    assert facts_of(shown)["Goals"] == "To walk to the shop"
    assert (await the_plan(referrals, case))["version"] == 1
    # More lines asked for on an older version do not make it a newer one.
    asked = read_page((await send(referrals, second, action, more="goals")).text)
    assert (await send(referrals, asked, action)).status_code == 412
    assert (await send(referrals, shown, action)).status_code == 303
    assert [goal["text"] for goal in (await the_plan(referrals, case))["goals"]] == ["To bake"]


async def test_the_page_of_a_plan_shows_what_was_found(referrals: Running) -> None:
    case = await a_case(referrals)
    await worked(referrals, case, "assessments", ASSESSMENT)
    page = await the_page(referrals, case["referral_id"], behind(case, "plan"))
    assert facts_of(page)["Falls (high risk)"] == "Three falls since Easter"
    assert (await the_case(referrals, case["id"]))["version"] == 2


async def test_long_forms_are_of_open_cases_of_the_own_community(referrals: Running) -> None:
    case = await a_case(referrals)
    other = await a_case(referrals)
    page = await the_page(referrals, case["referral_id"])
    assert page.one("h1").text.startswith("Kathy Archer")
    for address, status in (
        (f"/worklist/referrals/{other['referral_id']}{behind(case, 'plan')}", 404),
        (form_at(case, "nothing"), 404),
        (form_at(case, "contact"), 404),
    ):
        assert (await referrals.client.get(address)).status_code == status
    foreign = await referrals.client.get(form_at(case, "plan"), headers=manager(referrals, "lancaster"))
    assert foreign.status_code == 404
    ended = await send(referrals, page, form_at(case, "discharge"), outcome="goals-met")
    assert ended.status_code == 303
    answer = await referrals.client.get(form_at(case, "plan"))
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/worklist/referrals/{case['referral_id']}",
    )
