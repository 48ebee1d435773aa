"""Promises of the trajectory beside the figures of the report."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.shares.a_bay import a_bay, a_practice, approved, get, happened, planned, within

ASKED: dict[str, Any] = {"measure": "spells", "from": "2020-03", "to": "2020-06", "include": "trajectory"}


@pytest.fixture
async def service(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """One community with a twentieth of the spells, one with the rest; shares in force from April 2020."""
    practices = [a_practice("Z00001", within("east")), a_practice("Z00002", within("west"))]
    async with a_bay(databases, tmp_path, practices) as made:
        await happened(made, {"Z00001": [50] * 15, "Z00002": [950] * 15}, Month(2019, 4))
        await planned(made)
        await approved(made)
        await made.app.state.reporting.version.ask()
        yield made


async def shown(service: Running, role: str = "analyst", **params: Any) -> dict[str, list[int | None]]:
    """The trajectories of each community, point by point."""
    answer = await get(service, "/v1/performance", role, **{**ASKED, **params})
    assert answer.status_code == 200, answer.text
    return {
        one["community"]: [point["trajectory"] for point in one["points"]] for one in answer.json()["series"]
    }


async def test_the_integer_in_force_stands_beside_the_figure(service: Running) -> None:
    assert await shown(service) == {"east": [None, 5, 5, 5], "west": [None, 95, 95, 95]}


async def test_nothing_is_said_unless_it_is_asked_for(service: Running) -> None:
    assert await shown(service, include="spc") == {"east": [None] * 4, "west": [None] * 4}


async def test_a_quarter_is_the_sum_of_its_months_and_the_bay_stands_beside_it(service: Running) -> None:
    asked = {"from": "2020-04", "grain": "quarter", "include": "trajectory,bay", "community": "east"}
    assert await shown(service, **asked) == {"east": [15], "the-bay": [300]}


async def test_a_figure_in_another_unit_has_none_beside_it(service: Running) -> None:
    assert await shown(service, per="day") == {"east": [None] * 4, "west": [None] * 4}


async def test_a_table_has_the_same_numbers(service: Running) -> None:
    answer = await get(service, "/v1/performance", **ASKED, format="csv")
    rows = csv.DictReader(io.StringIO(answer.text))
    assert [row["trajectory"] for row in rows] == ["", "5", "5", "5", "", "95", "95", "95"]


async def test_protected_callers_see_it_rounded_like_counts(service: Running) -> None:
    assert await shown(service, "dashboard") == {"east": [None] * 4, "west": [None, 95, 95, 95]}


async def test_a_new_version_is_shown_at_once(service: Running) -> None:
    await shown(service)
    await happened(service, {"Z00001": [950] * 12}, Month(2019, 4))
    await approved(service)
    await service.app.state.reporting.version.ask()
    assert await shown(service) == {"east": [None, 50, 50, 50], "west": [None, 50, 50, 50]}
