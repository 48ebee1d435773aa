"""Who has which referral: given, taken back, handed over when somebody leaves, covered when somebody is away."""

from typing import Any

import pytest

from tests.referrals.acting import act, manager
from tests.referrals.builders import EAST_PRACTICE, a_patient, a_referral
from tests.referrals.listing import worklist
from tests.referrals.moments import at, london
from tests.referrals.sending import post
from tests.support.running import Running

MARY = "local:case-manager:mary"


def _mary(service: Running, *communities: str) -> dict[str, str]:
    return service.token("case-manager", org="mary", communities=communities)


async def test_an_assigned_referral_stands_on_a_persons_list_too(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    await post(referrals, a_referral())
    given = await act(referrals, sent, "assign", {"assignee": MARY}, by=manager(referrals))
    assert (given.status_code, given.json()["assignee"], given.json()["version"]) == (200, MARY, 2)
    own = await worklist(referrals, "me", by=_mary(referrals, "kendal"))
    assert [(one["referral_id"], one["assignee"]) for one in own["items"]] == [(sent["id"], MARY)]
    assert own["counts"]["triage"]["waiting"] == 1
    assert len((await worklist(referrals, "kendal"))["items"]) == 2
    back = await act(referrals, given.json(), "assign", {"assignee": None}, by=manager(referrals))
    assert back.json()["assignee"] is None
    assert (await worklist(referrals, "me", by=_mary(referrals, "kendal")))["items"] == []


async def test_a_case_manager_sees_the_own_caseload_wherever_it_lives(referrals: Running) -> None:
    sent = await post(referrals, a_referral(patient=a_patient(registered_practice=EAST_PRACTICE)))
    foreign = await post(referrals, a_referral(patient=a_patient(registered_practice=EAST_PRACTICE)))
    own = await post(referrals, a_referral())
    await act(referrals, sent, "assign", {"assignee": MARY}, by=manager(referrals, "east"))
    by = _mary(referrals, "kendal")
    codes = [
        (await referrals.client.get(f"/v1/referrals/{one['id']}", headers=by)).status_code
        for one in (sent, foreign, own)
    ]
    assert codes == [200, 404, 200]
    for query, expected in (("", [own["id"], sent["id"]]), ("?icc=kendal", [own["id"]])):
        listed = await referrals.client.get(f"/v1/referrals{query}", headers=by)
        assert [one["id"] for one in listed.json()["items"]] == expected
    assert (await referrals.client.get("/v1/referrals?icc=east", headers=by)).status_code == 403


async def test_what_ended_is_given_to_nobody(referrals: Running, practice: dict[str, str]) -> None:
    ended = (await act(referrals, await post(referrals, a_referral()), "withdraw", {}, by=practice)).json()
    refused = await act(referrals, ended, "assign", {"assignee": MARY}, by=manager(referrals))
    assert (refused.status_code, refused.json()["code"]) == (409, "state.transition")
    assert (await act(referrals, ended, "assign", {"assignee": MARY}, by=practice)).status_code == 403


async def test_a_leavers_referrals_go_to_another_or_to_the_team(referrals: Running) -> None:
    by, everyone = manager(referrals), manager(referrals, "*")
    sent = [await post(referrals, a_referral()) for _ in range(3)]
    falls = await post(referrals, a_referral(pathway="falls-prevention"))
    east = await post(referrals, a_referral(patient=a_patient(registered_practice=EAST_PRACTICE)))
    for one in (*sent, falls, east):
        await act(referrals, one, "assign", {"assignee": MARY}, by=everyone)

    async def reassign(body: dict[str, Any]) -> Any:
        answer = await referrals.client.post("/v1/worklists/reassign", json=body, headers=by)
        assert answer.status_code == 200, answer.text
        return answer.json()

    some = await reassign({"from": MARY, "to": "tom", "filter": {"pathway": "falls-prevention"}})
    assert some == {"reassigned": 1, "left": 0}
    assert await reassign({"from": MARY, "to": None}) == {"reassigned": 3, "left": 0}
    rows = await referrals.rows("select id, assignee, version from referral order by id")
    assert [one["assignee"] for one in rows] == [
        None,
        None,
        None,
        "tom",
        MARY,
    ]  # East's is not Kendal's to give
    assert {one["version"] for one in rows[:4]} == {3}
    events = await referrals.rows("select event from audit where event like '%assigned' order by event")
    assert [one["event"] for one in events] == ["referral.assigned"] * 9 + ["worklist.reassigned"] * 2


async def test_the_history_says_to_whom_a_referral_went(referrals: Running) -> None:
    by, sent = manager(referrals), await post(referrals, a_referral())
    for version, assignee in ((1, MARY), (2, None)):
        await act(referrals, sent, "assign", {"assignee": assignee}, by=by, version=version)
    history = await referrals.client.get(f"/v1/referrals/{sent['id']}/history", headers=by)
    received, *changes = history.json()["items"]
    assert [(one["event"], one["assignee"]) for one in changes] == [
        ("referral.assigned", MARY),
        ("referral.assigned", None),
    ]
    assert "assignee" not in received


async def test_who_stands_in_reads_the_list_of_who_is_away_on_those_days(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    east = await post(referrals, a_referral(patient=a_patient(registered_practice=EAST_PRACTICE)))
    for one in (sent, east):
        await act(referrals, one, "assign", {"assignee": MARY}, by=manager(referrals, "*"))
    body = {"for": MARY, "by": "local:case-manager", "from": "2027-06-14", "to": "2027-06-15"}
    covered = await referrals.client.post("/v1/worklists/cover", json=body, headers=manager(referrals))
    assert covered.status_code == 200
    assert {name: covered.json()[name] for name in body} == body
    found = {}
    for day in ("2027-06-13", "2027-06-14", "2027-06-15", "2027-06-16"):
        with at(referrals, london(day, "09:00")):
            items = (await worklist(referrals, "me", by=manager(referrals)))["items"]
        found[day] = [one["referral_id"] for one in items]
    assert found == {
        "2027-06-13": [],
        "2027-06-14": [sent["id"]],
        "2027-06-15": [sent["id"]],
        "2027-06-16": [],
    }


@pytest.mark.parametrize(
    ("what", "body", "code", "pointer"),
    [
        ("cover", {"for": "a", "by": "a", "from": "2027-06-14", "to": "2027-06-15"}, "enum", "/by"),
        ("cover", {"for": "a", "by": "b", "from": "2027-06-14", "to": "2027-06-13"}, "date.order", "/to"),
        ("cover", {"for": "a", "by": "b", "from": "2027-06-14"}, "body.required", "/to"),
        ("reassign", {"to": "b"}, "body.required", "/from"),
        ("reassign", {"from": "a"}, "body.required", "/to"),
        ("reassign", {"from": "a", "to": "b", "filter": {"age": 3}}, "body.unknown_field", "/filter/age"),
        ("reassign", {"from": "a", "to": "b", "filter": {"stage": "tea"}}, "enum", "/filter/stage"),
    ],
)
async def test_a_change_of_hands_that_makes_no_sense_is_refused(
    referrals: Running, what: str, body: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await referrals.client.post(f"/v1/worklists/{what}", json=body, headers=manager(referrals))
    assert answer.status_code == 422
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]
