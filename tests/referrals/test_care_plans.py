"""The care plan of a case: written whole, in versions, read by those with the right, audited."""

import asyncio
from datetime import UTC
from typing import Any

import httpx
import pytest

from tests.referrals.acting import holds, manager
from tests.referrals.builders import EAST_PRACTICE, KENDAL_PRACTICE, a_referral
from tests.referrals.casework import AUDIT, DISCHARGE, PLAN, a_case, listed, the_case, work, worked
from tests.referrals.counted import facts
from tests.referrals.listing import worklist
from tests.referrals.moments import at, london
from tests.referrals.sending import post
from tests.support.running import Running

SAID = ("walk to the shop", "Rails for", "stay at home", "Bill Archer", "01539 722000", "do-not-attempt")


@pytest.fixture(autouse=True)
def _today(referrals: Running) -> Any:
    with at(referrals, london("2026-07-22").astimezone(UTC)):
        yield


async def _write(
    service: Running,
    case: dict[str, Any],
    plan: dict[str, Any],
    *,
    on: str = "*",
    by: dict[str, str] | None = None,
) -> httpx.Response:
    headers = {**(by or manager(service)), "If-Match": on}
    return await service.client.put(f"/v1/cases/{case['id']}/care-plan", json=plan, headers=headers)


async def _read(
    service: Running, case: dict[str, Any], what: str = "care-plan", *, by: dict[str, str] | None = None
) -> httpx.Response:
    return await service.client.get(f"/v1/cases/{case['id']}/{what}", headers=by or manager(service))


async def test_a_plan_is_read_as_it_was_written(referrals: Running) -> None:
    case = await a_case(referrals)
    assert (await _read(referrals, case)).status_code == 404
    written = await _write(referrals, case, PLAN)
    assert (written.status_code, written.headers["etag"]) == (200, 'W/"1"')
    found = await _read(referrals, case)
    assert found.json() == written.json()
    assert found.headers["etag"] == 'W/"1"'
    assert {name: found.json()[name] for name in PLAN} == PLAN
    assert (await the_case(referrals, case["id"]))["version"] == 1


async def test_a_plan_has_versions_of_its_own_and_earlier_ones_are_read(referrals: Running) -> None:
    case = await a_case(referrals)
    await _write(referrals, case, PLAN)
    second = await _write(referrals, case, {**PLAN, "goals": []}, on='W/"1"')
    assert (second.status_code, second.json()["version"]) == (200, 2)
    assert [one["version"] for one in await listed(referrals, case, "care-plan/versions")] == [2, 1]
    first = await _read(referrals, case, "care-plan/versions/1")
    assert (first.json()["goals"], first.headers["etag"]) == (PLAN["goals"], 'W/"1"')
    assert (await _read(referrals, case, "care-plan/versions/3")).status_code == 404


async def test_of_two_case_managers_who_edit_one_plan_the_second_is_refused(referrals: Running) -> None:
    case = await a_case(referrals)
    unnamed = await referrals.client.put(
        f"/v1/cases/{case['id']}/care-plan", json=PLAN, headers=manager(referrals)
    )
    assert (unnamed.status_code, unnamed.json()["code"]) == (428, "version.required")
    firsts = await asyncio.gather(*(_write(referrals, case, PLAN) for _ in range(5)))
    assert sorted(answer.status_code for answer in firsts) == [200, 412, 412, 412, 412]
    mine, theirs = ({**PLAN, "goals": [{"text": text}]} for text in ("Mine", "Theirs"))
    assert (await _write(referrals, case, mine, on='W/"1"')).status_code == 200
    refused = await _write(referrals, case, theirs, on='W/"1"')
    assert (refused.status_code, refused.json()["code"]) == (412, "version.stale")
    assert (await _read(referrals, case)).json()["goals"] == [{"text": "Mine"}]


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"goals": [{"text": "One"}] * 1000}, "list.too_long", "/goals"),
        ({"actions": [{"text": "One"}] * 51}, "list.too_long", "/actions"),
        ({"contacts": [{"name": "A", "relationship": "friend"}] * 21}, "list.too_long", "/contacts"),
        ({"goals": [{"text": " "}]}, "text.blank", "/goals/0/text"),
        ({"goals": [{"text": "a\x07b"}]}, "text.control_character", "/goals/0/text"),
        ({"actions": [{"text": "One", "code": "871731000000107"}]}, "code.invalid", "/actions/0/code"),
        (
            {"contacts": [{"name": "A", "relationship": "friend", "phone": "none"}]},
            "phone.format",
            "/contacts/0/phone",
        ),
        ({"review_on": "2026-02-30"}, "date.invalid", "/review_on"),
        ({"mood": "good"}, "body.unknown_field", "/mood"),
        (
            {"cpr_recommendation": {"recommendation": "do-not-attempt", "stage": "thought-of"}},
            "enum",
            "/cpr_recommendation/stage",
        ),
        (
            {"cpr_recommendation": {**PLAN["cpr_recommendation"], "discussed_on": "2026-07-23"}},
            "date.future",
            "/cpr_recommendation/discussed_on",
        ),
        (
            {
                "cpr_recommendation": {
                    **PLAN["cpr_recommendation"],
                    "stage": "form-complete",
                    "completed_on": "2026-06-21",
                }
            },
            "body.required",
            "/cpr_recommendation/completed_by",
        ),
        (
            {"cpr_recommendation": {**PLAN["cpr_recommendation"], "completed_on": "2026-06-19"}},
            "date.order",
            "/cpr_recommendation/completed_on",
        ),
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused_and_changes_nothing(
    referrals: Running, change: dict[str, Any], code: str, pointer: str
) -> None:
    case = await a_case(referrals)
    answer = await _write(referrals, case, {**PLAN, **change})
    assert answer.status_code == 422, answer.text
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]
    if code == "list.too_long":
        assert answer.json()["errors"][0]["detail"].startswith("A plan has at most ")
    assert (await _read(referrals, case)).status_code == 404


