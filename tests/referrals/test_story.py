"""One person's way from the referral to the discharge, every step on the list at its time, and what is counted of it."""

from datetime import UTC

from tests.referrals.acting import a_key, act, manager
from tests.referrals.builders import a_referral
from tests.referrals.casework import ASSESSMENT, CONTACT, DISCHARGE, PLAN, REVIEW, the_case, work
from tests.referrals.counted import facts
from tests.referrals.listing import worklist
from tests.referrals.moments import at, london
from tests.referrals.onward import partner
from tests.referrals.sending import post
from tests.support.running import Running

AVOIDED = [{"kind": "hospital-admission", "count": 1, "judged_by": "case-manager"}]
HELPED = {"status": "completed", "outcome": "Rails are fitted"}


async def _stages(service: Running) -> list[tuple[str, str]]:
    return sorted((one["stage"], one["next_action"]) for one in (await worklist(service, "kendal"))["items"])


async def test_a_person_is_helped_from_the_referral_to_an_admission_that_was_avoided(
    referrals: Running,
) -> None:
    by, client = manager(referrals), referrals.client
    with at(referrals, london("2026-06-12").astimezone(UTC)):
        sent = await post(referrals, a_referral())
        assert await _stages(referrals) == [("triage", "Triage the referral")]
        accepted = (await act(referrals, sent, "triage", {"decision": "accept"}, by=by)).json()
        case = await the_case(referrals, accepted["case_id"])
        assert await _stages(referrals) == [("first-contact", "Make the first contact")]
    with at(referrals, london("2026-06-20").astimezone(UTC)):
        assert (await work(referrals, case, "contacts", CONTACT)).status_code == 201
        assert await _stages(referrals) == [("assessment", "Assess the person")]
        assessed = (await work(referrals, case, "assessments", ASSESSMENT)).json()
        assert await _stages(referrals) == [("care-plan", "Write the care plan")]
        url = f"/v1/cases/{case['id']}/care-plan"
        written = await client.put(url, json=PLAN, headers={**by, "If-Match": "*"})
        assert written.status_code == 200, written.text
        made, version = [], assessed["version"]
        for service in ("adult-social-care-ot", "physiotherapy"):
            body = {"service": service, "reason": "Fell three times"}
            answer = await work(referrals, case, "onward-referrals", body, version=version)
            assert answer.status_code == 201, answer.text
            made.append(answer.json())
            version = (await the_case(referrals, case["id"]))["version"]
        chase = [
            ("onward-answer", f"Chase the partner's answer: {name}")
            for name in ("Community physiotherapy", "Occupational therapy of adult social care")
        ]
        assert await _stages(referrals) == [*chase, ("review", "Review the plan")]
    with at(referrals, london("2026-06-25").astimezone(UTC)):
        answered = await client.post(
            f"/v1/cases/{case['id']}/onward-referrals/{made[0]['id']}/respond",
            json=HELPED,
            headers={**partner(referrals, "adult-social-care-ot"), "Idempotency-Key": a_key()},
        )
        assert answered.status_code == 200, answered.text
        assert (await client.post(made[1]["link"], data=HELPED)).status_code == 200
        assert await _stages(referrals) == [("review", "Review the plan")]
        search = {
            "nhs_number": "9990000018",
            "purpose": "direct-care",
            "reason": "In the emergency department",
        }
        hospital = referrals.token("hospital-system", org="RTX")
        found = await client.post("/v1/care-plans/search", json=search, headers=hospital)
        assert found.json()["items"][0]["goals"] == PLAN["goals"]
    with at(referrals, london("2026-07-21").astimezone(UTC)):
        case = await the_case(referrals, case["id"])
        reviewed = await work(referrals, case, "reviews", REVIEW)
        ended = await work(
            referrals,
            case,
            "discharge",
            {**DISCHARGE, "avoided": AVOIDED},
            version=reviewed.json()["version"],
        )
        assert (ended.status_code, ended.json()["status"]) == (200, "discharged")
        assert await _stages(referrals) == []
    await referrals.work()
    counted = {
        (one["measure"], one["place"], one["month"], one["numerator"])
        for one in await facts(referrals)
        if one["breakdowns"].get("kind") == "hospital-admission"
    }
    assert counted == {("avoided-activity", "kendal", "2026-07", 1)}
