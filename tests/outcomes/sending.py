"""What a council's client does: post a file, wait for what becomes of it, read the figures it led to."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import httpx

from tests.support.running import Running

FEED = "/v1/feeds/reablement/submissions"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def post(
    service: Running,
    content: bytes,
    *,
    org: str = "cumbria",
    media_type: str = "text/csv",
    key: str | None = None,
    prefer: str = "respond-async",
    feed: str = "reablement",
    **query: str,
) -> httpx.Response:
    """The answer to a posted file; by default it is not waited for."""
    headers = {"Content-Type": media_type, "Idempotency-Key": key or str(uuid4()), "Prefer": prefer}
    return await service.client.post(
        f"/v1/feeds/{feed}/submissions",
        content=content,
        params=query,
        headers=headers | service.token("council-feed", org=org),
    )


async def checked(service: Running, content: bytes, **given: Any) -> dict[str, Any]:
    """What is said of a file of which nothing is stored."""
    document: dict[str, Any] = (await post(service, content, validate_only="true", **given)).json()
    return document


async def send(service: Running, content: bytes, **given: Any) -> dict[str, Any]:
    """The submission after the worker has done its part."""
    answer = await post(service, content, **given)
    assert answer.status_code in {200, 202}, answer.text
    await service.work()
    return await submission(service, answer.headers["location"], org=given.get("org", "cumbria"))


async def submission(service: Running, location: str, *, org: str = "cumbria") -> dict[str, Any]:
    """A submission as its sender sees it."""
    answer = await service.client.get(location, headers=service.token("council-feed", org=org))
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def at_noon(day: str) -> datetime:
    """Noon of a day, in UTC."""
    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)


async def in_state(outcomes: Running, status: str) -> list[dict[str, Any]]:
    """The reablement submissions that stand in this state, as their council lists them."""
    answer = await outcomes.client.get(
        f"/v1/feeds/reablement/submissions?status={status}",
        headers=outcomes.token("council-feed", org="cumbria"),
    )
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def cells(
    service: Running, measure: str, *, place: str
) -> dict[tuple[str, str], tuple[int, int | None]]:
    """The figures in force of a measure at a place: (month, breakdown) → numerator and denominator."""
    rows = await service.rows(
        "select month, breakdown_key, numerator, denominator from fact_cell "
        "where replaced_at is null and numerator is not null and measure = $1 and place = $2",
        measure,
        place,
    )
    return {
        (f"{row['month']:%Y-%m}", row["breakdown_key"]): (row["numerator"], row["denominator"])
        for row in rows
    }


async def assessments(service: Running, place: str) -> list[int]:
    """A community's assessments in January, February and March 2020, added up over their routes."""
    found = await cells(service, "reablement-assessments", place=place)
    return [
        sum(count for (month, _), (count, _) in found.items() if month == f"{date(2020, at, 1):%Y-%m}")
        for at in (1, 2, 3)
    ]
