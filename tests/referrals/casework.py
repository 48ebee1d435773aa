"""A case as tests work it: how it is opened, and what is posted to it."""

from typing import Any
from uuid import uuid4

import httpx

from tests.referrals.acting import act, manager
from tests.referrals.builders import a_referral
from tests.referrals.sending import post
from tests.support.running import Running

ASSESSMENT: dict[str, Any] = {
    "assessed_on": "2026-06-20",
    "kind": "holistic",
    "domains": [
        {"domain": "falls", "findings": "Three falls since Easter", "risk": "high"},
        {"domain": "carer", "findings": "Her husband is tired"},
    ],
}
CONTACT: dict[str, Any] = {
    "at": "2026-06-15T10:00:00+01:00",
    "kind": "visit",
    "with": "person",
    "outcome": "done",
    "face_to_face": True,
    "note": "The stairs are steep",
}
REVIEW: dict[str, Any] = {"reviewed_on": "2026-07-20", "summary": "She walks to the shop again"}
DISCHARGE: dict[str, Any] = {"discharged_on": "2026-07-21", "outcome": "goals-met"}
PLAN: dict[str, Any] = {
    "goals": [{"text": "To walk to the shop"}],
    "actions": [
        {"text": "Rails for the stairs", "code": "871731000000106", "owner": "OT", "due_on": "2026-08-01"}
    ],
    "advance_care_preferences": "Wants to stay at home",
    "cpr_recommendation": {
        "recommendation": "do-not-attempt",
        "stage": "discussed",
        "form": "respect",
        "discussed_on": "2026-06-20",
        "discussed_with": "patient",
    },
    "contacts": [{"name": "Bill Archer", "relationship": "spouse", "phone": "01539 722000", "carer": True}],
    "review_on": "2026-09-20",
    "consent_to_share": True,
}
AUDIT: dict[str, Any] = {
    "audited_on": "2026-07-01",
    "items": {
        "goals": True,
        "actions_owned": True,
        "preferences": True,
        "cpr_complete": True,
        "contacts": True,
        "review_in_date": True,
        "shared": True,
    },
}
SAID = ("Three falls", "tired", "stairs are steep", "walks to the shop")


async def a_case(
    service: Running, referral: dict[str, Any] | None = None, *, community: str = "kendal"
) -> dict[str, Any]:
    """An open case, as its case manager reads it."""
    sent = await post(service, referral or a_referral())
    by = manager(service, community)
    accepted = await act(service, sent, "triage", {"decision": "accept"}, by=by)
    assert accepted.status_code == 200, accepted.text
    return await the_case(service, accepted.json()["case_id"], by=by)


async def the_case(service: Running, case_id: str, *, by: dict[str, str] | None = None) -> dict[str, Any]:
    """A case as it stands."""
    answer = await service.client.get(f"/v1/cases/{case_id}", headers=by or manager(service))
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == f'W/"{answer.json()["version"]}"'
    body: dict[str, Any] = answer.json()
    return body


async def work(
    service: Running,
    case: dict[str, Any],
    what: str,
    body: dict[str, Any],
    *,
    by: dict[str, str] | None = None,
    version: int | None = None,
    key: str | None = None,
) -> httpx.Response:
    """POST something of a case, on the version of the answer given unless another is named."""
    headers = {
        **(by or manager(service)),
        "If-Match": f'W/"{version or case["version"]}"',
        "Idempotency-Key": key or str(uuid4()),
    }
    return await service.client.post(f"/v1/cases/{case['id']}/{what}", json=body, headers=headers)


async def worked(service: Running, case: dict[str, Any], what: str, body: dict[str, Any]) -> dict[str, Any]:
    """The same, which succeeds: the case as it stands afterwards."""
    answer = await work(service, case, what, body)
    assert answer.status_code in (200, 201), answer.text
    return await the_case(service, case["id"])


async def listed(service: Running, case: dict[str, Any], what: str) -> list[dict[str, Any]]:
    """What was recorded of a case, newest first."""
    answer = await service.client.get(f"/v1/cases/{case['id']}/{what}", headers=manager(service))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items