async def test_a_review_before_the_referral_is_refused_and_one_that_is_over_is_told(
    referrals: Running,
) -> None:
    case = await a_case(referrals)
    with at(referrals, london("2026-07-22")):
        wrong = await _write(referrals, case, {**PLAN, "review_on": "2026-06-11"})
        assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "date.order")
        assert wrong.json()["errors"][0]["pointer"] == "/review_on"
        odd = (await _write(referrals, case, {**PLAN, "review_on": "2026-07-21"})).json()
        good = (await _write(referrals, case, {**PLAN, "review_on": "2026-07-22"}, on='W/"1"')).json()
    assert [(one["code"], one["pointer"]) for one in odd["warnings"]] == [("date.order", "/review_on")]
    assert "warnings" not in good


async def test_a_written_plan_puts_its_review_on_the_list(referrals: Running) -> None:
    case = await a_case(referrals)
    await _write(referrals, case, PLAN)
    (item,) = (await worklist(referrals, "kendal"))["items"]
    assert (item["stage"], item["next_action"], item["due"][:10]) == (
        "review",
        "Review the plan",
        "2026-09-20",
    )


async def test_the_plan_of_a_discharged_case_is_read_and_no_longer_written(referrals: Running) -> None:
    case = await a_case(referrals)
    await _write(referrals, case, PLAN)
    await worked(referrals, case, "discharge", DISCHARGE)
    refused = await _write(referrals, case, PLAN, on='W/"1"')
    assert (refused.status_code, refused.json()["code"]) == (409, "state.transition")
    assert (await _read(referrals, case)).json()["version"] == 1


async def test_a_practice_reads_the_plan_of_whom_it_registers_and_no_other(referrals: Running) -> None:
    case = await a_case(referrals)
    await _write(referrals, case, {**PLAN, "consent_to_share": False})
    own = referrals.token("practice-system", org=KENDAL_PRACTICE)
    assert (await _read(referrals, case, by=own)).json()["goals"] == PLAN["goals"]
    other = await _read(referrals, case, by=referrals.token("practice-system", org=EAST_PRACTICE))
    assert (other.status_code, other.json()["code"]) == (404, "not_found")
    versions = await _read(referrals, case, "care-plan/versions", by=own)
    assert (versions.status_code, versions.json()["code"]) == (403, "scope")


