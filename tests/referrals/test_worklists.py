"""What is to be done next: the lists of communities, teams and people."""

from typing import Any

import orjson
import pytest

from tests.referrals.acting import act, change, holds, manager
from tests.referrals.builders import (
    EAST_PRACTICE,
    LANCASTER_PRACTICE,
    OUTSIDE_PRACTICE,
    a_patient,
    a_referral,
)
from tests.referrals.listing import standing, worklist
from tests.referrals.moments import at, london
from tests.referrals.sending import post
from tests.support.running import Running

ACCEPT = {"decision": "accept"}
ASK = {"decision": "request-information"}


async def test_an_item_says_who_what_next_by_when_and_whose(referrals: Running) -> None:
    flags = [{"kind": "safeguarding", "text": "A secret"}, {"kind": "interpreter"}]
    with at(referrals, london("2026-06-12", "11:00")):
        sent = await post(referrals, a_referral(patient=a_patient(flags=flags)))
        (item,) = (await worklist(referrals, "kendal"))["items"]
    assert item == {
        "referral_id": sent["id"],
        "case_id": None,
        "person": {"name": "Kathy Archer", "age": 88, "district": "LA9"},
        "pathway": "case-management",
        "priority": "routine",
        "stage": "triage",
        "next_action": "Triage the referral",
        "due": sent["due"]["triage_by"],
        "state": "waiting",
        "since": sent["received_at"],
        "assignee": None,
        "flags": ["safeguarding", "interpreter"],
    }


async def test_the_soonest_is_first_and_counts_add_up_to_the_list(referrals: Running) -> None:
    by = manager(referrals)
    with at(referrals, london("2026-06-12", "11:00")):  # a Friday
        routine = await post(referrals, a_referral())
        urgent = await post(referrals, a_referral(priority="urgent"))
        asked = await post(referrals, a_referral(priority="urgent"))
        await act(referrals, asked, "triage", ASK, by=by)
        accepted = await post(referrals, a_referral(pathway="falls-prevention"))
        await act(referrals, accepted, "triage", ACCEPT, by=by)
    with at(referrals, london("2026-06-16", "09:00")):
        listed = await worklist(referrals, "kendal", by=by)
    assert [(one["referral_id"], one["stage"], one["state"]) for one in listed["items"]] == [
        (urgent["id"], "triage", "overdue"),
        (routine["id"], "triage", "due"),
        (accepted["id"], "first-contact", "waiting"),
        (asked["id"], "information", "waiting"),
    ]
    assert listed["counts"]["triage"] == {"overdue": 1, "due": 1, "waiting": 0, "alert": 0}
    assert len(listed["counts"]) == 10
    assert sum(sum(one.values()) for one in listed["counts"].values()) == 4


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({}, {"kendal": ["triage"]}),
        ({"pathway": "urgent-response"}, {"teams/urgent-response": ["triage"]}),
        ({"priority": "two-hour"}, {"teams/urgent-response": ["triage"]}),
        ({"pathway": "discharge-to-assess"}, {"teams/urgent-response": ["triage"]}),
        (
            {"pathway": "urgent-response", "patient": a_patient(registered_practice=LANCASTER_PRACTICE)},
            {"teams/icat": ["triage"]},
        ),
        ({"patient": a_patient(registered_practice=OUTSIDE_PRACTICE)}, {"unrouted": ["triage"]}),
        (
            {"pathway": "urgent-response", "patient": a_patient(registered_practice=OUTSIDE_PRACTICE)},
            {"teams/urgent-response": ["triage"]},  # the team with the duty for the whole system
        ),
    ],
)
async def test_hot_work_stands_on_its_teams_list_and_never_on_a_communitys(
    referrals: Running, document: dict[str, Any], where: dict[str, list[str]]
) -> None:
    sent = await post(referrals, a_referral(**document))
    assert await standing(referrals, sent["id"]) == where


async def test_what_becomes_hot_or_moves_changes_lists_and_loses_its_name(referrals: Running) -> None:
    by, everyone = manager(referrals), manager(referrals, "*")
    sent = await post(referrals, a_referral())
    given = (await act(referrals, sent, "assign", {"assignee": "mary"}, by=by)).json()
    hot = (await change(referrals, given, {"priority": "two-hour"}, by=by)).json()
    assert await standing(referrals, sent["id"]) == {"teams/urgent-response": ["triage"]}
    body = {"icc": "lancaster", "reason": "Moved"}
    moved = (await act(referrals, hot, "transfer", body, by=everyone)).json()
    assert (await standing(referrals, sent["id"]), moved["assignee"]) == ({"teams/icat": ["triage"]}, None)


async def test_a_list_comes_in_pages_that_leave_nothing_out_and_repeat_nothing(referrals: Running) -> None:
    sent = [(await post(referrals, a_referral()))["id"] for _ in range(7)]
    for one in sent[:2]:
        asked = {"id": one, "version": 1}
        await act(referrals, asked, "triage", ASK, by=manager(referrals))
    seen: list[str] = []
    query = "?limit=3"
    while query:
        page = await worklist(referrals, "kendal", query=query)
        seen += [item["referral_id"] for item in page["items"]]
        assert sum(page["counts"]["triage"].values()) == 5
        query = f"?limit=3&cursor={page['next']}" if page["next"] else ""
    assert (sorted(seen), len(seen)) == (sorted(sent), 7)
    assert set(seen[-2:]) == set(sent[:2])


