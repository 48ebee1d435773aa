"""What a case manager does with an open case: contacts, assessments, reviews, until the discharge."""

import asyncio
from typing import Any

import pytest

from tests.referrals.acting import a_key, act, holds, manager, read
from tests.referrals.builders import KENDAL_PRACTICE, a_referral
from tests.referrals.casework import (
    ASSESSMENT,
    CONTACT,
    DISCHARGE,
    PLAN,
    REVIEW,
    SAID,
    a_case,
    listed,
    the_case,
    work,
    worked,
)
from tests.referrals.listing import worklist
from tests.referrals.moments import at, london
from tests.support.running import Running

PARTS = [
    ("assessments", ASSESSMENT),
    ("contacts", CONTACT),
    ("reviews", REVIEW),
    ("discharge", DISCHARGE),
]
VERSIONED = [(what, body) for what, body in PARTS if what != "contacts"]


@pytest.fixture(autouse=True)
def _today(referrals: Running) -> Any:
    with at(referrals, london("2026-07-22")):
        yield


async def test_an_accepted_referral_has_a_case_that_is_read_and_listed(referrals: Running) -> None:
    case = await a_case(referrals)
    assert (case["status"], case["version"], case["icc"], case["discharged_on"]) == (
        "open",
        1,
        "kendal",
        None,
    )
    answer = await referrals.client.get("/v1/cases?status=open", headers=manager(referrals))
    assert [one["id"] for one in answer.json()["items"]] == [case["id"]]
    ended = await referrals.client.get("/v1/cases?status=discharged", headers=manager(referrals))
    assert ended.json()["items"] == []
    (audited,) = await referrals.rows("select resource_type, detail from audit where event = 'case.read'")
    assert audited["resource_type"] == "referral"


@pytest.mark.parametrize(("what", "body"), PARTS[:3])
async def test_what_is_recorded_of_a_case_is_read_as_it_was_said(
    referrals: Running, what: str, body: dict[str, Any]
) -> None:
    case = await a_case(referrals)
    answer = await work(referrals, case, what, body)
    assert answer.status_code == 201, answer.text
    (found,) = await listed(referrals, case, what)
    said = {name: value for name, value in found.items() if name in body}
    if what == "contacts":
        assert said == {**body, "at": "2026-06-15T09:00:00Z"}
        assert (await the_case(referrals, case["id"]))["version"] == 1
    else:
        assert said == body
        assert (answer.json()["version"], answer.headers["etag"]) == (2, 'W/"2"')
        assert (await the_case(referrals, case["id"]))["version"] == 2


async def test_each_step_of_a_case_names_the_next_one_on_the_list(referrals: Running) -> None:
    seen = []

    async def look() -> None:
        items = (await worklist(referrals, "kendal"))["items"]
        seen.append([(one["stage"], one["due"] and one["due"][:10]) for one in items])

    case = await a_case(referrals)
    await work(referrals, case, "contacts", {**CONTACT, "outcome": "no-reply"})
    await look()
    for what, body in (
        ("contacts", CONTACT),
        ("assessments", ASSESSMENT),
        ("reviews", {**REVIEW, "next_review_on": "2026-10-20"}),
        ("discharge", DISCHARGE),
    ):
        case = await worked(referrals, case, what, body)
        await look()
    stages = [[stage for stage, _ in found] for found in seen]
    assert stages == [["first-contact"], ["assessment"], ["care-plan"], ["review"], []]
    assert seen[3] == [("review", "2026-10-20")]


@pytest.mark.parametrize(("planned", "due"), [("2026-09-20", "2026-09-20T16:00:00Z"), ("2026-07-20", None)])
async def test_a_review_that_names_no_next_one_leaves_the_plans_day_if_it_lies_ahead(
    referrals: Running, planned: str, due: str | None
) -> None:
    case, by = await a_case(referrals), manager(referrals)
    url, plan = f"/v1/cases/{case['id']}/care-plan", {**PLAN, "review_on": planned}
    named = await referrals.client.put(url, json=plan, headers={**by, "If-Match": 'W/"1"'})
    assert (named.status_code, "`If-Match: *`" in named.json()["detail"]) == (412, True)
    assert (await referrals.client.put(url, json=plan, headers={**by, "If-Match": "*"})).status_code == 200
    await worked(referrals, case, "reviews", REVIEW)
    (item,) = (await worklist(referrals, "kendal"))["items"]
    assert (item["stage"], item["due"]) == ("review", due)


