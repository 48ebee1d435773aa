"""Meetings: who came, what stands on the agenda, what was agreed for whom, on whose list, and what it was good for."""

from typing import Any

import pytest

from tests.referrals.acting import a_key, holds, manager
from tests.referrals.casework import DISCHARGE, the_case, work
from tests.referrals.listing import worklist
from tests.referrals.meetings import (
    BENEFIT,
    CHAIR,
    CHARITY,
    CONSENT,
    GP,
    HOSPITAL,
    ICC_TEAM,
    NUMBERS,
    a_meeting,
    discussed,
    frail,
    held,
    in_days,
    read,
    said,
    send,
    to_do,
)
from tests.support.running import Running


def _faults(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(one["code"], one["pointer"]) for one in answer.json()["errors"]]


async def test_a_meeting_is_recorded_and_read_by_its_community(referrals: Running) -> None:
    absent = {"org": "lancaster-city", "sector": "housing", "present": False}
    meeting = await held(referrals, attendees=[GP, ICC_TEAM, absent])
    assert (meeting["version"], meeting["sectors_present"]) == (1, 2)
    assert [one["sector"] for one in meeting["attendees"]] == ["gp", "community", "housing"]
    assert await read(referrals, f"/{meeting['id']}") == meeting
    await held(referrals, kind="children")
    assert [one["kind"] for one in (await read(referrals, ""))["items"]] == ["children", "frailty"]
    assert [one["id"] for one in (await read(referrals, "?kind=frailty&community=kendal"))["items"]] == [
        meeting["id"]
    ]
    barrow = manager(referrals, "barrow")
    assert (await read(referrals, "", by=barrow))["items"] == []
    url = f"/v1/mdt-meetings/{meeting['id']}"
    assert (await referrals.client.get(url, headers=barrow)).status_code == 404
    url = "/v1/mdt-meetings?community=kendal"
    assert (await referrals.client.get(url, headers=barrow)).status_code == 403
    assert (await send(referrals, "", a_meeting(), by=barrow)).status_code == 403
    partner = referrals.token("partner", org="age-uk")
    assert (await send(referrals, "", a_meeting(), by=partner)).status_code == 403


async def test_a_repeat_under_one_key_records_one_meeting(referrals: Running) -> None:
    key = a_key()
    first = await send(referrals, "", a_meeting(), key=key)
    again = await send(referrals, "", a_meeting(), key=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert first.headers["location"] == f"/v1/mdt-meetings/{first.json()['id']}"
    assert len(await referrals.rows("select 1 from mdt_meeting")) == 1


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"kind": "geology"}, "enum", "/kind"),
        ({"community": "bay"}, "icc.ambiguous", "/community"),
        ({"community": "atlantis"}, "icc.unknown", "/community"),
        ({"community": "south-cumbria"}, "icc.unknown", "/community"),
        ({"held_on": "2026-02-30"}, "date.invalid", "/held_on"),
        ({"held_on": "2999-01-01"}, "date.future", "/attendees/0/present"),
        ({"chair": " "}, "text.blank", "/chair"),
        ({"attendees": [{**GP, "partner": "age-uk"}]}, "body.required", "/attendees/0/org"),
        ({"attendees": [{"sector": "gp", "present": True}]}, "body.required", "/attendees/0/org"),
        ({"attendees": [{**GP, "sector": "army"}]}, "enum", "/attendees/0/sector"),
        ({"attendees": [GP, GP]}, "row.duplicate", "/attendees/1"),
        ({"attendees": [{**GP, "org": f"P{n}"} for n in range(101)]}, "list.too_long", "/attendees"),
    ],
)
async def test_what_is_no_meeting_is_refused(
    referrals: Running, change: dict[str, Any], code: str, pointer: str
) -> None:
    assert (code, pointer) in _faults(await send(referrals, "", a_meeting(**change)))
    assert await referrals.rows("select 1 from mdt_meeting") == []


