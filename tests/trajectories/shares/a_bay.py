"""A small invented system of its own: communities, practices, their activity, a plan, and what its people do with it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson

from services.trajectories.ingest.authoring import author_facts
from shared.facts.cells import Cell
from shared.ids import new_id
from shared.months import Month
from shared.service.platform import ClockFunction, utc_now
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.invented import a_measure, inventing

SPELLS = a_measure("spells", supply='"practice"')
SINCE = "2010-01-01"


def a_practice(code: str, *memberships: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A practice of a registry."""
    return {
        "code": code,
        "name": f"Surgery {code}",
        "postcode": "ZZ1 1AA",
        "valid_from": SINCE,
        "memberships": list(memberships),
        **more,
    }


def within(slug: str, *, since: str = SINCE, until: str | None = None) -> dict[str, Any]:
    """A membership in a community."""
    return {"of": slug, "valid_from": since, **({} if until is None else {"valid_to": until})}


def write_registry(path: Path, communities: Sequence[str], practices: Sequence[Mapping[str, Any]]) -> Path:
    """A registry file: one system with these communities."""
    lasting = {"valid_from": SINCE}
    iccs = [
        {
            "slug": slug,
            "name": slug.title(),
            "level": "icc",
            **lasting,
            "parents": [{"of": "the-bay", **lasting}],
            "counts_as_icc": [lasting],
        }
        for slug in communities
    ]
    system = {"slug": "the-bay", "name": "The Bay", "level": "system", **lasting}
    lines = [
        {"slug": "nowhere", "name": "Nowhere yet", "kind": "unassigned", "counts_to": "the-bay"},
        {"slug": "elsewhere", "name": "Elsewhere", "kind": "outside"},
    ]
    path.write_bytes(
        orjson.dumps(
            {
                "schema_version": 1,
                "edition": "invented",
                "sources": {"story": "Invented for tests"},
                "communities": [system, *iccs],
                "lines": lines,
                "practices": list(practices),
            }
        )
    )
    return path


@asynccontextmanager
async def a_bay(
    databases: Databases,
    folder: Path,
    practices: Sequence[Mapping[str, Any]],
    communities: Sequence[str] = ("east", "west"),
    *,
    clock: ClockFunction = utc_now,
    origins: tuple[str, ...] = (),
) -> AsyncIterator[Running]:
    """The trajectories service for an invented system that counts spells."""
    registry = write_registry(folder / "registry.json", communities, practices)
    async with inventing(
        databases, folder, SPELLS, registry=registry, clock=clock, origins=origins
    ) as service:
        yield service


async def happened(service: Running, monthly: Mapping[str, Sequence[int | None]], first: Month) -> None:
    """Spells of each practice month by month; None for a month that did not arrive."""
    cells = [
        Cell(
            measure="spells",
            month=first + at,
            place=code,
            source="hospital",
            numerator=count,
            provenance={"submission": "s1"},
        )
        for code, counts in monthly.items()
        for at, count in enumerate(counts)
        if count is not None
    ]
    async with service.platform.database.transaction() as session:
        await author_facts(session, cells)
    await service.app.state.reporting.version.ask()


async def post(service: Running, path: str, body: Any, role: str = "analyst") -> httpx.Response:
    """A POST under a key of its own."""
    headers = {**service.token(role, communities=("*",)), "Idempotency-Key": str(new_id())}
    return await service.client.post(path, json=body, headers=headers)


async def get(service: Running, path: str, role: str = "analyst", **params: Any) -> httpx.Response:
    """A GET; a trailing underscore of a name is dropped."""
    given = {name.rstrip("_"): value for name, value in params.items()}
    headers = service.token(role, communities=("*",))
    return await service.client.get(path, params=given, headers=headers)


def a_plan(**changes: Any) -> dict[str, Any]:
    """The body of an agreed plan of 2020-21, 100 spells a month."""
    months = {str(Month(2020, 4) + at): 100 for at in range(12)}
    body = {
        "measure": "spells",
        "year": "2020-21",
        "label": "Operating plan",
        "definition": "Spells",
        "status": "agreed",
        "months": months,
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


async def planned(service: Running, **changes: Any) -> dict[str, Any]:
    """A plan that was set."""
    answer = await post(service, "/v1/bay-trajectories", a_plan(**changes))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def drafted(service: Running, effective_from: str = "2020-04", **more: Any) -> dict[str, Any]:
    """A version that was drafted."""
    asked = {"measure": "spells", "effective_from": effective_from, "lag_months": 0, **more}
    answer = await post(service, "/v1/trajectory-versions", asked)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def decide(
    service: Running, version: Mapping[str, Any], decision: str = "approve", role: str = "publisher"
) -> httpx.Response:
    """What a publisher decides about a version."""
    return await post(
        service, f"/v1/trajectory-versions/{version['id']}/{decision}", {"reason": "As agreed"}, role
    )


async def approved(service: Running, effective_from: str = "2020-04", **more: Any) -> dict[str, Any]:
    """A version in force."""
    answer = await decide(service, await drafted(service, effective_from, **more))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def in_force(service: Running, **params: Any) -> dict[str, Any]:
    """The trajectory that is in force."""
    answer = await get(service, "/v1/trajectories", measure="spells", **params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def integers(service: Running, **params: Any) -> dict[str, list[int | None]]:
    """The whole numbers in force, community by community, month by month."""
    found: dict[str, list[int | None]] = {}
    for item in (await in_force(service, **params))["items"]:
        found.setdefault(item["community"], []).append(item["integer"])
    return found


async def whole(service: Running, version: Mapping[str, Any]) -> dict[str, Any]:
    """A version with its places by code."""
    answer = await get(service, f"/v1/trajectory-versions/{version['id']}")
    assert answer.status_code == 200, answer.text
    return {place["place"]: place for place in answer.json()["places"]}
