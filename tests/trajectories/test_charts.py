"""Charts as pictures: the figures of the answer that the same caller gets, in a picture and in words."""

import asyncio
import csv
import io
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from services.trajectories.charts.readings import MODULE
from services.trajectories.spc.rare import is_rare, median_of, months_between
from shared.children import child_environment
from shared.months import Month
from shared.problems import Unavailable
from shared.service.makers import Maker
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.asking import ask
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import a_cell, publish
from tests.trajectories.shares.a_bay import a_bay, a_practice, approved, happened, planned, within
from tests.trajectories.writing import look, written

ASSESSED = "reablement-assessments"
QUARTER: dict[str, Any] = {"from": "2020-01", "to": "2020-03"}
SVG = "{http://www.w3.org/2000/svg}"


def path_of(form: str, measure: str = ASSESSED, community: str = "kendal") -> str:
    return f"/v1/performance/{measure}/{community}/chart.{form}"


async def svg(service: Running, role: str = "analyst", **asked: Any) -> ET.Element:
    """A chart as SVG, read as XML."""
    named = {name: asked.pop(name) for name in ("measure", "community") if name in asked}
    answer = await look(service, path_of("svg", **named), role, **{**QUARTER, **asked})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/svg+xml"
    return ET.fromstring(answer.text)  # noqa: S314 -- our own


def texts(picture: ET.Element) -> str:
    """All that is written on a picture."""
    return "\n".join(found.text or "" for found in picture.iter(f"{SVG}text") for found in found.iter())


def table(picture: ET.Element) -> list[list[str]]:
    """The figures that the description has, a row a point."""
    description = picture.findtext(f"{SVG}desc") or ""
    rows = list(csv.reader(io.StringIO(description), delimiter="|", skipinitialspace=True))
    header = next(at for at, row in enumerate(rows) if row and row[0].strip() == "Period")
    found = [[cell.strip() for cell in row] for row in rows[header + 1 :]]
    return [row for row in found if len(row) > 2]  # noqa: RUF100


def text_of(value: float | None, *, hidden: bool) -> str:
    if hidden:
        return "hidden"
    return "none" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


async def a_year(service: Running, counts: Sequence[int], place: str = "kendal") -> dict[str, Any]:
    """Assessments of so many months from January 2018 on."""
    months = [Month(2018, 1) + at for at in range(len(counts))]
    cells = [
        a_cell(ASSESSED, month, place, count, None, route="hospital")
        for month, count in zip(months, counts, strict=True)
    ]
    await publish(service, cells)
    return {"from": str(months[0]), "to": str(months[-1])}


@pytest.mark.parametrize("role", ["analyst", "dashboard"])
@pytest.mark.parametrize("grain", ["month", "quarter"])
async def test_a_chart_has_the_figures_of_the_answer_that_its_reader_gets(
    quarter: Running, role: str, grain: str
) -> None:
    body = await ask(quarter, role, community="kendal", grain=grain, include="spc")
    points = body["series"][0]["points"]
    picture = await svg(quarter, role, grain=grain)
    assert [row[1] for row in table(picture)] == [
        text_of(point["value"], hidden=point["suppressed"]) for point in points
    ]
    protected = "as published: 1 to 7 hidden" in texts(picture)
    assert protected is (body["protection"] is not None) is (role == "dashboard")


async def test_a_part_a_rate_and_other_rules_are_drawn_as_the_interface_answers_them(
    quarter: Running,
) -> None:
    body = await ask(quarter, community="kendal", breakdown="route")
    (hospital,) = [one for one in body["series"] if one["breakdown"] == {"route": "hospital"}]
    picture = await svg(quarter, breakdown="route", part="hospital")
    assert picture.findtext(f"{SVG}title") == "Reablement assessments completed: Kendal, route: hospital"
    assert [row[1] for row in table(picture)] == [str(one["value"]) for one in hospital["points"]]
    rates = await ask(quarter, community="kendal", per="1000-registered")
    picture = await svg(quarter, per="1000-registered")
    assert "assessments per 1,000 registered" in texts(picture)
    assert [row[1] for row in table(picture)] == [
        text_of(one["value"], hidden=False) for one in rates["series"][0]["points"]
    ]
    assert "(rules: Making data count)" in texts(await svg(quarter, profile="mdc-excel", run_length=6))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"breakdown": "route"}, "query.group_by"),
        ({"breakdown": "route", "part": "train"}, "query.group_by"),
        ({"breakdown": "colour", "part": "red"}, "query.group_by"),
        ({"part": "hospital"}, "query.group_by"),
        ({"run_length": 6}, "query.fields"),
        ({"profile": "mdc-excel", "run_length": 8}, "number.range"),
    ],
)
async def test_what_is_no_part_or_rule_is_told(quarter: Running, asked: dict[str, Any], code: str) -> None:
    answer = await look(quarter, path_of("svg"), **{**QUARTER, **asked})
    assert answer.status_code == 422
    assert [one["code"] for one in answer.json()["errors"]] == [code]


