"""What is written beside the figures, sent and read over HTTP as its writers and readers do."""

import uuid
from typing import Any

import httpx

from tests.support.running import Running

EVERYWHERE: dict[str, Any] = {"communities": ("*",)}


def identity(service: Running, role: str, who: dict[str, Any] | None) -> dict[str, str]:
    """The headers of a client in a role; of all communities unless told otherwise."""
    return service.token(role, **(EVERYWHERE if who is None else who))


async def send(
    service: Running,
    method: str,
    path: str,
    body: Any,
    role: str = "development-lead",
    *,
    who: dict[str, Any] | None = None,
) -> httpx.Response:
    """The answer to something written, under a key of its own."""
    headers = {**identity(service, role, who), "Idempotency-Key": str(uuid.uuid4())}
    answer = await service.client.request(method, path, json=body, headers=headers)
    await service.app.state.reporting.version.ask()
    return answer


async def written(service: Running, method: str, path: str, body: Any, **given: Any) -> dict[str, Any]:
    """What was written and taken."""
    answer = await send(service, method, path, body, **given)
    assert answer.status_code in {200, 201}, answer.text
    taken: dict[str, Any] = answer.json()
    return taken


async def look(
    service: Running, path: str, role: str = "analyst", *, who: dict[str, Any] | None = None, **params: Any
) -> httpx.Response:
    """The answer to a GET."""
    given = {name: value for name, value in params.items() if value is not None}
    return await service.client.get(path, params=given, headers=identity(service, role, who))


async def seen(service: Running, path: str, role: str = "analyst", **given: Any) -> dict[str, Any]:
    """The body of a good GET."""
    answer = await look(service, path, role, **given)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def listed(service: Running, path: str, role: str = "analyst", **given: Any) -> list[dict[str, Any]]:
    """The items of a list."""
    items: list[dict[str, Any]] = (await seen(service, path, role, **given))["items"]
    return items
