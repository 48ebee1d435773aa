"""The matrix: communities × measures over 24 months, what needs attention first."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.asking import ask
from tests.trajectories.invented import a_measure, inventing
from tests.trajectories.publishing import cut
from tests.trajectories.shares.a_bay import a_practice, happened, within, write_registry
from tests.trajectories.writing import look, seen, send, written

MATRIX = "/v1/performance/matrix"
FIRST = Month(2019, 1)
STEADY = [50, 52, 49, 51, 50, 53]


@pytest.fixture
async def bay(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """Three communities and 24 months of spells, of which fewer are better: east is steady, west rose, north fell."""
    places = ("east", "west", "north")
    practices = [a_practice(f"Z0000{at}", within(place)) for at, place in enumerate(places, start=1)]
    registry = write_registry(tmp_path / "registry.json", places, practices)
    spells = a_measure("spells", supply='"practice"', direction='"decrease"')
    visits = a_measure("visits", supply='"practice"', direction='"increase"')
    async with inventing(databases, tmp_path, spells, visits, registry=registry) as service:
        counts = {
            "Z00001": STEADY * 4,
            "Z00002": [*STEADY * 3, 50, 52, 49, 51, 80, 90],
            "Z00003": [*STEADY * 3, 50, 40, 30, 20, 10, 52],
        }
        await happened(service, counts, FIRST)
        yield service


async def rows(service: Running, role: str = "analyst", **asked: Any) -> list[dict[str, Any]]:
    """The items of the matrix to December 2020."""
    items: list[dict[str, Any]] = (await seen(service, MATRIX, role, **{"reference": "2020-12", **asked}))[
        "items"
    ]
    return items


async def test_concern_comes_first(bay: Running) -> None:
    found = await rows(bay)
    assert [(one["community"], one["variation"]) for one in found] == [
        ("west", "concern-high"),
        ("east", "common-cause"),
        ("north", "common-cause"),
    ]
    west = found[0]
    assert (west["month"], west["value"], west["points_since_special_cause"]) == ("2020-12", 90, 0)
    north = next(one for one in found if one["community"] == "north")
    assert north["points_since_special_cause"] == 1
    east = next(one for one in found if one["community"] == "east")
    assert east["points_since_special_cause"] is None
    assert west["chart"] == "/v1/performance/spells/west/chart.svg?from=2019-01&to=2020-12"


async def test_a_row_says_what_the_report_says(bay: Running) -> None:
    target = {"community": "west", "measure": "spells", "period": "2020-12", "kind": "value", "value": 40}
    await written(bay, "PUT", "/v1/targets", {**target, "unit": "count"}, role="analyst")
    asked = {"measure": "spells", "from": "2019-01", "to": "2020-12", "include": "spc,target,trajectory"}
    series = next(one for one in (await ask(bay, **asked))["series"] if one["community"] == "west")
    row = next(one for one in await rows(bay) if one["community"] == "west")
    assert {name: row[name] for name in ("mean", "lower", "upper", "variation", "assurance")} == {
        name: series["spc"][name] for name in ("mean", "lower", "upper", "variation", "assurance")
    }
    last = series["points"][-1]
    for name in ("month", "value", "target", "trajectory", "status", "suppressed"):
        assert row[name] == last[name]
    assert row["target"] == 40


async def test_the_greatest_change_comes_first_when_that_is_asked_for(bay: Running) -> None:
    found = await rows(bay, order="change")
    north = found[0]
    assert north["community"] == "north"
    assert north["change"] == pytest.approx((52 - 10) / ((north["upper"] - north["mean"]) / 3))


async def test_only_measures_with_figures_stand_in_it_unless_named(bay: Running) -> None:
    assert {one["measure"] for one in await rows(bay)} == {"spells"}
    named = await rows(bay, measures="visits,spells", community="east")
    assert {(one["measure"], one["value"], one["status"]) for one in named} == {
        ("visits", None, "not-supplied"),
        ("spells", 53, "final"),
    }
    assert [one["measure"] for one in named] == ["spells", "visits"]


async def test_tables_have_the_same_rows_and_are_recorded(bay: Running, tmp_path: Path) -> None:
    items = await rows(bay)
    answer = await look(bay, MATRIX, reference="2020-12", format="csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="matrix-2020-12.csv"'
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(one["community"], float(one["value"])) for one in table] == [
        (one["community"], one["value"]) for one in items
    ]
    assert table[0]["community_name"] == "West"
    answer = await look(bay, MATRIX, reference="2020-12", format="xlsx")
    file = tmp_path / "matrix.xlsx"
    file.write_bytes(answer.content)
    cells = list(openpyxl.load_workbook(file)["Matrix"].iter_rows(values_only=True))
    assert [dict(zip(cells[0], row, strict=True))["mean"] for row in cells[1:]] == [
        one["mean"] for one in items
    ]
    recorded = [row["event"] for row in await bay.rows("select event from audit order by arrival")]
    assert recorded == ["performance.read", *["performance.exported"] * 2]


async def test_an_equal_matrix_is_not_sent_again(bay: Running) -> None:
    first = await look(bay, MATRIX, reference="2020-12")
    headers = {**bay.token("analyst", communities=("*",)), "If-None-Match": first.headers["etag"]}
    again = await bay.client.get(MATRIX, params={"reference": "2020-12"}, headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    await happened(bay, {"Z00001": [70]}, Month(2020, 12))
    assert (await look(bay, MATRIX, reference="2020-12")).headers["etag"] != first.headers["etag"]


async def test_others_see_what_was_published_and_nothing_else(bay: Running) -> None:
    assert await rows(bay, "dashboard") == []
    await cut(bay)
    found = await rows(bay, "dashboard")
    assert {one["value"] % 5 for one in found} == {0}
    report = await ask(
        bay, "dashboard", measure="spells", **{"from": "2019-01", "to": "2020-12", "include": "spc"}
    )
    charts = {one["community"]: one["spc"] for one in report["series"]}
    assert {one["community"]: one["mean"] for one in found} == {
        name: chart["mean"] for name, chart in charts.items()
    }
    await happened(bay, {"Z00001": [70]}, Month(2020, 12))
    assert await rows(bay, "dashboard") == found
    body = await seen(bay, MATRIX, "dashboard", reference="2020-12")
    assert body["protection"]["publication"] is not None


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"order": "beauty"}, 422, "enum"),
        ({"reference": "soon"}, 422, "date.format"),
        ({"measures": "unheard-of"}, 422, "code.unknown"),
        ({"level": "planet"}, 422, "enum"),
        ({"community": "atlantis"}, 422, "icc.unknown"),
        ({"community": "east", "level": "system"}, 422, "query.fields"),
        ({"as_at": "2999-01-01T00:00:00Z"}, 422, "date.future"),
        ({"format": "pdf"}, 422, "enum"),
        ({"measure": "spells"}, 400, "query.unknown"),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    bay: Running, asked: dict[str, Any], status: int, code: str
) -> None:
    answer = await look(bay, MATRIX, **asked)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert code in {problem["code"], *(one["code"] for one in problem.get("errors", ()))}


async def test_practices_are_for_those_whose_own_they_are(bay: Running) -> None:
    lead = {"communities": ("east",)}
    own = await look(
        bay, MATRIX, "case-manager", who=lead, level="practice", community="east", reference="2020-12"
    )
    assert [one["community"] for one in own.json()["items"]] == ["Z00001"]
    assert (await look(bay, MATRIX, "case-manager", who=lead, level="practice")).status_code == 403
    assert (await look(bay, MATRIX, "dashboard", level="practice")).status_code == 403
    assert (await send(bay, "POST", MATRIX, {}, "analyst")).status_code == 405