@pytest.mark.parametrize(
    ("role", "org", "communities", "name", "status"),
    [
        ("case-manager", None, ("kendal",), "kendal", 200),
        ("case-manager", None, ("south-cumbria",), "kendal", 200),
        ("case-manager", None, ("barrow",), "kendal", 403),
        ("case-manager", "kendal-icc", (), "kendal", 200),
        ("partner", "kendal-icc", (), "kendal", 200),
        ("partner", "east-icc", (), "kendal", 403),
        ("case-manager", None, ("kendal",), "unrouted", 403),
        ("case-manager", None, ("unrouted",), "unrouted", 200),
        ("case-manager", None, ("*",), "unrouted", 200),
        ("case-manager", None, ("kendal",), "teams/urgent-response", 200),
        ("case-manager", None, ("kendal",), "teams/icat", 403),
        ("case-manager", "urgent-response", (), "teams/urgent-response", 200),
        ("partner", "icat", (), "teams/urgent-response", 403),
        ("practice-system", "A82026", (), "kendal", 403),
        ("hospital-system", "RTX", (), "teams/icat", 403),
        ("practice-system", "A82026", (), "me", 403),
        ("practice-system", "A82026", (), "tracing", 403),
        ("operator", None, (), "kendal", 403),
        ("analyst", None, (), "me", 403),
        ("case-manager", None, ("*",), "atlantis", 404),
        ("case-manager", None, ("*",), "south-cumbria", 404),
        ("case-manager", None, ("*",), "bay", 422),
        ("case-manager", None, ("*",), "teams/atlantis", 404),
    ],
)
async def test_a_list_is_read_by_who_works_there_and_by_the_team(
    referrals: Running, role: str, org: str | None, communities: tuple[str, ...], name: str, status: int
) -> None:
    token = referrals.token(role, org=org, communities=communities)
    answer = await referrals.client.get(f"/v1/worklists/{name}", headers=token)
    assert answer.status_code == status, answer.text


async def test_of_a_shared_teams_list_a_community_sees_its_own(referrals: Running) -> None:
    await post(referrals, a_referral(pathway="urgent-response"))
    other = a_patient(registered_practice=EAST_PRACTICE)
    await post(referrals, a_referral(pathway="urgent-response", patient=other))
    own = await worklist(referrals, "teams/urgent-response", by=manager(referrals))
    team = referrals.token("case-manager", org="urgent-response")
    whole = await worklist(referrals, "teams/urgent-response", by=team)
    assert (len(own["items"]), sum(own["counts"]["triage"].values())) == (1, 1)
    assert (len(whole["items"]), sum(whole["counts"]["triage"].values())) == (2, 2)


async def test_a_hidden_address_gives_no_district_to_a_team_that_is_no_case_manager(
    referrals: Running,
) -> None:
    await post(referrals, a_referral(patient=a_patient(flags=[{"kind": "hidden-address"}])))
    team = await worklist(referrals, "kendal", by=referrals.token("partner", org="kendal-icc"))
    works = await worklist(referrals, "kendal")
    assert [one["items"][0]["person"]["district"] for one in (team, works)] == [None, "LA9"]


async def test_flags_tell_of_a_duplicate_and_of_a_stay_in_hospital(referrals: Running) -> None:
    by = manager(referrals)
    first = await post(referrals, a_referral())
    second = await post(referrals, a_referral())
    await act(referrals, second, "pause", {"reason": "in-hospital"}, by=by)
    items = (await worklist(referrals, "kendal", by=by))["items"]
    assert {one["referral_id"]: one["flags"] for one in items} == {
        first["id"]: [],
        second["id"]: ["possible-duplicate", "in-hospital"],
    }
    (paused,) = [one for one in items if one["referral_id"] == second["id"]]
    assert (paused["due"], paused["state"]) == (None, "waiting")


async def test_a_duplicate_that_the_reader_may_not_see_is_no_flag(referrals: Running) -> None:
    await post(referrals, a_referral(patient=a_patient(registered_practice=EAST_PRACTICE)))
    await post(referrals, a_referral())
    flags = [
        (await worklist(referrals, "kendal", by=manager(referrals, *communities)))["items"][0]["flags"]
        for communities in (("kendal",), ("kendal", "east"))
    ]
    assert flags == [[], ["possible-duplicate"]]


async def test_a_card_follows_what_changes_and_is_opened_for_rows_without_one(referrals: Running) -> None:
    by = manager(referrals)
    sent = await post(referrals, a_referral())
    patch = {"patient": {"staying_at": "LA14 1LF", "flags": [{"kind": "scene-safety"}]}}
    await change(referrals, sent, patch, by=by)
    (kept,) = (await worklist(referrals, "kendal"))["items"]
    assert (kept["person"]["district"], kept["flags"]) == ("LA14", ["scene-safety"])
    await referrals.rows("update referral set card = null")
    assert (await worklist(referrals, "kendal"))["items"] == [kept]


async def test_a_reading_of_a_list_is_recorded_and_names_nobody(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    await worklist(referrals, "kendal", by=manager(referrals))
    (audited,) = await referrals.rows(
        "select a::text as row, detail from audit a where event = 'worklist.read'"
    )
    assert orjson.loads(audited["detail"]) == {"list": "kendal", "rows": 1, "shown": [sent["id"]]}
    assert not holds(audited["row"], "Archer")
    (card,) = await referrals.rows("select card from referral")
    assert b"Archer" not in card["card"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?limit=0", 400, "query.limit"),
        ("?limit=501", 400, "query.limit"),
        ("?cursor=nonsense", 400, "query.cursor"),
        ("?stage=triage", 400, "query.unknown"),
        ("?nhs_number=9990000018", 400, "query.pii_not_allowed"),
    ],
)
async def test_a_question_that_a_list_does_not_understand_is_refused(
    referrals: Running, query: str, status: int, code: str
) -> None:
    answer = await referrals.client.get(f"/v1/worklists/kendal{query}", headers=manager(referrals))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
