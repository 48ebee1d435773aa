"""A hospital ward: refers somebody who goes home, by a message; takes it back, for it named the wrong day; sends another."""

from typing import Any

from day import NextAction, item_of, message, now, says, send, signed_in, somebody, taken, tell


def day() -> NextAction:
    """Ward 20 in Lancaster, and the team that meets people at home in Kendal."""
    ward = signed_in("referrals", "hospital-system", org="RTX")
    agnes = somebody("Agnes", "Birkett")
    told = {name: agnes[name] for name in ("nhs_number", "given", "family")} | {"case": f"stay-{now()}"}

    def says_of_agnes(act: str, status: str, *, request: str = "not-known-yet", reason: str) -> Any:
        return send(
            ward, message("discharge", act=act, status=status, request=request, reason=reason, **told)
        )

    first = says_of_agnes("new", "active", reason="Goes home today at 16:00; walks with a frame")
    task = taken(ward.get(f"/FHIR/R4/Task/{first['id']}"))
    assert (task["status"], task["businessStatus"]["text"]) == ("received", "triage")
    says(f"refers by a message: to be triaged by {task['restriction']['period']['end']}")

    says_of_agnes("delete", "entered-in-error", request=first["id"], reason="Sent in error")
    assert taken(ward.get(f"/FHIR/R4/Task/{first['id']}"))["status"] == "cancelled"
    says("the consultant keeps her another night, so the ward cancels")

    second = says_of_agnes("new", "active", reason="Goes home tomorrow at 11:00; walks with a frame")
    assert second["id"] != first["id"]
    referral = taken(ward.get(f"/v1/referrals/{second['id']}"))
    assert (referral["status"], referral["icc"]) == ("received", "kendal")
    says(f"sends it anew: it is with {referral['team']}")

    team = signed_in("referrals", "case-manager", org=referral["team"])
    item = item_of(team, f"/v1/worklists/teams/{referral['team']}", second["id"])
    assert item["stage"] == "triage"
    assert "possible-duplicate" not in item["flags"]
    return NextAction(f"the list of {referral['team']}", item["next_action"], item["due"])


if __name__ == "__main__":
    tell(day)
