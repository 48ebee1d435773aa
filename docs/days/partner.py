"""A voluntary organisation: answers by a one-time link on a telephone, says how much room it has, and keeps its own list."""

from datetime import UTC, datetime

from day import (
    NextAction,
    accepted,
    client,
    key,
    referred,
    says,
    signed_in,
    somebody,
    taken,
    tell,
    today,
    worked,
)

SERVICE, PARTNER = "carers-support", "carers-support-south-lakes"
REASON = "Her daughter cares for her and needs an afternoon off a week"


def day() -> NextAction:
    """Carers Support South Lakes, asked twice by Mid Furness' case manager."""
    practice = signed_in("referrals", "practice-system", org="A82003")
    mid_furness = signed_in("referrals", "case-manager", community="mid-furness")
    joan = somebody("Joan", "Garnett", registered_practice="A82003", phone="01229 580000")
    case = accepted(mid_furness, referred(practice, joan, "carer-support", "Cared for by her daughter"))
    agreed = {"scope": "share-with-partner", "partner": PARTNER, "given_by": "self", "on": today()}
    taken(mid_furness.post(f"/v1/cases/{case['id']}/consents", json=agreed, headers=key()))

    first = worked(mid_furness, case, "onward-referrals", service=SERVICE, reason=REASON)
    anybody = client("referrals")
    page = anybody.get(first["link"]).text
    assert all(told in page for told in (REASON, "Joan Garnett", "01229 580000"))
    says("opens the link that came by mail: whom to ring, what is asked, three answers to choose from")

    answer = {"status": "completed", "outcome": "Somebody comes on Tuesdays from two to five"}
    assert "Thank you" in anybody.post(first["link"], data=answer).text
    assert anybody.get(first["link"]).status_code == 404
    assert taken(mid_furness.get(f"/v1/onward-referrals/{first['id']}"))["outcome"] == answer["outcome"]
    says("answers that it is done: the case manager reads it, and the link holds no longer")

    partner = signed_in("referrals", "partner", org=PARTNER)
    room = {"unit": "people", "open": "waiting-list", "places": 0, "as_of": today()}
    said = taken(partner.put(f"/v1/services/{SERVICE}/capacity", json=room))
    assert said["capacity"]["open"] == "waiting-list"
    near = taken(mid_furness.get("/v1/services", params={"near": "LA12 7BT", "open": "waiting-list"}))
    assert SERVICE in {one["key"] for one in near["items"]}
    says("signs in and says that it has a waiting list now: a link worker finds it as such")

    second = worked(
        mid_furness, case, "onward-referrals", service=SERVICE, reason="A course for carers in January"
    )
    (asked, *_) = taken(partner.get("/v1/onward-referrals"))["items"]
    assert asked["id"] == second["id"]
    assert asked["person"]["phone"] == "01229 580000"
    had = {"status": "received", "outcome": "On the list for January"}
    kept = taken(partner.post(f"/v1/onward-referrals/{asked['id']}/respond", json=had))
    assert (kept["status"], kept["overdue"]) == ("received", False)
    assert datetime.fromisoformat(kept["due"]) > datetime.now(UTC)
    says("takes a second request, which stays on its own list until it is done")
    return NextAction("what Carers Support South Lakes was asked", kept["reason"], kept["due"])


if __name__ == "__main__":
    tell(day)