async def test_who_came_is_said_on_the_meetings_version(referrals: Running) -> None:
    later = in_days(referrals, 7)
    meeting = await held(referrals, held_on=f"{later}", attendees=[{**GP, "present": False}])
    url = f"/v1/mdt-meetings/{meeting['id']}/attendees"
    early = await referrals.client.put(
        url, json={"attendees": [GP]}, headers={**manager(referrals), "If-Match": 'W/"1"'}
    )
    assert _faults(early) == [("date.future", "/attendees/0/present")]
    await referrals.rows("update mdt_meeting set held_on = current_date - 7")
    headers = {**manager(referrals), "If-Match": 'W/"1"'}
    came = await referrals.client.put(url, json={"attendees": [GP, HOSPITAL]}, headers=headers)
    assert (came.status_code, came.json()["sectors_present"], came.headers["etag"]) == (200, 2, 'W/"2"')
    stale = await referrals.client.put(url, json={"attendees": []}, headers=headers)
    assert stale.status_code == 412


async def test_the_agenda_comes_from_cases(referrals: Running) -> None:
    new, asked, followed, done = [await frail(referrals, number) for number in NUMBERS[:4]]
    await frail(referrals, NUMBERS[4], pathway="falls-prevention")
    before = await held(referrals, held_on="2026-06-10")
    for case in (asked, followed, done):
        await discussed(referrals, before, case, actions=[to_do(due_on="2026-06-20")])
    (_, kept, finished) = (await read(referrals, f"/{before['id']}/discussions"))["items"]
    path = f"/actions/{finished['actions'][0]['id']}/complete"
    assert (await send(referrals, path, {"done_on": "2026-06-19"})).status_code == 200
    meeting = await held(referrals)
    wish = {"case_id": asked["id"], "reason": "The daughter is worn out"}
    assert (await send(referrals, f"/{meeting['id']}/agenda", wish)).status_code == 200
    assert (await send(referrals, f"/{meeting['id']}/agenda", wish)).status_code == 409
    agenda = await read(referrals, f"/{meeting['id']}/agenda")
    told = {one["case_id"]: (one["because"], one["reason"]) for one in agenda["items"]}
    assert told == {
        asked["id"]: (["asked-for", "action-due"], "The daughter is worn out"),
        followed["id"]: (["action-due"], None),
        new["id"]: (["newly-referred"], None),
    }
    assert agenda["items"][1]["actions"] == [{**kept["actions"][0], "status": "overdue"}]
    assert {one["name"] for one in agenda["items"]} == {"Kathy Archer"}
    (read_once,) = await referrals.rows("select detail from audit where event = 'meeting.agenda-read'")
    assert '"rows": 3' in str(read_once["detail"])


async def test_actions_stand_on_their_owners_lists_at_once_and_leave_them_when_done(
    referrals: Running,
) -> None:
    case, meeting = await frail(referrals), await held(referrals, held_on=f"{in_days(referrals, -20)}")
    late, soon = in_days(referrals, -3), in_days(referrals, 5)
    actions = [
        to_do("urgent-response", late),
        to_do(CHAIR, soon),
        to_do("RTX", soon, "Send the clinic's letter"),
    ]
    discussion = await discussed(referrals, meeting, case, actions=actions)
    assert [one["status"] for one in discussion["actions"]] == ["overdue", "open", "open"]
    team = await worklist(referrals, "teams/urgent-response")
    assert [(one["stage"], one["state"], one["about"]) for one in team["items"]] == [
        ("mdt-action", "overdue", "frailty")
    ]
    assert team["counts"]["mdt-action"]["overdue"] == 1
    mine = await worklist(referrals, "me", by=manager(referrals))
    assert [(one["about"], one["state"]) for one in mine["items"]] == [
        ("frailty", "waiting"),
        ("benefit", "waiting"),
    ]
    kendal = await worklist(referrals, "kendal", by=manager(referrals))
    standing = [(one["about"], one["assignee"]) for one in kendal["items"] if one["stage"] == "mdt-action"]
    assert sorted(standing, key=str) == [("benefit", CHAIR), ("frailty", CHAIR), ("frailty", None)]
    done = f"/actions/{discussion['actions'][0]['id']}/complete"
    early = await send(referrals, done, {"done_on": "2026-01-01"})
    assert _faults(early) == [("date.order", "/done_on")]
    finished = await send(referrals, done, {"done_on": f"{late}"})
    assert (finished.status_code, finished.json()["status"]) == (200, "done")
    assert (await send(referrals, done, {"done_on": f"{late}"})).status_code == 409
    assert (await worklist(referrals, "teams/urgent-response"))["items"] == []
    foreign = await send(referrals, done, {"done_on": f"{late}"}, by=manager(referrals, "barrow"))
    assert foreign.status_code == 404


