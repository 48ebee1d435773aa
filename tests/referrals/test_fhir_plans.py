"""Care plans and tasks through the national door: the same rows and rules as their JSON, and nothing lost on the way."""

from typing import Any

from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.careplan import CarePlan
from fhir.resources.R4B.task import Task

from tests.referrals.acting import act, manager
from tests.referrals.builders import KENDAL_PRACTICE, a_referral
from tests.referrals.casework import CONTACT, PLAN, a_case, work
from tests.referrals.messages import NHS_NUMBER, told
from tests.referrals.sending import post
from tests.support.running import Running

BASE = "/FHIR/R4"
PERSON = f"{NHS_NUMBER}|9990000018"
WHOLE = {
    **PLAN,
    "actions": [
        {"text": "Rails on the stairs", "code": "871731000000106", "owner": "OT", "due_on": "2026-07-01"}
    ],
    "contacts": [{"name": "Tom Archer", "relationship": "spouse", "phone": "01539 722000", "carer": True}],
    "cpr_recommendation": {
        "recommendation": "do-not-attempt",
        "stage": "form-complete",
        "completed_by": "Dr B",
        "completed_on": "2026-06-20",
    },
    "review_on": "2026-09-20",
    "consent_to_share": True,
}


async def planned(service: Running) -> dict[str, Any]:
    case = await a_case(service)
    url = f"/v1/cases/{case['id']}/care-plan"
    answer = await service.client.put(url, json=WHOLE, headers={**manager(service), "If-Match": "*"})
    assert answer.status_code == 200, answer.text
    return {"url": url, "fhir": f"{BASE}/CarePlan/{case['id']}", **answer.json()}


async def test_a_plan_is_a_care_plan_and_written_back_says_the_same(referrals: Running) -> None:
    plan, by = await planned(referrals), manager(referrals)
    read = await referrals.client.get(plan["fhir"], headers=by)
    CarePlan.model_validate(read.json())
    assert read.headers["ETag"] == 'W/"1"'
    written = await referrals.client.put(plan["fhir"], json=read.json(), headers=by)
    assert (written.status_code, written.headers["ETag"]) == (200, 'W/"2"'), written.text
    again = (await referrals.client.get(plan["url"], headers=by)).json()
    same = set(WHOLE)
    assert {name: again[name] for name in same} == {name: plan[name] for name in same}


async def test_a_stale_version_and_another_person_are_refused(referrals: Running) -> None:
    plan, by = await planned(referrals), manager(referrals)
    resource = (await referrals.client.get(plan["fhir"], headers=by)).json()
    stale = await referrals.client.put(plan["fhir"], json=resource, headers={**by, "If-Match": 'W/"7"'})
    assert (stale.status_code, stale.json()["issue"][0]["code"]) == (412, "conflict")
    resource["subject"]["identifier"]["value"] = "9990000026"
    other = await referrals.client.put(plan["fhir"], json=resource, headers=by)
    assert told(other)[:2] == (422, "REC_UNPROCESSABLE_ENTITY")
    assert (await referrals.client.get(plan["url"], headers=by)).json()["version"] == 1


async def test_a_plan_is_found_for_direct_care_and_that_is_audited(referrals: Running) -> None:
    await planned(referrals)
    asked = {"patient:identifier": PERSON}
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    found = (await referrals.client.get(f"{BASE}/CarePlan", params=asked, headers=practice)).json()
    Bundle.model_validate(found)
    assert found["total"] == 1
    (row,) = await referrals.rows("select purpose from audit where event = 'care-plan.searched'")
    assert row["purpose"] == "direct-care"
    stranger = referrals.token("practice-system", org="A82030")
    none = (await referrals.client.get(f"{BASE}/CarePlan", params=asked, headers=stranger)).json()
    assert none["total"] == 0
    hospital = referrals.token("hospital-system", org="RTX")
    silent = await referrals.client.get(f"{BASE}/CarePlan", params=asked, headers=hospital)
    assert silent.status_code == 422
    why = {**asked, "reason": "Arrived by ambulance"}
    assert (await referrals.client.get(f"{BASE}/CarePlan", params=why, headers=hospital)).json()["total"] == 1


async def test_what_is_to_be_done_about_a_referral_is_a_task(referrals: Running) -> None:
    made, by = await post(referrals, a_referral()), manager(referrals)
    one = (await referrals.client.get(f"{BASE}/Task/{made['id']}", headers=by)).json()
    Task.model_validate(one)
    assert (one["status"], one["businessStatus"]["text"]) == ("received", "triage")
    await act(referrals, made, "triage", {"decision": "accept"}, by=by)
    accepted = await referrals.client.get(f"{BASE}/Task", params={"status": "accepted"}, headers=by)
    Bundle.model_validate(accepted.json())
    assert [entry["resource"]["id"] for entry in accepted.json()["entry"]] == [made["id"]]
    received = await referrals.client.get(f"{BASE}/Task", params={"status": "received"}, headers=by)
    assert "entry" not in received.json()


async def test_a_page_of_tasks_of_a_status_is_a_whole_one(referrals: Running) -> None:
    by = manager(referrals)
    cases = [await a_case(referrals, a_referral(reason=f"Fall {at}")) for at in range(4)]
    for case in cases[::2]:
        await work(referrals, case, "contacts", CONTACT)
    found: dict[str, list[str]] = {}
    for status in ("accepted", "in-progress", "accepted,in-progress", "completed", "unheard-of"):
        asked = {"status": status, "_count": "2"}
        body = (await referrals.client.get(f"{BASE}/Task", params=asked, headers=by)).json()
        found[status] = [entry["resource"]["status"] for entry in body.get("entry", [])]
    assert found == {
        "accepted": ["accepted"] * 2,
        "in-progress": ["in-progress"] * 2,
        "accepted,in-progress": ["accepted", "in-progress"],
        "completed": [],
        "unheard-of": [],
    }


async def test_a_reader_that_has_the_version_is_told_that_nothing_changed(referrals: Running) -> None:
    plan, by = await planned(referrals), manager(referrals)
    referral = (await referrals.client.get(f"{BASE}/Task", headers=by)).json()["entry"][0]["resource"]["id"]
    for path in (plan["fhir"], f"{BASE}/Task/{referral}", f"{BASE}/ServiceRequest/{referral}"):
        tag = (await referrals.client.get(path, headers=by)).headers["ETag"]
        sent = [tag, tag.removeprefix("W/").strip('"'), 'W/"999"', "999"]
        answers = [
            (await referrals.client.get(path, headers={**by, "If-None-Match": one})).status_code
            for one in sent
        ]
        assert answers == [304, 304, 200, 200], path
