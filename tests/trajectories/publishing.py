"""A publication at once, as a publisher asks for one."""

import uuid
from typing import Any

import httpx

from tests.support.running import Running

ADDRESS = "/v1/publications"


async def post_publication(
    service: Running, role: str = "publisher", *, key: str | None = None, **body: Any
) -> httpx.Response:
    """The answer to a POST."""
    headers = {**service.token(role, communities=("*",)), "Idempotency-Key": key or str(uuid.uuid4())}
    return await service.client.post(ADDRESS, json=body or {"reason": "A test asks."}, headers=headers)


async def cut(service: Running) -> dict[str, Any]:
    """A publication of what is known now."""
    answer = await post_publication(service)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made