async def test_a_discussion_is_read_by_who_sees_the_case_and_kept_sealed(referrals: Running) -> None:
    case, meeting = await frail(referrals), await held(referrals)
    discussion = await discussed(referrals, meeting, case, actions=[to_do()])
    assert (await read(referrals, f"/{meeting['id']}/discussions"))["items"] == [discussion]
    kept = await referrals.rows(
        "select d::text as row from mdt_discussion d union all select a::text from mdt_action a"
        " union all select e::text from referral_event e union all select a::text from audit a"
        " union all select k::text from idempotency k"
    )
    assert len(kept) >= 5
    words = ("Three falls", "sedatives", "pharmacist")
    assert not [row for row in kept for word in words if holds(row["row"], word)]


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"actions": [to_do(due_on="2026-06-23")]}, "date.order", "/actions/0/due_on"),
        ({"actions": [to_do(), to_do("nobody-at-all")]}, "code.unknown", "/actions/1/owner"),
        ({"decisions": [" "]}, "text.blank", "/decisions/0"),
        ({"decisions": ["Rest"] * 21}, "list.too_long", "/decisions"),
        ({"actions": [to_do()] * 21}, "list.too_long", "/actions"),
        ({"case_id": "0197aaaa-0000-7000-8000-000000000000"}, "reference.unresolved", "/case_id"),
        ({"consent": {**CONSENT, "on": "2026-06-25"}}, "date.order", "/consent/on"),
        ({"consent": {**CONSENT, "given_by": "cat"}}, "enum", "/consent/given_by"),
        ({"outcome": "good"}, "body.unknown_field", "/outcome"),
    ],
)
async def test_what_makes_no_discussion_is_refused(
    referrals: Running, change: dict[str, Any], code: str, pointer: str
) -> None:
    case, meeting = await frail(referrals), await held(referrals)
    answer = await send(referrals, f"/{meeting['id']}/discussions", said(case, **change))
    assert _faults(answer) == [(code, pointer)]
    assert await referrals.rows("select id from mdt_discussion union all select id from mdt_action") == []
    assert await referrals.rows("select 1 from worklist_item") == []


async def test_a_meeting_of_the_future_has_decided_nothing(referrals: Running) -> None:
    case = await frail(referrals)
    meeting = await held(referrals, held_on=f"{in_days(referrals, 1)}", attendees=[])
    answer = await send(referrals, f"/{meeting['id']}/discussions", said(case))
    assert _faults(answer) == [("date.future", "/decisions")]


async def test_a_case_is_discussed_once_in_a_meeting_of_its_community_while_open(referrals: Running) -> None:
    case, meeting = await frail(referrals), await held(referrals)
    await discussed(referrals, meeting, case)
    twice = await send(referrals, f"/{meeting['id']}/discussions", said(case))
    assert (twice.status_code, twice.json()["code"]) == (409, "row.duplicate")
    everywhere = manager(referrals, "*")
    barrow = (await send(referrals, "", a_meeting(community="barrow"), by=everywhere)).json()
    elsewhere = await send(referrals, f"/{barrow['id']}/discussions", said(case), by=everywhere)
    assert _faults(elsewhere) == [("row.out_of_scope", "/case_id")]
    fresh = await the_case(referrals, case["id"])
    assert (await work(referrals, fresh, "discharge", DISCHARGE)).status_code == 200
    ended = await send(referrals, f"/{(await held(referrals))['id']}/discussions", said(case))
    assert (ended.status_code, ended.json()["code"]) == (409, "state.transition")