async def test_a_hospital_reads_the_plan_of_whom_it_sent_with_consent_alone(referrals: Running) -> None:
    hospital = referrals.token("hospital-system", org="RTX")
    sent = await post(referrals, a_referral(), org="RTX")
    answer = await referrals.client.post(
        f"/v1/referrals/{sent['id']}/triage",
        json={"decision": "accept"},
        headers={**manager(referrals), "If-Match": 'W/"1"'},
    )
    case = await the_case(referrals, answer.json()["case_id"])
    await _write(referrals, case, {**PLAN, "consent_to_share": False})
    assert (await _read(referrals, case, by=hospital)).status_code == 404
    await _write(referrals, case, PLAN, on='W/"1"')
    assert (await _read(referrals, case, by=hospital)).json()["version"] == 2
    (told,) = await listed(referrals, case, "disclosures")
    assert (told["to"], told["parts"]) == ("RTX", ["care-plan"])
    await _write(referrals, case, {**PLAN, "consent_to_share": False}, on='W/"2"')
    assert (await _read(referrals, case, by=hospital)).status_code == 404


async def test_a_plan_is_written_by_the_case_managers_of_its_community_alone(referrals: Running) -> None:
    case = await a_case(referrals)
    elsewhere = await _write(referrals, case, PLAN, by=manager(referrals, "barrow"))
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "not_found")
    for role, org in (
        ("practice-system", KENDAL_PRACTICE),
        ("hospital-system", "RTX"),
        ("partner", "age-uk"),
    ):
        refused = await _write(referrals, case, PLAN, by=referrals.token(role, org=org))
        assert (refused.status_code, refused.json()["code"]) == (403, "scope"), role
    assert (await _read(referrals, case)).status_code == 404


async def test_each_reading_of_a_plan_has_its_audit_row(referrals: Running) -> None:
    case = await a_case(referrals)
    await _write(referrals, case, PLAN)
    by = referrals.token("practice-system", org=KENDAL_PRACTICE)
    assert (await _read(referrals, case, by=by)).status_code == 200
    (row,) = await referrals.rows(
        "select org, detail->>'case' as case_id, detail->>'version' as version, person_key"
        " from audit where event = 'care-plan.read'"
    )
    assert (row["org"], row["case_id"], row["version"]) == (KENDAL_PRACTICE, case["id"], "1")
    (received,) = await referrals.rows("select person_key from audit where event = 'referral.received'")
    assert row["person_key"] == received["person_key"]


async def test_no_word_of_a_plan_is_kept_in_the_clear(referrals: Running) -> None:
    case = await a_case(referrals)
    await _write(referrals, case, PLAN)
    kept = await referrals.rows(
        "select t::text as row from care_plan t union all select t::text from referral_event t"
        " union all select t::text from audit t union all select t::text from worklist_item t"
    )
    assert len(kept) > 5
    assert not [row for row in kept if any(holds(row["row"], words) for words in SAID)]


async def test_a_plan_is_audited_and_the_audits_are_counted(referrals: Running) -> None:
    case = await a_case(referrals)
    early = await work(referrals, case, "care-plan/audits", AUDIT)
    assert (early.status_code, early.json()["code"]) == (409, "state.transition")
    await _write(referrals, case, PLAN)
    failing = {**AUDIT, "items": {**AUDIT["items"], "cpr_complete": False}}
    for body, passed in ((AUDIT, True), (failing, False)):
        answer = await work(referrals, case, "care-plan/audits", body)
        assert (answer.status_code, answer.json()["passed"], answer.json()["plan_version"]) == (
            201,
            passed,
            1,
        )
    found = await listed(referrals, case, "care-plan/audits")
    assert [(one["items"], one["passed"]) for one in found] == [
        (failing["items"], False),
        (AUDIT["items"], True),
    ]
    await referrals.work()
    cells = [
        (fact["place"], fact["month"], fact["numerator"], fact["denominator"])
        for fact in await facts(referrals)
        if fact["measure"] == "care-plan-quality-rate" and "age" in fact["breakdowns"]
    ]
    assert cells == [("kendal", "2026-07", 1, 2)]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"items": {**AUDIT["items"], "luck": True}}, "body.unknown_field", "/items/luck"),
        ({"items": {**AUDIT["items"], "goals": "yes"}}, "body.type", "/items/goals"),
        ({"audited_on": "2026-07-23"}, "date.future", "/audited_on"),
        ({"audited_on": "2026-06-11"}, "date.order", "/audited_on"),
    ],
)
async def test_an_audit_that_makes_no_sense_is_refused(
    referrals: Running, body: dict[str, Any], code: str, pointer: str
) -> None:
    case = await a_case(referrals)
    await _write(referrals, case, PLAN)
    answer = await work(referrals, case, "care-plan/audits", {**AUDIT, **body})
    assert answer.status_code == 422, answer.text
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]
    assert await listed(referrals, case, "care-plan/audits") == []