async def test_a_discharge_closes_the_referral_with_the_case(referrals: Running) -> None:
    case = await a_case(referrals)
    answer = await work(referrals, case, "discharge", DISCHARGE)
    ended = answer.json()
    assert (answer.status_code, ended["status"], ended["outcome"], ended["version"]) == (
        200,
        "discharged",
        "goals-met",
        2,
    )
    referral = await read(referrals, {"id": case["referral_id"]})
    assert (referral["status"], referral["stage"], referral["case_id"]) == ("closed", None, case["id"])
    for what, body in PARTS:
        refused = await work(referrals, ended, what, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "state.transition"), what
    reopened = await act(referrals, referral, "reopen", {"comment": "Fell again"}, by=manager(referrals))
    assert (reopened.json()["status"], reopened.json()["case_id"]) == ("accepted", case["id"])
    assert (await the_case(referrals, case["id"]))["status"] == "open"


@pytest.mark.parametrize(
    ("what", "change", "code", "pointer"),
    [
        ("assessments", {"domains": []}, "body.required", "/domains"),
        ("assessments", {"domains": [{"domain": "luck", "findings": "x"}]}, "enum", "/domains/0/domain"),
        ("assessments", {"domains": [{"domain": "falls"}]}, "body.required", "/domains/0/findings"),
        (
            "assessments",
            {"domains": [{"domain": "falls", "findings": "x", "risk": "huge"}]},
            "enum",
            "/domains/0/risk",
        ),
        (
            "assessments",
            {"domains": [{"domain": "falls", "findings": "x"}] * 2},
            "code.invalid",
            "/domains/1/domain",
        ),
        (
            "assessments",
            {"domains": [{"domain": "falls", "findings": "x"}] * 15},
            "list.too_long",
            "/domains",
        ),
        ("assessments", {"assessed_on": "2026-07-23"}, "date.future", "/assessed_on"),
        ("assessments", {"assessed_on": "2026-06-11"}, "date.order", "/assessed_on"),
        ("contacts", {"at": "2026-07-22T12:00:00+01:00"}, "date.future", "/at"),
        ("contacts", {"at": "2026-06-11T12:00:00+01:00"}, "date.order", "/at"),
        ("contacts", {"at": "2026-06-15T10:00:00"}, "date.offset_required", "/at"),
        ("contacts", {"kind": "call"}, "code.invalid", "/face_to_face"),
        ("contacts", {"with": "neighbour"}, "enum", "/with"),
        ("contacts", {"outcome": "perhaps"}, "enum", "/outcome"),
        ("contacts", {"note": "bell \x07"}, "text.control_character", "/note"),
        ("reviews", {"reviewed_on": "2026-07-23"}, "date.future", "/reviewed_on"),
        ("reviews", {"reviewed_on": "2026-06-01"}, "date.order", "/reviewed_on"),
        ("reviews", {"next_review_on": "2026-07-20"}, "date.order", "/next_review_on"),
        ("reviews", {"summary": " "}, "text.blank", "/summary"),
        ("discharge", {"discharged_on": "2026-06-11"}, "date.order", "/discharged_on"),
        ("discharge", {"discharged_on": "2026-07-23"}, "date.future", "/discharged_on"),
        ("discharge", {"outcome": "cured"}, "enum", "/outcome"),
        (
            "discharge",
            {"avoided": [{"kind": "bed-day", "count": 0, "judged_by": "case-manager"}]},
            "number.range",
            "/avoided/0/count",
        ),
        (
            "discharge",
            {"avoided": [{"kind": "trouble", "count": 1, "judged_by": "case-manager"}]},
            "enum",
            "/avoided/0/kind",
        ),
        (
            "discharge",
            {"avoided": [{"kind": "bed-day", "count": 1, "judged_by": "case-manager"}] * 21},
            "list.too_long",
            "/avoided",
        ),
        (
            "discharge",
            {
                "outcome": "deceased",
                "avoided": [{"kind": "hospital-admission", "count": 1, "judged_by": "case-manager"}],
            },
            "state.transition",
            "/avoided",
        ),
    ],
)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(
    referrals: Running, what: str, change: dict[str, Any], code: str, pointer: str
) -> None:
    case = await a_case(referrals)
    before = await read(referrals, {"id": case["referral_id"]})
    answer = await work(referrals, case, what, {**dict(PARTS)[what], **change})
    assert answer.status_code == 422, answer.text
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]
    assert await the_case(referrals, case["id"]) == case
    assert await read(referrals, {"id": case["referral_id"]}) == before


async def test_nothing_is_avoided_for_somebody_whose_death_another_case_recorded(referrals: Running) -> None:
    first, second = await a_case(referrals), await a_case(referrals, a_referral(pathway="falls-prevention"))
    await worked(referrals, first, "discharge", {**DISCHARGE, "outcome": "deceased"})
    avoided = [{"kind": "ed-attendance", "count": 1, "judged_by": "case-manager"}]
    answer = await work(referrals, second, "discharge", {**DISCHARGE, "avoided": avoided})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "state.transition")
    assert await referrals.rows("select id from avoided_activity") == []


