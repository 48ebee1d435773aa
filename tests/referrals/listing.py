"""Worklists as tests read them."""

from typing import Any

from tests.support.running import Running

LISTS = ("barrow", "kendal", "east", "lancaster", "unrouted", "teams/urgent-response", "teams/icat")


async def worklist(service: Running, name: str, *, by: dict[str, str] | None = None, query: str = "") -> Any:
    """The body of a worklist, as somebody who works everywhere reads it unless another is named."""
    headers = by or service.token("case-manager", communities=("*",))
    answer = await service.client.get(f"/v1/worklists/{name}{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def standing(service: Running, referral_id: str) -> dict[str, list[str]]:
    """On which lists a referral stands, and with which stages; the lists of LISTS."""
    found: dict[str, list[str]] = {}
    for name in LISTS:
        for item in (await worklist(service, name))["items"]:
            if item["referral_id"] == referral_id:
                found.setdefault(name, []).append(item["stage"])
    return found
