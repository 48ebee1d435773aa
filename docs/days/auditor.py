"""An auditor: follows who read and changed one person's referral, and the glass that was broken over it."""

from typing import Any

from day import (
    NextAction,
    accepted,
    icc,
    item_of,
    key,
    referred,
    says,
    signed_in,
    somebody,
    taken,
    tell,
    until,
)

WHY = "Found confused at the station; is there a plan?"
DONE = {"referral.received", "referral.triaged", "case.read", "case.break-glass"}


def day() -> NextAction:
    """An auditor of referrals, and whom the auditor finds: a practice, Kendal's case manager, and Lancaster's."""
    practice = signed_in("referrals", "practice-system", org="A82026")
    kendal = signed_in("referrals", "case-manager", community="kendal")
    lancaster = signed_in("referrals", "case-manager", community="lancaster")
    hilda = somebody("Hilda", "Mounsey", registered_practice="A82026")
    referral = referred(practice, hilda, "case-management", "Lives alone since spring")
    path = f"/v1/cases/{accepted(kendal, referral)['id']}"
    assert lancaster.get(path).status_code == 404
    taken(lancaster.post(f"{path}/break-glass", json={"reason": WHY}, headers=key()))
    assert taken(lancaster.get(path))["icc"] == "kendal"

    auditor = signed_in("referrals", "auditor")
    glass = taken(auditor.get("/v1/break-glass"))["items"][0]
    assert (glass["referral_id"], glass["reason"]) == (referral["id"], WHY)
    says(f"reads which glass was broken, by whom ({glass['by']}), until when, and why: {glass['reason']}")

    def rows() -> list[Any]:
        found: list[Any] = taken(auditor.get("/v1/audit", params={"resource_id": referral["id"]}))["items"]
        return found if {one["event"] for one in found} >= DONE else []

    of_hilda = until(rows)
    (person,) = {one["person_key"] for one in of_hilda}
    assert all(told not in str(of_hilda) for told in ("Hilda", "Mounsey", hilda["nhs_number"]))
    says(
        f"reads every row about the referral: {len(of_hilda)}, of one person, whom the key {person[:8]}… alone names"
    )

    refusals = taken(auditor.get("/v1/audit", params={"event": "request.refused", "limit": "500"}))["items"]
    assert path.rpartition("/")[2] in {one["resource_id"] for one in refusals}
    says("finds the refusal too, that came before the glass was broken")
    icc("audit", "verify")
    says("verifies that no row was changed, added or taken away")

    alert = item_of(kendal, "/v1/worklists/kendal", referral["id"], stage="alert")
    return NextAction("Kendal's worklist", alert["next_action"])


if __name__ == "__main__":
    tell(day)
