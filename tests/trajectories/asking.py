"""Questions to the report, asked over HTTP, and what their answers show."""

from typing import Any

import httpx

from tests.support.running import Running

ASSESSMENTS = {"measure": "reablement-assessments", "from": "2020-01", "to": "2020-03"}
QUARTER = {**ASSESSMENTS, "grain": "quarter", "community": "morecambe-bay"}


async def ask(service: Running, role: str = "analyst", **params: Any) -> dict[str, Any]:
    """The body of a good answer."""
    answer = await get(service, role, **params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def get(
    service: Running, role: str = "analyst", *, who: dict[str, Any] | None = None, **params: Any
) -> httpx.Response:
    """The answer to a question; what is not given is asked of the quarter's assessments, None leaves a parameter out."""
    given = {**ASSESSMENTS, **params}
    given = {name: value for name, value in given.items() if value is not None}
    headers = service.token(
        role, **(who or ({"communities": ("*",)} if role in {"analyst", "dashboard"} else {}))
    )
    return await service.client.get("/v1/performance", params=given, headers=headers)


def values(body: dict[str, Any]) -> dict[str, list[Any]]:
    """The values of each community, point by point."""
    return {series["community"]: [point["value"] for point in series["points"]] for series in body["series"]}


def statuses(body: dict[str, Any], community: str) -> list[str]:
    """The statuses of a community's points."""
    series = next(one for one in body["series"] if one["community"] == community)
    return [point["status"] for point in series["points"]]
