"""What is recorded of a case is read again where its answer says, and a repeat under its key leads there."""

from datetime import UTC
from typing import Any

import pytest

from tests.referrals.acting import a_key, manager
from tests.referrals.casework import ASSESSMENT, AUDIT, CONTACT, PLAN, REVIEW, a_case, work
from tests.referrals.moments import at, london
from tests.support.running import Running

CARER: dict[str, Any] = {
    "name": "Bill Archer",
    "relationship": "spouse",
    "consent": {"given_by": "self", "on": "2026-06-20"},
}
CONSENT = {"scope": "share-with-hospital", "given_by": "self", "on": "2026-06-20"}
ONWARD = {"service": "physiotherapy", "reason": "Her knees"}
RECORDED = [
    ("assessments", ASSESSMENT, {"kind": "social"}),
    ("contacts", CONTACT, {"note": "Nobody at home"}),
    ("reviews", REVIEW, {"summary": "She walks less"}),
    ("carers", CARER, {"relationship": "son"}),
    ("consents", CONSENT, {"given_by": "attorney"}),
    ("care-plan/audits", AUDIT, {"audited_on": "2026-07-02"}),
    ("onward-referrals", ONWARD, {"reason": "Her hips"}),
]


@pytest.fixture(autouse=True)
def _today(referrals: Running) -> Any:
    with at(referrals, london("2026-07-22").astimezone(UTC)):
        yield


@pytest.mark.parametrize(("what", "body", "change"), RECORDED, ids=[one[0] for one in RECORDED])
async def test_what_is_recorded_is_read_where_its_answer_says_and_a_repeat_leads_there(
    referrals: Running, what: str, body: dict[str, Any], change: dict[str, Any]
) -> None:
    case, key, by = await a_case(referrals), a_key(), manager(referrals)
    plan = await referrals.client.put(
        f"/v1/cases/{case['id']}/care-plan", json=PLAN, headers={**by, "If-Match": "*"}
    )
    assert plan.status_code == 200, plan.text
    made = await work(referrals, case, what, body, key=key)
    assert made.status_code == 201, made.text
    there = made.headers["location"]
    read = await referrals.client.get(there, headers=by)
    assert read.status_code == 200, read.text
    said = {name: value for name, value in read.json().items() if name in made.json()}
    assert said.keys() >= {"id"}
    assert {name: value for name, value in made.json().items() if name in said} == said
    other = await work(referrals, case, what, {**body, **change}, key=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.body_mismatch")
    assert other.headers["location"] == there
    again = await work(referrals, case, what, body, key=key)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert again.headers["location"] == there
    foreign = await referrals.client.get(there, headers=manager(referrals, "barrow"))
    assert foreign.status_code == 404
    elsewhere = await a_case(referrals)
    if not there.startswith("/v1/onward"):
        wrong = there.replace(case["id"], elsewhere["id"])
        assert (await referrals.client.get(wrong, headers=by)).status_code == 404
    rows = await referrals.rows("select event from audit where event like '%read' and outcome = 'success'")
    assert len(rows) >= 1


async def test_every_record_of_a_consent_is_listed(referrals: Running) -> None:
    case = await a_case(referrals)
    for body in (CONSENT, {**CONSENT, "withdrawn_on": "2026-06-21"}):
        assert (await work(referrals, case, "consents", body)).status_code == 201
    url = f"/v1/cases/{case['id']}/consents"
    listed = await referrals.client.get(url, headers=manager(referrals))
    assert [one["withdrawn_on"] for one in listed.json()["items"]] == [None, "2026-06-21"]
    assert (await referrals.client.get(url, headers=manager(referrals, "barrow"))).status_code == 404
