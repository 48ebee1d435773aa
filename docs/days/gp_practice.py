"""A GP practice: refers somebody by JSON, mends a telephone number, answers a question, and learns what was decided."""

from day import NextAction, item_of, key, now, refused, says, signed_in, somebody, taken, tell, version


def day() -> NextAction:
    """Captain French Lane Surgery in Kendal, and the community's case manager."""
    practice = signed_in("referrals", "practice-system", org="A82026")
    kendal = signed_in("referrals", "case-manager", community="kendal")

    asked = {
        "patient": somebody("Kathy", "Archer", postcode="LA9 4JE", registered_practice="A82026"),
        "requester": {"ods": "A82026", "role": "gp", "name": "Dr A Example"},
        "referred_at": now(),
        "pathway": "case-management",
        "reason": "Fell twice this month; her husband is her carer",
        "legal_basis": "direct-care",
    }
    once = key()
    sent = practice.post("/v1/referrals", json=asked, headers=once)
    referral = taken(sent)
    assert (sent.status_code, referral["icc"], referral["warnings"]) == (201, "kendal", [])
    says(f"refers: it stands on Kendal's list, to be triaged by {referral['due']['triage_by']}")

    again = practice.post("/v1/referrals", json=asked, headers=once)
    assert (again.headers["Idempotent-Replayed"], taken(again)["id"]) == ("true", referral["id"])
    says("the line broke, so its system sent the same again: it is still one referral")

    path = f"/v1/referrals/{referral['id']}"
    refused(
        practice.patch(path, json={"patient": {"phone": "ask her"}}, headers=version(referral)),
        422,
        "phone.format",
    )
    mended = taken(
        practice.patch(path, json={"patient": {"phone": "01539 722000"}}, headers=version(referral))
    )
    assert mended["patient"]["phone"] == "01539 722000"
    says("forgot the telephone number, and adds it")

    taken(
        kendal.post(
            f"{path}/triage",
            json={"decision": "request-information", "comment": "Does she live alone in the day?"},
            headers=version(mended),
        )
    )
    waiting = taken(practice.get("/v1/referrals", params={"status": "information-requested"}))["items"]
    assert referral["id"] in {one["id"] for one in waiting}
    question = taken(practice.get(f"{path}/history"))["items"][-1]
    says(f"looks at what waits for the practice, and reads: {question['comment']}")

    answered = taken(practice.post(f"{path}/answer", json={"text": "Until four, when he comes home"}))
    assert answered["status"] == "received"
    accepted = taken(kendal.post(f"{path}/triage", json={"decision": "accept"}, headers=version(answered)))
    status = taken(practice.get(path))
    assert (status["status"], status["case_id"]) == ("accepted", accepted["case_id"])
    says(f"answers, and reads that the referral was accepted: its case is {status['case_id']}")

    item = item_of(kendal, "/v1/worklists/kendal", referral["id"])
    assert item["stage"] == "first-contact"
    return NextAction("Kendal's worklist", item["next_action"], item["due"])


if __name__ == "__main__":
    tell(day)
