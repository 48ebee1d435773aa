"""A case that asks a partner for something, as tests need one."""

from typing import Any

import httpx

from tests.referrals.acting import a_key, act, manager
from tests.referrals.builders import a_referral
from tests.referrals.sending import post
from tests.support.running import Running

REASON = "Grab rails beside the bath, please"


async def a_case(service: Running, **changes: Any) -> dict[str, Any]:
    """An accepted referral of Kendal, whose case has the version 1. changes: members of the referral."""
    sent = await post(service, a_referral(**changes))
    accepted: dict[str, Any] = (
        await act(service, sent, "triage", {"decision": "accept"}, by=manager(service))
    ).json()
    return accepted


async def ask(
    service: Running,
    case: dict[str, Any],
    body: dict[str, Any] | None = None,
    *,
    to: str = "adult-social-care-ot",
    version: int = 1,
    by: dict[str, str] | None = None,
    key: str | None = None,
) -> httpx.Response:
    """POST an onward referral of a case, on a version of the case."""
    headers = {
        **(by or manager(service)),
        "If-Match": f'W/"{version}"',
        "Idempotency-Key": key or a_key(),
    }
    given = {"service": to, "reason": REASON} if body is None else body
    url = f"/v1/cases/{case['case_id']}/onward-referrals"
    return await service.client.post(url, json=given, headers=headers)


async def asked(service: Running, case: dict[str, Any], **given: Any) -> dict[str, Any]:
    """An onward referral that was sent."""
    answer = await ask(service, case, **given)
    assert answer.status_code == 201, answer.text
    onward: dict[str, Any] = answer.json()
    return onward


async def respond(
    service: Running, onward: dict[str, Any], body: dict[str, Any], *, by: dict[str, str]
) -> httpx.Response:
    """POST an answer at the partner's own address."""
    return await service.client.post(f"/v1/onward-referrals/{onward['id']}/respond", json=body, headers=by)


async def consent(
    service: Running, case: dict[str, Any], body: dict[str, Any], *, by: dict[str, str] | None = None
) -> httpx.Response:
    """POST a consent of a case."""
    headers = {**(by or manager(service)), "Idempotency-Key": a_key()}
    return await service.client.post(f"/v1/cases/{case['case_id']}/consents", json=body, headers=headers)


def partner(service: Running, org: str) -> dict[str, str]:
    """The headers of a partner's token."""
    return service.token("partner", org=org)
