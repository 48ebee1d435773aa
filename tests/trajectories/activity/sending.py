"""Files of activity sent to a small system of its own."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson

from shared.ids import new_id
from shared.service.platform import ClockFunction
from tests.support.databases import Databases
from tests.support.running import Running, running
from tests.trajectories.shares.a_bay import a_practice, get, within, write_registry

NOW = datetime(2021, 5, 20, 12, 0, tzinfo=UTC)
ADDRESS = "/v1/activity/submissions"
EAST, WEST, LONE, CLOSED, AFTER, OUTSIDE, FAR = (
    "Z00001",
    "Z00002",
    "Z00003",
    "Z00004",
    "Z00005",
    "Y00001",
    "Y00002",
)
PRACTICES = [
    a_practice(EAST, within("east")),
    a_practice(WEST, within("west")),
    a_practice(LONE),
    a_practice(
        CLOSED,
        within("east", until="2020-06-30"),
        valid_to="2020-06-30",
        successor={"practice": AFTER, "from_day": "2020-07-01"},
    ),
    a_practice(AFTER, within("west")),
]


@asynccontextmanager
async def a_system(
    databases: Databases, folder: Path, clock: ClockFunction = lambda: NOW, **settings: Any
) -> AsyncIterator[Running]:
    """The service with the measures that ship, for two communities, five practices and two outside, on 20 May 2021."""
    registry = write_registry(folder / "registry.json", ["east", "west"], PRACTICES)
    document = orjson.loads(registry.read_bytes())
    document["outside_practices"] = [{"code": code, "name": f"Surgery {code}"} for code in (OUTSIDE, FAR)]
    registry.write_bytes(orjson.dumps(document))
    async with (
        databases.lend("trajectories") as url,
        running(
            "trajectories",
            database_url=url,
            data_dir=folder,
            settings={"registry_file": registry, **settings},
            clock=clock,
        ) as service,
    ):
        yield service


async def send(
    service: Running,
    content: Any,
    *,
    form: str = "text/csv",
    key: str | None = None,
    role: str = "analyst",
    **params: Any,
) -> httpx.Response:
    """A post of a file under a key of its own, unless one is given."""
    headers = {
        **service.token(role, communities=("*",)),
        "Idempotency-Key": key or str(new_id()),
        "Content-Type": form,
    }
    body = content.encode() if isinstance(content, str) else content
    return await service.client.post(ADDRESS, content=body, headers=headers, params=params)


async def sent(service: Running, content: Any, **more: Any) -> dict[str, Any]:
    """A file that is taken."""
    answer = await send(service, content, **more)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def refused(service: Running, content: Any, **more: Any) -> list[dict[str, Any]]:
    """The errors of a file that is refused, of which nothing was stored but the report."""
    before = await cells(service)
    answer = await send(service, content, **more)
    assert answer.status_code == 422, answer.text
    assert await cells(service) == before
    errors: list[dict[str, Any]] = answer.json()["errors"]
    return errors


def counts(*rows: str, columns: str = "month,practice,count") -> str:
    """A file of monthly counts."""
    return "\n".join((columns, *rows)) + "\n"


async def cells(service: Running) -> list[tuple[Any, ...]]:
    """The figures in force: measure, month, place, breakdown, numerator, denominator."""
    rows = await service.rows(
        "select measure, month, place, breakdown_key, numerator, denominator from serving_fact"
        " where replaced_at is null and numerator is not null order by 1, 2, 3, 4"
    )
    return [(row[0], f"{row[1]:%Y-%m}", *tuple(row)[2:]) for row in rows]


async def figures(service: Running, measure: str) -> dict[tuple[str, str, str], Any]:
    """The figures in force of one measure: a number, or two of a rate."""
    return {
        (month, place, key): numerator if denominator is None else (numerator, denominator)
        for name, month, place, key, numerator, denominator in await cells(service)
        if name == measure
    }


async def shown(service: Running, measure: str, month: str, **params: Any) -> dict[str, Any]:
    """What the performance answer says of one month, place by place."""
    await service.app.state.reporting.version.ask()
    answer = await get(service, "/v1/performance", measure=measure, **{"from": month, "to": month, **params})
    assert answer.status_code == 200, answer.text
    return {series["community"]: series["points"][0] for series in answer.json()["series"]}


def codes(errors: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Errors as row, column and code."""
    return [(one["row"], one["column"], one["code"]) for one in errors]