@pytest.mark.parametrize(("what", "body"), VERSIONED)
async def test_a_change_names_the_version_of_the_case_it_was_made_on(
    referrals: Running, what: str, body: dict[str, Any]
) -> None:
    case = await a_case(referrals)
    headers = {**manager(referrals), "Idempotency-Key": a_key()}
    unnamed = await referrals.client.post(f"/v1/cases/{case['id']}/{what}", json=body, headers=headers)
    assert (unnamed.status_code, unnamed.json()["code"]) == (428, "version.required")
    stale = await work(referrals, case, what, body, version=7)
    assert (stale.status_code, stale.json()["code"]) == (412, "version.stale")
    assert await the_case(referrals, case["id"]) == case


async def test_of_two_changes_of_one_version_the_second_is_stale(referrals: Running) -> None:
    case = await a_case(referrals)
    answers = await asyncio.gather(*(work(referrals, case, what, body) for what, body in VERSIONED * 3))
    codes = sorted(answer.status_code for answer in answers)
    assert codes[0] in (200, 201)
    assert set(codes[1:]) == {412}
    assert (await the_case(referrals, case["id"]))["version"] == 2


@pytest.mark.parametrize(("what", "body"), PARTS)
async def test_a_lost_answer_repeated_with_its_key_is_the_same_answer(
    referrals: Running, what: str, body: dict[str, Any]
) -> None:
    case, key = await a_case(referrals), a_key()
    first = await work(referrals, case, what, body, key=key)
    again = await work(referrals, case, what, body, key=key)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    (events,) = await referrals.rows("select count(*) from referral_event")
    assert events["count"] == 3


@pytest.mark.parametrize(("what", "body"), PARTS)
async def test_a_case_is_worked_by_the_case_managers_of_its_community_alone(
    referrals: Running, what: str, body: dict[str, Any]
) -> None:
    case = await a_case(referrals)
    elsewhere = await work(referrals, case, what, body, by=manager(referrals, "barrow"))
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "not_found")
    for role, org in (
        ("practice-system", KENDAL_PRACTICE),
        ("hospital-system", "RTX"),
        ("partner", "age-uk"),
    ):
        refused = await work(referrals, case, what, body, by=referrals.token(role, org=org))
        assert (refused.status_code, refused.json()["code"]) == (403, "scope"), role
    assert await the_case(referrals, case["id"]) == case


async def test_what_is_said_of_a_person_is_kept_nowhere_in_the_clear(referrals: Running) -> None:
    case = await a_case(referrals)
    for what, body in PARTS:
        case = await worked(referrals, case, what, body)
    kept = await referrals.rows(
        "select t::text as row from assessment t union all select t::text from case_contact t"
        " union all select t::text from case_review t union all select t::text from referral_event t"
        " union all select t::text from audit t union all select t::text from idempotency t"
    )
    assert len(kept) > 10
    assert not [row for row in kept if any(holds(row["row"], words) for words in SAID)]


async def test_a_case_has_the_history_of_its_referral_and_an_audit_row_of_each_step(
    referrals: Running,
) -> None:
    case = await a_case(referrals)
    for what, body in PARTS:
        case = await worked(referrals, case, what, body)
    answer = await referrals.client.get(f"/v1/cases/{case['id']}/history", headers=manager(referrals))
    steps = ["case.assessed", "case.contacted", "case.reviewed", "case.discharged"]
    assert [one["event"] for one in answer.json()["items"]][2:] == steps
    audited = await referrals.rows("select event from audit where event = any($1) order by arrival", steps)
    assert [row["event"] for row in audited] == steps


async def test_a_case_moves_with_its_referral_on_its_own_version(referrals: Running) -> None:
    case = await a_case(referrals)
    wanted = {"icc": "east", "reason": "Moved to her daughter"}
    stale = await work(referrals, case, "transfer", wanted, version=7)
    assert (stale.status_code, stale.json()["code"]) == (412, "version.stale")
    moved = await work(referrals, case, "transfer", wanted)
    assert (moved.status_code, moved.json()["icc"], moved.json()["version"]) == (200, "east", 2)
    east = manager(referrals, "east")
    assert await the_case(referrals, case["id"], by=east) == moved.json()
    gone = await referrals.client.get(f"/v1/cases/{case['id']}", headers=manager(referrals))
    assert gone.status_code == 404
    (item,) = (await worklist(referrals, "east"))["items"]
    assert (item["case_id"], item["stage"]) == (case["id"], "first-contact")


async def test_a_referral_that_moves_raises_the_version_of_its_case(referrals: Running) -> None:
    case = await a_case(referrals)
    referral = await read(referrals, {"id": case["referral_id"]})
    wanted = {"icc": "east", "reason": "Moved to her daughter"}
    moved = await act(referrals, referral, "transfer", wanted, by=manager(referrals))
    assert moved.status_code == 200, moved.text
    found = await the_case(referrals, case["id"], by=manager(referrals, "east"))
    assert (found["icc"], found["version"]) == ("east", 2)
