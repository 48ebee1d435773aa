"""A measure's page: the figures, chart and files that the same caller gets by the interface."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running, running
from tests.trajectories.asking import ask
from tests.trajectories.pages import Element, read_page, table_of
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import publish, quarter_cells
from tests.trajectories.shares.a_bay import a_bay, a_practice, happened, within
from tests.trajectories.writing import look, written

KEY = "reablement-assessments"
KENDAL: dict[str, Any] = {"community": "kendal", "reference": "2020-03", "months": 12}
STEADY = [50, 52, 49, 51, 50, 53]


async def measure(service: Running, key: str = KEY, role: str = "analyst", **asked: Any) -> Element:
    answer = await look(service, f"/measures/{key}", role, **asked)
    assert answer.status_code == 200, answer.text
    return read_page(answer.text)


def months(page: Element) -> dict[str, dict[str, str]]:
    return {row["Month"]: row for row in table_of(page, class_="app-months")}


async def test_the_table_has_the_figures_of_the_report(quarter: Running) -> None:
    page = await measure(quarter, **KENDAL)
    report = await ask(quarter, community="kendal")
    assert [point["value"] for point in report["series"][0]["points"]] == [27, 24, 35]
    found = months(page)
    names = ("January 2020", "February 2020", "March 2020")
    assert [found[name]["Value"] for name in names] == ["27", "24", "35"]
    assert found["December 2019"]["Value"] == "not supplied"
    assert len(found) == 12
    assert page.one("p", class_="app-latest").text == "35 in March 2020"


async def test_every_community_stands_beside_it(quarter: Running) -> None:
    page = await measure(quarter, reference="2020-03")
    report = await ask(quarter, **{"from": "2020-03"})
    values = {one["community"]: one["points"][0]["value"] for one in report["series"]}
    found = {row["Community"]: row["Latest"] for row in table_of(page, class_="app-communities")}
    assert found["Barrow"] == str(values["barrow"]) == "47"
    assert found["Lancaster"] == "not supplied"
    assert len(found) == len(values) == 8
    assert page.one("p", class_="app-latest").text == "179 in March 2020 (partial)"


async def test_what_is_hidden_is_said_and_never_blank(quarter: Running) -> None:
    page = await measure(quarter, role="dashboard", **KENDAL)
    report = await ask(quarter, "dashboard", community="kendal")
    points = report["series"][0]["points"]
    shown = [months(page)[name]["Value"] for name in ("January 2020", "February 2020", "March 2020")]
    for cell, point in zip(shown, points, strict=True):
        assert cell == str(point["value"]) or (point["suppressed"] and cell.startswith("hidden: a small"))
    assert [point["value"] for point in points] != [27, 24, 35]
    assert "Figures as they were published" in page.one("main").text


async def test_a_rate_shows_its_parts(quarter: Running) -> None:
    page = await measure(quarter, "reablement-plan-rate", **KENDAL)
    report = await ask(quarter, measure="reablement-plan-rate", community="kendal")
    (march,) = [one for one in report["series"][0]["points"] if one["month"] == "2020-03"]
    row = months(page)["March 2020"]
    assert row["Of"] == f"{march['numerator']} of {march['denominator']}"
    assert row["Value"] == f"{march['value'] * 100:.1f}%".replace(".0%", "%")


async def test_its_files_are_those_of_the_report(quarter: Running) -> None:
    page = await measure(quarter, **KENDAL)
    links = {one.text: one.attributes["href"] for one in page.one("p", class_="app-take").all("a")}
    answer = await quarter.client.get(
        links["figures as CSV"], headers=quarter.token("analyst", communities=("*",))
    )
    table = [row for row in csv.DictReader(io.StringIO(answer.text)) if row["month"] >= "2020-01"]
    assert [row["value"] for row in table] == ["27", "24", "35"]
    name = f"{KEY}-kendal-2019-04-2020-03.csv"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    book = await quarter.client.get(
        links["as a workbook"], headers=quarter.token("analyst", communities=("*",))
    )
    assert book.content.startswith(b"PK")


async def test_its_chart_is_that_of_the_interface(quarter: Running) -> None:
    page = await measure(quarter, **KENDAL)
    source = page.one("div", class_="app-chart").one("img").attributes["src"]
    shown = await quarter.client.get(source, headers=quarter.token("analyst", communities=("*",)))
    asked: dict[str, Any] = {"from": "2019-04", "to": "2020-03"}
    drawn = await look(quarter, f"/v1/performance/{KEY}/kendal/chart.svg", **asked)
    assert shown.headers["content-type"] == "image/svg+xml"
    assert shown.content == drawn.content


async def test_what_the_measure_is_stands_on_the_page(quarter: Running) -> None:
    page = await measure(quarter, **KENDAL)
    facts = {
        one.one("dt").text: one.one("dd").text for one in page.one("dl").inside if isinstance(one, Element)
    }
    about = (await look(quarter, f"/v1/measures/{KEY}")).json()
    assert facts["What it is"] == " ".join(about["definition"].split())
    assert facts["Source"] == about["source"]
    assert facts["Direction"] == "More is better"


async def test_every_measure_is_listed_with_its_definition(quarter: Running) -> None:
    page = read_page((await look(quarter, "/measures")).text)
    listed = [one.attributes["id"] for one in page.all("section", class_="app-card")]
    about = (await look(quarter, "/v1/measures")).json()["items"]
    assert listed == [one["key"] for one in about]


async def test_trajectory_notes_and_commentaries_stand_beside_the_figures(
    databases: Databases, tmp_path: Path
) -> None:
    practices = [a_practice("Z00001", within("east")), a_practice("Z00002", within("west"))]
    async with a_bay(databases, tmp_path, practices) as service:
        await happened(service, {"Z00001": STEADY * 4, "Z00002": STEADY * 4}, Month(2019, 1))
        note = {
            "measure": "spells",
            "community": "east",
            "month": "2020-06",
            "kind": "event",
            "text": "A ward closed.",
        }
        said = {"measure": "spells", "community": "east", "period": "2020-06", "text": "We know <why>."}
        await written(service, "POST", "/v1/annotations", note)
        await written(service, "POST", "/v1/commentaries", said)
        page = await measure(service, "spells", community="east", reference="2020-12")
        assert "June 2020: A ward closed." in page.one("main").text
        assert page.one("blockquote").one("p").text == "We know <why>."
        assert list((await measure(service, "spells", community="west")).all("blockquote")) == []


async def test_everybody_sees_published_figures_and_nothing_that_was_written(
    databases: Databases, tmp_path: Path
) -> None:
    async with (
        databases.lend("trajectories") as url,
        running(
            "trajectories", database_url=url, data_dir=tmp_path, settings={"public_dashboard": "protected"}
        ) as service,
    ):
        await publish(service, quarter_cells())
        await cut(service)
        said = {"measure": KEY, "community": "kendal", "period": "2020-03", "text": "For us."}
        await written(service, "POST", "/v1/commentaries", said)
        note = {"month": "2020-03", "kind": "event", "text": "A ward closed."}
        await written(service, "POST", "/v1/annotations", note)
        answer = await service.client.get(f"/measures/{KEY}", params=KENDAL)
        assert answer.status_code == 200
        page = read_page(answer.text)
        assert "For us." not in page.text
        exact = read_page((await look(service, f"/measures/{KEY}", **KENDAL)).text)
        assert "For us." in exact.text
        assert months(page)["March 2020"]["Value"] == "35"
        assert months(page)["January 2020"]["Value"] == "25"
        table = await service.client.get(f"/measures/{KEY}/figures.csv", params=KENDAL)
        assert [row["value"] for row in csv.DictReader(io.StringIO(table.text))][-3:] == ["25", "25", "35"]
        assert "A ward closed." not in table.text
        signed = await look(service, f"/measures/{KEY}/figures.csv", **KENDAL)
        assert "A ward closed." in signed.text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/measures/unheard-of", 404),
        (f"/measures/{KEY}?community=atlantis", 422),
        (f"/measures/{KEY}?months=7", 422),
        (f"/measures/{KEY}?reference=soon", 422),
        (f"/measures/{KEY}?colour=red", 400),
        (f"/measures/{KEY}/chart.gif", 422),
    ],
)
async def test_what_cannot_be_shown_is_told_on_a_page(quarter: Running, address: str, status: int) -> None:
    answer = await quarter.client.get(address, headers=quarter.token("analyst", communities=("*",)))
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")


async def test_practices_are_shown_to_those_whose_own_they_are(quarter: Running) -> None:
    answer = await look(quarter, "/measures/non-elective-admissions", "dashboard", community="A82026")
    assert answer.status_code == 403
    assert read_page(answer.text).one("h1").text
