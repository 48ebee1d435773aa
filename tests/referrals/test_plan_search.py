"""A care plan is found by the person's number, for direct care, by those whom the person lets."""

from typing import Any

import httpx
import pytest

from tests.referrals.acting import a_key, holds, manager
from tests.referrals.builders import EAST_PRACTICE, KENDAL_PRACTICE
from tests.referrals.casework import DISCHARGE, PLAN, a_case, worked
from tests.support.running import Running

NUMBER = "9990000018"
REASON = "Arrived by ambulance after a fall"


def _hospital(service: Running) -> dict[str, str]:
    return service.token("hospital-system", org="RTX")


async def _search(service: Running, by: dict[str, str], **changes: Any) -> httpx.Response:
    body = {"nhs_number": NUMBER, "purpose": "direct-care", "reason": REASON, **changes}
    given = {name: value for name, value in body.items() if value is not None}
    return await service.client.post("/v1/care-plans/search", json=given, headers=by)


async def _planned(service: Running, *, shared: bool = True) -> dict[str, Any]:
    case = await a_case(service)
    headers = {**manager(service), "If-Match": "*"}
    plan = {**PLAN, "consent_to_share": shared}
    answer = await service.client.put(f"/v1/cases/{case['id']}/care-plan", json=plan, headers=headers)
    assert answer.status_code == 200, answer.text
    return case


async def test_a_hospital_that_sent_nothing_finds_a_shared_plan_and_stands_in_its_disclosures(
    referrals: Running,
) -> None:
    case = await _planned(referrals)
    found = await _search(referrals, _hospital(referrals))
    (plan,) = found.json()["items"]
    assert (found.status_code, plan["case_id"], plan["goals"]) == (200, case["id"], PLAN["goals"])
    listed = await referrals.client.get(f"/v1/cases/{case['id']}/disclosures", headers=manager(referrals))
    (disclosed,) = listed.json()["items"]
    assert (disclosed["to"], disclosed["parts"], disclosed["why"]) == ("RTX", ["care-plan"], REASON)
    (row,) = await referrals.rows("select purpose, org from audit where event = 'care-plan.searched'")
    assert (row["purpose"], row["org"]) == ("direct-care", "RTX")
    kept = await referrals.rows(
        "select d::text as row from disclosure d union all select a::text from audit a"
    )
    assert not [one for one in kept if holds(one["row"], "ambulance") or holds(one["row"], NUMBER)]


async def test_without_consent_or_after_it_was_taken_back_no_hospital_finds_a_plan(
    referrals: Running,
) -> None:
    case = await _planned(referrals, shared=False)
    assert (await _search(referrals, _hospital(referrals))).status_code == 404
    consent = {"scope": "share-with-hospital", "given_by": "self", "on": "2026-06-20"}
    url = f"/v1/cases/{case['id']}/consents"
    for body, status in ((consent, 200), ({**consent, "withdrawn_on": "2026-06-21"}, 404)):
        headers = {**manager(referrals), "Idempotency-Key": a_key()}
        recorded = await referrals.client.post(url, json=body, headers=headers)
        assert recorded.status_code == 201, recorded.text
        assert (await _search(referrals, _hospital(referrals))).status_code == status


async def test_a_plan_that_is_no_longer_shared_withdraws_the_consent_it_recorded(referrals: Running) -> None:
    case = await _planned(referrals)
    headers = {**manager(referrals), "If-Match": 'W/"1"'}
    plan = {**PLAN, "consent_to_share": False}
    await referrals.client.put(f"/v1/cases/{case['id']}/care-plan", json=plan, headers=headers)
    assert (await _search(referrals, _hospital(referrals))).status_code == 404
    rows = await referrals.rows("select scope, withdrawn_on is null as given from consent order by seq")
    assert [tuple(row) for row in rows] == [("share-with-hospital", True), ("share-with-hospital", False)]


async def test_the_practice_of_the_person_and_the_own_community_find_a_plan_and_others_do_not(
    referrals: Running,
) -> None:
    await _planned(referrals, shared=False)
    for by, status in (
        (referrals.token("practice-system", org=KENDAL_PRACTICE), 200),
        (referrals.token("practice-system", org=EAST_PRACTICE), 404),
        (manager(referrals), 200),
        (manager(referrals, "barrow"), 404),
        (referrals.token("partner", org="age-uk"), 403),
    ):
        assert (await _search(referrals, by, reason=None)).status_code == status


async def test_the_plan_of_an_ended_case_is_no_longer_found(referrals: Running) -> None:
    case = await _planned(referrals)
    await worked(referrals, case, "discharge", DISCHARGE)
    assert (await _search(referrals, _hospital(referrals))).status_code == 404


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        ({"reason": None}, 422, "consent.required", "/reason"),
        ({"nhs_number": "9990000019"}, 422, "nhs_number.checksum", "/nhs_number"),
        ({"nhs_number": None}, 422, "nhs_number.required", "/nhs_number"),
        ({"purpose": "planning"}, 403, "legal_basis.required", None),
    ],
)
async def test_a_search_that_may_not_be_is_refused(
    referrals: Running, changes: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    await _planned(referrals)
    answer = await _search(referrals, _hospital(referrals), **changes)
    assert answer.status_code == status, answer.text
    if pointer is None:
        assert answer.json()["code"] == code
    else:
        assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]


async def test_who_broke_the_glass_reads_the_case_and_its_plan(referrals: Running) -> None:
    case, by = await _planned(referrals), manager(referrals, "barrow")
    url = f"/v1/cases/{case['id']}"
    assert (await referrals.client.get(url, headers=by)).status_code == 404
    headers = {**by, "Idempotency-Key": a_key()}
    await referrals.client.post(f"{url}/break-glass", json={"reason": REASON}, headers=headers)
    for what in ("", "/care-plan", "/assessments", "/contacts", "/reviews"):
        assert (await referrals.client.get(f"{url}{what}", headers=by)).status_code == 200, what
