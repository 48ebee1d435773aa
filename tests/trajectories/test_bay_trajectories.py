"""Promises of the Bay-wide trajectory: a whole year, versioned, and only an agreed one shared out."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.shares.a_bay import a_bay, a_plan, a_practice, get, planned, post, within


@pytest.fixture
async def service(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """A system of one practice."""
    async with a_bay(databases, tmp_path, [a_practice("Z00001", within("east"))]) as made:
        yield made


async def test_a_plan_is_kept_and_read_by_everybody(service: Running) -> None:
    body = await planned(service, set_by="Integrated services board", agreed_on="2020-03-20")
    read = await get(service, f"/v1/bay-trajectories/{body['id']}", "dashboard")
    assert read.status_code == 200
    assert read.json() == body
    assert (body["version"], body["months"]["2020-04"], body["warnings"]) == (1, 100, [])
    assert read.headers["etag"] == 'W/"1"'


async def test_a_years_figure_is_spread_by_calendar_days(service: Running) -> None:
    body = await planned(service, months=None, annual=12_000)
    assert sum(body["months"].values()) == 12_000
    assert (body["months"]["2020-04"], body["months"]["2021-02"]) == (986, 920)
    assert list(body["months"]) == [str(Month(2020, 4) + at) for at in range(12)]


async def test_a_plan_of_zeros_is_taken_with_a_warning(service: Running) -> None:
    body = await planned(service, annual=0, months=None)
    assert [one["code"] for one in body["warnings"]] == ["number.range"]


async def test_revisions_are_numbered_without_a_gap_however_many_come_at_once(service: Running) -> None:
    bodies = await asyncio.gather(*(planned(service) for _ in range(4)))
    assert sorted(one["version"] for one in bodies) == [1, 2, 3, 4]
    listed = (await get(service, "/v1/bay-trajectories", measure="spells", year="2020-21")).json()["items"]
    assert {one["version"] for one in listed} == {1, 2, 3, 4}


async def test_a_provisional_plan_is_not_shared_out(service: Running) -> None:
    await planned(service, status="provisional")
    asked = {"measure": "spells", "effective_from": "2020-04"}
    answer = await post(service, "/v1/trajectory-versions", asked)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/effective_from")


def months(**changes: float | None) -> dict[str, Any]:
    """The months of a plan with some changed; None leaves one out."""
    given = {**a_plan()["months"], **{name.replace("_", "-"): units for name, units in changes.items()}}
    return {"months": {month: units for month, units in given.items() if units is not None}}


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        (months(**{"2020-07": None}), "body.required", "/months/2020-07"),
        (months(**{"2020-07": -1}), "number.range", "/months/2020-07"),
        (months(**{"2020-07": 10**12}), "number.range", "/months/2020-07"),
        (months(**{"2020-07": 1.5}), "number.integer_required", "/months/2020-07"),
        (months(**{"2021-04": 5}), "date.implausible", "/months/2021-04"),
        (months(July=5), "date.format", "/months"),
        ({"months": {}}, "body.required", "/months"),
        ({"months": None}, "body.required", "/months"),
        ({"annual": 12}, "body.required", "/months"),
        ({"annual": 12, "months": None, "year": "The long year"}, "date.format", "/year"),
        ({"measure": "unheard-of"}, "code.unknown", "/measure"),
        ({"status": "hoped"}, "enum", "/status"),
        ({"agreed_on": "2999-01-01"}, "date.future", "/agreed_on"),
    ],
)
async def test_a_plan_that_cannot_be_is_refused(
    service: Running, change: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await post(service, "/v1/bay-trajectories", a_plan(**change))
    assert answer.status_code == 422, answer.text
    assert {"code": code, "pointer": pointer}.items() <= answer.json()["errors"][0].items()
    assert await service.rows("select 1 from bay_trajectory") == []


async def test_only_analysts_set_plans(service: Running) -> None:
    assert (await post(service, "/v1/bay-trajectories", a_plan(), "publisher")).status_code == 403
