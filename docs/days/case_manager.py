"""A case manager: triages, visits, assesses, plans, is told no by one partner and yes by another, reviews and discharges."""

from typing import Any

from day import (
    NextAction,
    accepted,
    client,
    item_of,
    items_of,
    key,
    now,
    referred,
    refused,
    says,
    signed_in,
    somebody,
    taken,
    tell,
    today,
    worked,
)

LIST = "/v1/worklists/kendal"
FALLS = {"domain": "falls", "findings": "Two falls on the stairs", "risk": "high"}
ALONE = {"domain": "social", "findings": "Sees nobody in the week", "risk": "moderate"}
PLAN = {
    "goals": [{"text": "To walk to the market on Saturdays"}],
    "actions": [{"text": "A second rail on the stairs", "owner": "Case manager"}],
    "advance_care_preferences": "Wants to stay at home",
    "contacts": [{"name": "Bill Croft", "relationship": "brother", "phone": "01539 722000"}],
    "review_on": today(),
}


def day() -> NextAction:
    """Kendal's case manager, with two new people on the list."""
    practice = signed_in("referrals", "practice-system", org="A82026")
    kendal = signed_in("referrals", "case-manager", community="kendal")
    norman = somebody("Norman", "Croft", registered_practice="A82026")
    ivy = somebody("Ivy", "Eden", registered_practice="A82026")
    first = referred(practice, norman, "case-management", "Two falls on the stairs")
    second = referred(practice, ivy, "social-prescribing", "Lives alone")

    def waits_for() -> Any:
        return item_of(kendal, LIST, first["id"])["stage"]

    assert waits_for() == "triage"
    case = accepted(kendal, first)
    path = f"/v1/cases/{case['id']}"
    says("opens the list: Norman Croft is to be triaged, and is accepted")

    for outcome, next_stage in (("no-reply", "first-contact"), ("done", "assessment")):
        visit = {"at": now(), "kind": "visit", "with": "person", "outcome": outcome, "face_to_face": True}
        taken(kendal.post(f"{path}/contacts", json=visit, headers=key()))
        assert waits_for() == next_stage
    worked(kendal, case, "assessments", assessed_on=today(), kind="holistic", domains=[FALLS, ALONE])
    assert waits_for() == "care-plan"
    taken(kendal.put(f"{path}/care-plan", json=PLAN, headers={"If-Match": "*"}))
    assert kendal.get(f"{path}/care-plan.pdf").content.startswith(b"%PDF")
    assert waits_for() == "review"
    says(
        "rings in vain, comes again, assesses, writes the plan and prints it; the list asks for each in turn"
    )

    company = {"service": "voluntary-befriending", "reason": "Company on weekday afternoons"}
    version = {"If-Match": f'W/"{taken(kendal.get(path))["version"]}"'}
    refused(
        kendal.post(f"{path}/onward-referrals", json=company, headers={**key(), **version}),
        409,
        "consent.required",
    )
    agreed = {
        "scope": "share-with-partner",
        "partner": "voluntary-befriending",
        "given_by": "self",
        "on": today(),
    }
    taken(kendal.post(f"{path}/consents", json=agreed, headers=key()))
    asked = worked(kendal, case, "onward-referrals", **company)
    says(f"asks the befrienders once he has agreed to it: an answer is awaited by {asked['due']}")

    no_room = {"status": "declined", "reason_code": "no-capacity", "outcome": "A waiting list until spring"}
    assert client("referrals").post(asked["link"], data=no_room).is_success
    alert = item_of(kendal, LIST, first["id"], stage="alert")
    told = taken(kendal.get(f"/v1/onward-referrals/{asked['id']}"))
    says(f"is alerted ({alert['next_action']}), and reads: {told['outcome']}")
    classes = worked(kendal, case, "onward-referrals", service="physiotherapy", reason="Balance class")
    done = {"status": "completed", "outcome": "Began on Tuesday"}
    taken(kendal.post(f"/v1/onward-referrals/{classes['id']}/respond", json=done))
    assert [one["stage"] for one in items_of(kendal, LIST, first["id"])] == ["review"]
    says("asks the physiotherapists, who begin on Tuesday: nothing is open but the review")

    worked(kendal, case, "reviews", reviewed_on=today(), summary="No fall since; walks to the market")
    avoided = {"kind": "hospital-admission", "count": 1, "judged_by": "case-manager"}
    worked(kendal, case, "discharge", discharged_on=today(), outcome="goals-met", avoided=[avoided])
    assert items_of(kendal, LIST, first["id"]) == []
    assert taken(practice.get(f"/v1/referrals/{first['id']}"))["status"] == "closed"
    says("reviews and discharges: he is off the list, and his practice reads that his goals are met")

    item = item_of(kendal, LIST, second["id"])
    return NextAction("Kendal's worklist", f"{item['next_action']} of {item['person']['name']}", item["due"])


if __name__ == "__main__":
    tell(day)
