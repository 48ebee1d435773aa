"""What the referrals service has published, as its readers pull it."""

from typing import Any

from tests.support.running import Running


async def facts(service: Running) -> list[dict[str, Any]]:
    """Every version of every cell, in the order of the feed, however many pages that takes."""
    items: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = f"/v1/facts?limit=500&after={after}"
        answer = await service.client.get(page, headers=service.token("service"))
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        after = answer.json()["next"]
    return items


async def published(service: Running) -> list[tuple[Any, ...]]:
    """What each version says and since when, whatever its place in the feed."""
    return [
        (
            fact["measure"],
            fact["place"],
            fact["month"],
            fact["breakdowns"],
            fact["numerator"],
            fact["denominator"],
            fact["known_at"],
        )
        for fact in await facts(service)
    ]


async def lines(service: Running, measure: str = "referrals-received") -> dict[str, int]:
    """Line → the count that stands, of a measure at the only place and month that it has."""
    return {
        f"{name}={value}": fact["numerator"]
        for fact in await facts(service)
        if fact["measure"] == measure
        for name, value in fact["breakdowns"].items()
    }
