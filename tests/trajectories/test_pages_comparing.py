"""On a measure's page: how communities compare, and what a figure is made of."""

import csv
import io
from typing import Any

import pytest

from tests.support.running import Running
from tests.trajectories.asking import ask
from tests.trajectories.pages import Element, read_page, table_of
from tests.trajectories.writing import look, seen

KEY = "reablement-assessments"
RATE = "reablement-plan-rate"
ASKED: dict[str, Any] = {"community": "kendal", "reference": "2020-03", "months": 12}


async def measure(service: Running, key: str, role: str = "analyst", **asked: Any) -> Element:
    answer = await look(service, f"/measures/{key}", role, **{**ASKED, **asked})
    assert answer.status_code == 200, answer.text
    return read_page(answer.text)


@pytest.mark.parametrize("role", ["analyst", "dashboard"])
async def test_communities_are_compared_as_the_interface_compares_them(quarter: Running, role: str) -> None:
    page = await measure(quarter, RATE, role)
    told = await seen(quarter, "/v1/performance/compare", role, measure=RATE, period="2019-20-Q4")
    found = {row["Community"]: row for row in table_of(page, class_="app-compare")}
    assert list(found) == [one["name"] for one in told["items"]]
    for one in told["items"]:
        if one["value"] is not None:
            assert float(found[one["name"]]["Rate"].rstrip("%")) == pytest.approx(
                one["value"] * 100, abs=0.06
            )
            low, high = (float(end.rstrip("%")) for end in found[one["name"]]["Between"].split(" to "))
            assert (low, high) == pytest.approx((one["lower"] * 100, one["upper"] * 100), abs=0.06)
    assert found["Lancaster"]["Rate"] == "not supplied"


async def test_what_is_not_compared_has_no_comparison(quarter: Running) -> None:
    page = await measure(quarter, "team-functioning-mean")
    assert list(page.all("table", class_="app-compare")) == []


@pytest.mark.parametrize("role", ["analyst", "dashboard"])
async def test_a_figure_is_shown_by_the_values_of_a_breakdown(quarter: Running, role: str) -> None:
    page = await measure(quarter, KEY, role, breakdown="route")
    asked = {"community": "kendal", "breakdown": "route", "grain": "quarter"}
    report = await ask(quarter, role, **asked)
    rows = {row["Route"]: row["2019-20 Q4"] for row in table_of(page, class_="app-parts")}
    names = {"community": "Community", "community-bed": "Community bed", "hospital": "Hospital"}
    for series in report["series"]:
        name, point = names.get(series["breakdown"]["route"], "Not recorded"), series["points"][0]
        if point["suppressed"]:
            assert rows[name].startswith("hidden: a small number")
        else:
            assert rows[name] == str(point["value"])
    assert len(rows) == len(report["series"]) == 4
    links = {one.text for one in page.one("ul", class_="app-ways").all("a")}
    assert links == {"By route"}


async def test_parts_are_taken_away_and_drawn_one_by_one(quarter: Running) -> None:
    page = await measure(quarter, KEY)
    ways = {one.text: one.attributes["href"] for one in page.one("main").all("a")}
    who = quarter.token("analyst", communities=("*",))
    table = await quarter.client.get(ways["by route as CSV"], headers=who)
    found = {
        row["value_of_breakdown"]: row["value"]
        for row in csv.DictReader(io.StringIO(table.text))
        if row["period"] == "2019-20-Q4"
    }
    shown = {row["Route"]: row["2019-20 Q4"] for row in table_of(page, class_="app-parts")}
    assert found == {name.lower().replace(" ", "-"): value for name, value in shown.items()}
    part = read_page((await quarter.client.get(ways["Hospital"], headers=who)).text)
    assert part.one("h1").text.startswith("Reablement assessments completed: route hospital")
    assert f"/measures/{KEY}?" in next(iter(part.one("main").all("a"))).attributes["href"]
    drawn = await quarter.client.get(part.one("img").attributes["src"], headers=who)
    asked: dict[str, Any] = {"from": "2019-04", "to": "2020-03", "breakdown": "route", "part": "hospital"}
    assert drawn.content == (await look(quarter, f"/v1/performance/{KEY}/kendal/chart.svg", **asked)).content
    files = {one.attributes.get("download") for one in part.one("p", class_="app-take").all("a")}
    assert files == {f"{KEY}-kendal-2019-04-2020-03-route-hospital.{form}" for form in ("svg", "png")}


async def test_a_part_is_shown_by_quarter_to_whom_nothing_is_published_of_its_months(
    quarter: Running,
) -> None:
    asked: dict[str, Any] = {"breakdown": "route", "part": "hospital"}
    page = await measure(quarter, KEY, "dashboard", **asked)
    shown = {row["Quarter"]: row["Value"] for row in table_of(page, class_="app-part")}
    report = await ask(quarter, "dashboard", community="kendal", breakdown="route", grain="quarter")
    (hospital,) = [one for one in report["series"] if one["breakdown"]["route"] == "hospital"]
    (point,) = hospital["points"]
    assert not point["suppressed"]
    assert shown["2019-20 Q4"] == str(point["value"])
    drawn = await look(quarter, page.one("img").attributes["src"], "dashboard")
    assert drawn.status_code == 200
    unknown = await look(quarter, f"/measures/{KEY}", **{**ASKED, "breakdown": "route", "part": "train"})
    assert unknown.status_code == 422


async def test_what_is_counted_and_judged_another_way_is_that_of_the_interface(quarter: Running) -> None:
    page = await measure(quarter, KEY, per="1000-registered", rules="mdc-excel-6")
    report = await ask(quarter, community="kendal", per="1000-registered")
    shown = {row["Month"]: row["Value"] for row in table_of(page, class_="app-months")}
    assert float(shown["March 2020"]) == pytest.approx(report["series"][0]["points"][-1]["value"], abs=0.06)
    assert "Unit: assessments per 1,000 registered" in page.one("h1").text
    source = page.one("div", class_="app-chart").one("img").attributes["src"]
    drawn = await quarter.client.get(source, headers=quarter.token("analyst", communities=("*",)))
    about: dict[str, Any] = {"from": "2019-04", "to": "2020-03", "per": "1000-registered"}
    rules: dict[str, Any] = {"profile": "mdc-excel", "run_length": 6}
    told = await look(quarter, f"/v1/performance/{KEY}/kendal/chart.svg", **about, **rules)
    assert drawn.content == told.content
    refused = await look(quarter, f"/measures/{RATE}", **{**ASKED, "per": "day"})
    assert refused.status_code == 422


async def test_a_breakdown_that_there_is_not_is_told(quarter: Running) -> None:
    answer = await look(quarter, f"/measures/{KEY}", **{**ASKED, "breakdown": "colour"})
    assert answer.status_code == 422
    assert "It is broken down by route." in read_page(answer.text).one("main").text


async def test_a_page_that_is_asked_for_again_is_the_same_until_a_figure_comes(quarter: Running) -> None:
    first = await look(quarter, f"/measures/{KEY}", **ASKED)
    reads = "select from audit where event = 'performance.read'"
    before = len(await quarter.rows(reads))
    again = await look(quarter, f"/measures/{KEY}", **ASKED)
    assert read_page(again.text).one("main").text == read_page(first.text).one("main").text
    assert len(await quarter.rows(reads)) == before + 1