async def test_a_picture_says_what_it_shows(quarter: Running) -> None:
    picture = await svg(quarter)
    said = texts(picture)
    title = picture.findtext(f"{SVG}title") or ""
    assert "Kendal" in title
    assert title in said
    assert "Control chart (XmR) · assessments · Jan 2020 to Mar 2020 · n = 3 of 3 points" in said
    assert "Source: " in said
    assert "As known at 2020-04-09 10:00 UTC" in said
    assert "Mean 28.67, limits 10.05 to 47.29 (rules: NHS England, plot the dots)" in said
    assert "Trial limits" in said
    rates = await ask(quarter, community="kendal", measure="reablement-plan-rate")
    people = [point["denominator"] for point in rates["series"][0]["points"]]
    of = f"n = 3 of 3 points, each of {min(people)} to {max(people)}"
    assert of in texts(await svg(quarter, measure="reablement-plan-rate"))
    assert (picture.get("role"), picture.get("aria-labelledby")) == ("img", "title desc")


async def test_a_hidden_figure_is_neither_drawn_nor_told_and_no_limits_are_made_of_it(
    changing: Running,
) -> None:
    asked = await a_year(changing, [20, 12, 3, 30, 25, 18])
    await cut(changing)
    body = await ask(changing, "dashboard", community="kendal", include="spc", **asked)
    assert [point["suppressed"] for point in body["series"][0]["points"]].count(True) > 0
    assert (body["series"][0]["spc"], body["series"][0]["chart_kind"]) == (None, None)
    picture = await svg(changing, "dashboard", **asked)
    shown = [point["value"] for point in body["series"][0]["points"] if point["value"] is not None]
    drawn = [one for one in picture.iter(f"{SVG}path") if one.get("aria-roledescription") == "point"]
    assert len(drawn) == len(shown)
    assert "No limits are drawn" in texts(picture)
    assert "* hidden" in texts(picture)
    assert [row[1] for row in table(picture)] == [
        text_of(point["value"], hidden=point["suppressed"]) for point in body["series"][0]["points"]
    ]


async def test_lines_differ_by_dashes_and_signals_by_shape(changing: Running) -> None:
    asked = await a_year(changing, [20, 22, 19, 21, 20, 22, 19, 21, 20, 22, 19, 21, 60])
    picture = await svg(changing, **asked)
    lines = [one for one in picture.iter(f"{SVG}path") if one.get("aria-roledescription") == "line mark"]
    dashes = {one.get("stroke-dasharray") for one in lines}
    assert {"1,0", "2,3"} <= dashes
    signals = {row[5] for row in table(picture) if len(row) > 5}
    points = [one for one in picture.iter(f"{SVG}path") if one.get("aria-roledescription") == "point"]
    outlines = {re.sub(r"[-0-9.,]+", "", one.get("d", "")) for one in points}
    assert signals == {"Concern", "Improvement"}
    assert len(outlines) == len(signals)


async def test_counts_under_five_a_month_are_a_run_chart_with_their_median(changing: Running) -> None:
    asked = await a_year(changing, [3, 0, 4, 2, 6, 1, 3, 2])
    body = await ask(changing, community="kendal", include="spc", **asked)
    series = body["series"][0]
    assert (series["chart_kind"], series["spc"]["median"]) == ("run", 2.5)
    said = texts(await svg(changing, **asked))
    assert "Run chart · " in said
    assert "Median 2.5. Under five a month: too few for limits." in said
    assert "limits " not in said.replace("for limits", "")


async def test_events_that_have_a_month_each_are_drawn_by_the_time_between_them(changing: Running) -> None:
    counts = [1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1]
    asked = await a_year(changing, counts)
    body = await ask(changing, community="kendal", include="spc", **asked)
    series = body["series"][0]
    assert series["chart_kind"] == "t"
    assert [one["months"] for one in series["spc"]["between"]["points"]] == [3, 2, 5, 1, 3, 4, 2, 3]
    picture = await svg(changing, **asked)
    said = texts(picture)
    assert "t chart: months between events" in said
    between = series["spc"]["between"]
    limits = f"{between['lower']:.1f} to {between['upper']:.1f} months"
    assert f"Centre {between['centre']:.1f}, limits {limits}" in said
    assert "Apr 2018 | 3" in (picture.findtext(f"{SVG}desc") or "")


