"""How a referral comes in, for tests of what happens to it then."""

from typing import Any

from tests.referrals.builders import KENDAL_PRACTICE, keyed
from tests.support.running import Running


async def post(service: Running, document: dict[str, Any], *, org: str = KENDAL_PRACTICE) -> dict[str, Any]:
    """A referral taken in, as its sender was told of it."""
    role = "hospital-system" if org == "RTX" else "practice-system"
    headers = keyed(service.token(role, org=org))
    answer = await service.client.post(
        "/v1/referrals", json={**document, "requester": {"ods": org}}, headers=headers
    )
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt
