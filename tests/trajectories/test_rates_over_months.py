"""Rates of people over a longer period: the people of its months are averaged, never added, and the unit says of what time."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest
from pydantic import ValidationError

from services.trajectories.measures.catalogue import load_catalogue
from shared.months import Month
from shared.registry.loading import SHIPPED
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.asking import ask, get
from tests.trajectories.invented import a_measure, a_rate, inventing
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import a_cell, publish

FALLS: dict[str, Any] = {"measure": "falls", "from": "2021-01", "to": "2021-03", "community": "kendal"}
LATER = datetime(2021, 5, 1, tzinfo=UTC)


@pytest.fixture
async def falls(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """Falls of the people registered with two practices of Kendal, in the first quarter of 2021."""
    measures = (
        a_rate(
            "falls",
            unit='"per 1,000 registered"',
            per="1000",
            denominator_over_months='"mean"',
        ),
        a_rate("days", unit='"days a spell"'),
        a_measure("visits", unit='"visits"'),
        a_measure("people", unit='"people"', over_months='"mean"'),
    )
    async with inventing(databases, tmp_path, *measures) as service:
        await publish(
            service,
            [
                a_cell("falls", Month(2021, month), practice, falls, people)
                for month, practice, falls, people in (
                    (1, "A82025", 10, 1000),
                    (1, "A82026", 10, 3000),
                    (2, "A82025", 20, 1100),
                    (2, "A82026", 10, 3001),
                    (3, "A82025", 10, 1200),
                    (3, "A82026", 30, 2999),
                )
            ],
        )
        await publish(
            service,
            [
                a_cell("days", Month(2021, month), "A82025", days, spells)
                for month, days, spells in ((1, 40, 10), (2, 60, 10), (3, 50, 10))
            ],
        )
        await cut(service)
        yield service


async def point(service: Running, **params: Any) -> dict[str, Any]:
    """The last point of the first series."""
    found: dict[str, Any] = (await ask(service, **params))["series"][0]["points"][-1]
    return found


@pytest.mark.parametrize("grain", ["quarter", "year", "rolling12"])
async def test_the_people_of_a_period_are_the_mean_of_its_months(falls: Running, grain: str) -> None:
    shown = await point(falls, **FALLS, grain=grain)
    # The people of the three months are 4,000, 4,101 and 4,199.
    assert (shown["numerator"], shown["denominator"]) == (90, 4100)
    assert shown["value"] == 90 * 1000 / 4100


async def test_people_of_practices_add_up_in_each_month(falls: Running) -> None:
    shown = await point(falls, **FALLS)
    assert (shown["numerator"], shown["denominator"]) == (40, 4199)


async def test_the_unit_of_a_rate_of_people_names_the_period(falls: Running) -> None:
    units = {
        grain: (await ask(falls, **FALLS, grain=grain))["measure"]["unit"]
        for grain in ("month", "quarter", "year", "rolling12")
    }
    assert units == {
        "month": "per 1,000 registered",
        "quarter": "per 1,000 registered a quarter",
        "year": "per 1,000 registered a year",
        "rolling12": "per 1,000 registered a year",
    }


async def test_other_denominators_are_added_and_their_unit_names_no_period(falls: Running) -> None:
    body = await ask(falls, **{**FALLS, "measure": "days"}, grain="quarter")
    (shown,) = body["series"][0]["points"]
    assert (shown["numerator"], shown["denominator"], shown["value"]) == (150, 30, 5)
    assert body["measure"]["unit"] == "days a spell"


async def test_every_format_has_the_same_rate_and_unit(falls: Running) -> None:
    expected = ("per 1,000 registered a quarter", 90 * 1000 / 4100, 90, 4100)
    (row,) = csv.DictReader(io.StringIO((await get(falls, **FALLS, grain="quarter", format="csv")).text))
    assert (row["unit"], float(row["value"]), int(row["numerator"]), int(row["denominator"])) == expected
    content = (await get(falls, **FALLS, grain="quarter", format="xlsx")).content
    header, line = openpyxl.load_workbook(io.BytesIO(content))["Figures"].iter_rows(values_only=True)
    cell = dict(zip(header, line, strict=True))
    assert (cell["unit"], cell["value"], cell["numerator"], cell["denominator"]) == expected


async def test_a_list_that_is_restated_changes_the_mean_from_then_on(falls: Running) -> None:
    await publish(falls, [a_cell("falls", Month(2021, 2), "A82026", 10, 3301)], known_at=LATER)
    assert (await point(falls, **FALLS, grain="quarter"))["denominator"] == 4200
    before = await point(falls, **FALLS, grain="quarter", as_at="2021-04-30T00:00:00Z")
    assert before["denominator"] == 4100


async def test_a_month_without_a_figure_takes_no_part_in_the_mean(falls: Running) -> None:
    shown = await point(falls, **{**FALLS, "from": "2020-10", "to": "2021-03"}, grain="year")
    assert (shown["denominator"], shown["status"]) == (4100, "partial")


async def test_a_protected_rate_is_made_of_the_rounded_mean(falls: Running) -> None:
    body = await ask(falls, "dashboard", **FALLS, grain="quarter")
    (shown,) = body["series"][0]["points"]
    assert (shown["numerator"], shown["denominator"], shown["suppressed"]) == (90, 4100, False)


async def test_counts_by_registered_people_take_the_mean_of_the_lists(
    databases: Databases, tmp_path: Path
) -> None:
    lists = {"2021-01": 1000, "2021-02": 1100, "2021-03": 1202}
    registry = orjson.loads(SHIPPED.read_bytes())
    (practice,) = (one for one in registry["practices"] if one["code"] == "A82025")
    practice["list_sizes"] = [{"month": month, "people": n, "source": "seed"} for month, n in lists.items()]
    (tmp_path / "registry.json").write_bytes(orjson.dumps(registry))
    visits = a_measure("visits", unit='"visits"')
    async with inventing(databases, tmp_path, visits, registry=tmp_path / "registry.json") as service:
        await publish(service, [a_cell("visits", Month(2021, month), "A82025", 30) for month in (1, 2, 3)])
        asked = {**FALLS, "measure": "visits", "per": "1000-registered", "community": "A82025"}
        monthly = [one["denominator"] for one in (await ask(service, **asked))["series"][0]["points"]]
        body = await ask(service, **asked, grain="quarter")
    assert monthly == list(lists.values())
    (shown,) = body["series"][0]["points"]
    assert (shown["denominator"], shown["value"]) == (1101, 90 * 1000 / 1101)
    assert body["measure"]["unit"] == "visits per 1,000 registered a quarter"
    assert any("the mean of its months" in note for note in body["notes"])


@pytest.mark.parametrize(("role", "shown"), [("analyst", 4101), ("dashboard", 4100)])
async def test_people_registered_are_the_mean_of_the_months(falls: Running, role: str, shown: int) -> None:
    lists = {1: (1000, 3000), 2: (1100, 3001), 3: (1202, 3000)}
    await publish(
        falls,
        [
            a_cell("people", Month(2021, month), practice, count)
            for month, counts in lists.items()
            for practice, count in zip(("A82025", "A82026"), counts, strict=True)
        ],
    )
    await cut(falls)
    body = await ask(falls, role, **{**FALLS, "measure": "people", "grain": "quarter"})
    assert body["series"][0]["points"][0]["value"] == shown


@pytest.mark.parametrize(
    "members",
    [{"kind": '"proportion"', "unit": '"proportion"'}, {"kind": '"mean"'}, {"over_months": '"latest"'}],
)
def test_the_mean_of_the_months_belongs_under_a_ratio_that_is_summed(
    tmp_path: Path, members: dict[str, str]
) -> None:
    file = tmp_path / "measures.toml"
    file.write_text(a_rate("falls", denominator_over_months='"mean"', **members))
    with pytest.raises(ValidationError, match="mean of the months"):
        load_catalogue(file)


async def test_the_catalogue_says_how_denominators_fold(falls: Running) -> None:
    listed = await falls.client.get("/v1/measures", headers=falls.token("dashboard"))
    folds = {one["key"]: one["denominator_over_months"] for one in listed.json()["items"]}
    assert folds == {"falls": "mean", "days": "sum", "visits": None, "people": None}