async def test_others_than_care_staff_hear_of_a_person_only_with_consent(referrals: Running) -> None:
    first, second = [await frail(referrals, number) for number in NUMBERS[:2]]
    meeting = await held(referrals, attendees=[GP, CHARITY])
    path = f"/{meeting['id']}/discussions"
    refused = await send(referrals, path, said(first))
    assert (refused.status_code, refused.json()["code"]) == (409, "consent.required")
    assert await referrals.rows("select 1 from mdt_discussion") == []
    told = await discussed(referrals, meeting, first, consent=CONSENT)
    assert told["consent"] == CONSENT
    given = {"scope": "share-with-partner", "partner": "age-uk", "given_by": "self", "on": "2026-06-20"}
    assert (await work(referrals, second, "consents", given)).status_code == 201
    assert (await discussed(referrals, meeting, second))["consent"] is None
    for case in (first, second):
        url = f"/v1/cases/{case['id']}/disclosures"
        (shared,) = (await referrals.client.get(url, headers=manager(referrals))).json()["items"]
        assert (shared["kind"], shared["to"]) == ("mdt-meeting", "age-uk")
        assert (shared["consent_id"] is None) == (case is first)


async def test_the_benefit_is_asked_of_the_chair_after_three_months_though_the_case_has_ended(
    referrals: Running,
) -> None:
    case, meeting = await frail(referrals), await held(referrals)
    discussion = await discussed(referrals, meeting, case, actions=[to_do()])
    assert discussion["benefit"]["due_on"] == "2026-09-24"
    fresh = await the_case(referrals, case["id"])
    assert (await work(referrals, fresh, "discharge", DISCHARGE)).status_code == 200
    (item,) = (await worklist(referrals, "me", by=manager(referrals)))["items"]
    assert (item["about"], item["state"], item["assignee"]) == ("benefit", "overdue", CHAIR)
    path = f"/discussions/{discussion['id']}/benefit"
    asked = await send(referrals, path, BENEFIT)
    assert (asked.status_code, asked.json()["benefit"]["use_avoided"]) == (200, 2)
    assert (await worklist(referrals, "me", by=manager(referrals)))["items"] == []
    (row,) = await referrals.rows(
        "select kind, units, judged_by, counted_month, counted_place from avoided_activity"
    )
    assert (row["kind"], row["units"], row["judged_by"], row["counted_place"]) == (
        "gp-visit",
        2,
        "mdt",
        "kendal",
    )
    assert f"{row['counted_month']}" == "2026-09-01"
    again = await send(referrals, f"/{meeting['id']}{path}", BENEFIT)
    assert (again.status_code, again.json()["code"]) == (409, "state.transition")


async def test_nobody_is_asked_about_somebody_who_died(referrals: Running) -> None:
    case, meeting = await frail(referrals), await held(referrals)
    discussion = await discussed(referrals, meeting, case)
    fresh = await the_case(referrals, case["id"])
    ended = await work(referrals, fresh, "discharge", {**DISCHARGE, "outcome": "deceased"})
    assert ended.status_code == 200
    assert (await worklist(referrals, "me", by=manager(referrals)))["items"] == []
    path = f"/discussions/{discussion['id']}/benefit"
    assert _faults(await send(referrals, path, BENEFIT)) == [("state.transition", "/use_avoided")]


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"asked_on": "2026-06-23"}, "date.order", "/asked_on"),
        ({"asked_on": "2999-01-01"}, "date.future", "/asked_on"),
        ({"self_care": "splendid"}, "enum", "/self_care"),
        ({"use_avoided": [{"kind": "gp-visit", "count": 0}]}, "number.range", "/use_avoided/0/count"),
        ({"use_avoided": [{"kind": "gp-visit", "count": 1}] * 2}, "row.duplicate", "/use_avoided/1/kind"),
        ({"judged_by": "press"}, "enum", "/judged_by"),
    ],
)
async def test_what_makes_no_benefit_is_refused(
    referrals: Running, change: dict[str, Any], code: str, pointer: str
) -> None:
    case, meeting = await frail(referrals), await held(referrals)
    discussion = await discussed(referrals, meeting, case)
    answer = await send(referrals, f"/discussions/{discussion['id']}/benefit", {**BENEFIT, **change})
    assert _faults(answer) == [(code, pointer)]
    assert await referrals.rows("select 1 from avoided_activity") == []