@pytest.fixture
async def planned_bay(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """One community with a twentieth of the spells, one with the rest; shares in force from April 2020."""
    practices = [a_practice("Z00001", within("east")), a_practice("Z00002", within("west"))]
    async with a_bay(databases, tmp_path, practices) as made:
        await happened(made, {"Z00001": [50, 52, 49, 51] * 4, "Z00002": [950] * 16}, Month(2019, 4))
        await planned(made)
        await approved(made)
        yield made


async def test_notes_trajectories_and_targets_stand_on_the_chart(planned_bay: Running) -> None:
    text = "<script>x</script> & more"
    note = {"measure": "spells", "community": "east", "month": "2020-02", "kind": "rebase", "text": text}
    await written(planned_bay, "POST", "/v1/annotations", note)
    target = {"measure": "spells", "community": "east", "period": "2020-05", "kind": "value", "value": 25}
    await written(planned_bay, "PUT", "/v1/targets", {**target, "unit": "count"})
    asked = {"from": "2019-04", "to": "2020-07", "measure": "spells", "community": "east"}
    picture = await svg(planned_bay, **asked)
    said = texts(picture)
    assert f"Feb 2020, rebase: {text}" in said
    assert not [*picture.iter(f"{SVG}script")]
    assert {"Trajectory", "Target", "Limits", "Mean"} <= set(said.split("\n"))
    body = await ask(planned_bay, **asked, include="spc,target,trajectory")
    series = body["series"][0]
    assert len(series["spc"]["groups"]) == 2
    beside = [(point["trajectory"], point["target"]) for point in series["points"]]
    assert [tuple(int(cell) if cell else None for cell in row[2:4]) for row in table(picture)] == beside
    assert any(trajectory is not None and target is not None for trajectory, target in beside)


async def test_a_picture_is_kept_tagged_and_recorded(quarter: Running) -> None:
    counted = "select detail->>'format' as form from audit where event = 'performance.exported' order by arrival desc limit 1"
    first = await look(quarter, path_of("png"), **QUARTER)
    assert first.content.startswith(b"\x89PNG")
    assert (first.headers["content-type"], first.headers["cache-control"]) == ("image/png", "private")
    assert [row["form"] for row in await quarter.rows(counted)] == ["png"]
    headers = {**quarter.token("analyst", communities=("*",)), "If-None-Match": first.headers["etag"]}
    again = await quarter.client.get(path_of("png"), params=QUARTER, headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    quarter.app.state.reporting.kept.clear()
    assert (await look(quarter, path_of("png"), **QUARTER)).content == first.content
    protected = await look(quarter, path_of("png"), "dashboard", **QUARTER)
    assert protected.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(
    ("role", "path", "asked", "told"),
    [
        ("analyst", path_of("svg", measure="none-such"), {}, (404, "not_found")),
        ("analyst", path_of("svg", community="nowhere"), {}, (422, "icc.unknown")),
        ("analyst", path_of("gif"), {}, (422, "enum")),
        ("analyst", path_of("svg"), {"to": "2010-01"}, (422, "date.order")),
        ("analyst", path_of("svg"), {"colour": "red"}, (400, "query.unknown")),
        ("dashboard", path_of("svg"), {"grain": "rolling12"}, (422, "query.group_by")),
        ("dashboard", path_of("svg", community="A82026"), {}, (403, "scope")),
    ],
)
async def test_what_cannot_be_drawn_is_refused_with_a_code(
    quarter: Running, role: str, path: str, asked: dict[str, Any], told: tuple[int, str]
) -> None:
    answer = await look(quarter, path, role, **{**QUARTER, **asked})
    assert (answer.status_code, answer.json()["code"]) == told


async def test_a_chart_of_a_place_without_any_figure_says_so(quarter: Running) -> None:
    picture = await svg(quarter, measure="carers-identified", community="millom")
    assert "n = 0 of 3 points" in texts(picture)
    assert {row[1] for row in table(picture)} == {"none"}
    answer = await look(quarter, path_of("png", "carers-identified", "millom"), **QUARTER)
    assert answer.content.startswith(b"\x89PNG")


async def test_a_painter_that_takes_too_long_is_killed_and_answered_503() -> None:
    with pytest.raises(Unavailable):
        await Maker(asyncio.Semaphore(1), wall_seconds=0.001).make(MODULE, {})


WITHOUT_HOME = """
import pwd
def nobody(_):
    raise KeyError
pwd.getpwuid = nobody
import services.trajectories.charts.draw_child as child
print(child.drawn.__name__)
"""


def test_an_account_without_a_home_can_draw() -> None:
    """As the one of readers has none."""
    words = [sys.executable, "-c", WITHOUT_HOME]
    said = subprocess.run(words, env=child_environment(), capture_output=True, text=True, check=False)
    assert (said.stdout, said.stderr) == ("drawn\n", "")


def test_rare_counts_their_median_and_the_time_between_events() -> None:
    assert is_rare(9, 2)
    assert not is_rare(10, 2)
    assert median_of([Fraction(9), Fraction(1), Fraction(3)]) == 3
    assert months_between([1, 0, 2, *[1] * 9]) is None
    assert months_between([1, None, *[1] * 9]) is None
    assert months_between([1] * 8) is None
    found = months_between([1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1])
    assert found is not None
    assert [months for _, months in found.gaps] == [2, 1, 2, 1, 2, 1, 2, 1]
    # Twos are 1.2123 to the power of 1/3.6, ones are 1: mean 1.1062, mean moving range 0.2123.
    assert (round(found.centre, 2), round(found.upper, 2), round(found.lower, 2)) == (1.44, 6.35, 0.11)
