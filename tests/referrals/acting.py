"""How a referral is acted on in tests: who acts, on which version."""

from typing import Any
from uuid import uuid4

import httpx

from tests.referrals.builders import KENDAL_PRACTICE
from tests.support.running import Running


def manager(service: Running, *communities: str) -> dict[str, str]:
    """The headers of a case manager, of Kendal unless another community is named."""
    return service.token("case-manager", communities=communities or ("kendal",))


async def act(
    service: Running,
    referral: dict[str, Any],
    what: str,
    body: dict[str, Any],
    *,
    by: dict[str, str],
    version: int | None = None,
    key: str | None = None,
) -> httpx.Response:
    """POST one act on a referral, on the version of the answer given unless another is named."""
    headers = {**by, "If-Match": f'W/"{version or referral["version"]}"'}
    if key is not None:
        headers["Idempotency-Key"] = key
    return await service.client.post(f"/v1/referrals/{referral['id']}/{what}", json=body, headers=headers)


async def change(
    service: Running,
    referral: dict[str, Any],
    patch: dict[str, Any],
    *,
    by: dict[str, str],
    media_type: str = "application/merge-patch+json",
) -> httpx.Response:
    """PATCH a referral on the version of the answer given."""
    headers = {**by, "If-Match": f'W/"{referral["version"]}"', "Content-Type": media_type}
    return await service.client.patch(f"/v1/referrals/{referral['id']}", json=patch, headers=headers)


async def read(
    service: Running, referral: dict[str, Any], *, by: dict[str, str] | None = None
) -> dict[str, Any]:
    """The referral as it stands, as its sender or somebody else reads it."""
    headers = by or service.token("practice-system", org=KENDAL_PRACTICE)
    answer = await service.client.get(f"/v1/referrals/{referral['id']}", headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def a_key() -> str:
    """A key of its own."""
    return str(uuid4())


def holds(row: str, words: str) -> bool:
    """Whether a row, as text, holds words in the clear: as text, or as bytes, which text shows in hexadecimal."""
    return words in row or words.encode().hex() in row
