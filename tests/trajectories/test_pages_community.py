"""A community's page: its figures, and what is written of it, as far as the reader may read it by the interface."""

import csv
import io
from typing import Any

import pytest

from shared.months import Month
from tests.support.running import Running
from tests.trajectories.asking import ask
from tests.trajectories.pages import Element, read_page, table_of
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import a_cell, publish
from tests.trajectories.writing import look, seen, written

KEY = "reablement-assessments"
LEAD: dict[str, Any] = {"communities": ("kendal",)}


async def community(service: Running, slug: str = "kendal", role: str = "analyst", **asked: Any) -> Element:
    answer = await look(service, f"/communities/{slug}", role, **{"reference": "2020-03", **asked})
    assert answer.status_code == 200, answer.text
    return read_page(answer.text)


async def test_every_measure_with_a_figure_stands_on_it(quarter: Running) -> None:
    page = await community(quarter)
    found = {row["Measure"]: row for row in table_of(page, class_="app-measures")}
    asked = {"community": "kendal", "level": "icc", "reference": "2020-03"}
    items = (await seen(quarter, "/v1/performance/matrix", **asked))["items"]
    assert set(found) == {one["title"] for one in items if one["value"] is not None}
    report = await ask(quarter, community="kendal", **{"from": "2020-03"})
    assert found["Reablement assessments completed"]["Latest"] == "35"
    link = next(iter(page.one("p", class_="app-take").all("a"))).attributes["href"]
    table = await quarter.client.get(link, headers=quarter.token("analyst", communities=("*",)))
    taken = {row["title"]: row["value"] for row in csv.DictReader(io.StringIO(table.text))}
    assert set(taken) == set(found)
    assert taken["Reablement assessments completed"] == "35"
    assert report["series"][0]["points"][0]["value"] == 35


async def test_an_area_has_a_page_of_its_own_with_its_communities(quarter: Running) -> None:
    page = await community(quarter, "south-cumbria")
    found = {row["Measure"]: row for row in table_of(page, class_="app-measures")}
    report = await ask(quarter, community="south-cumbria", **{"from": "2020-03"})
    assert found["Reablement assessments completed"]["Latest"] == str(
        report["series"][0]["points"][0]["value"]
    )
    links = {one.attributes["href"].partition("?")[0] for one in page.one("main").all("a")}
    assert "/communities/kendal" in links


async def test_people_and_practices_are_those_of_the_registry(quarter: Running) -> None:
    page = await community(quarter)
    about = await seen(quarter, "/v1/communities/kendal", as_at="2020-03-01")
    registered = about["population"]["registered"]
    assert (
        f"{registered['people']:,} people registered with {registered['practices']} practices"
        in page.one("h1").text
    )
    for practice in about["practices"]:
        assert practice["name"] in page.text


async def test_profile_plan_targets_and_commentaries_are_for_those_who_may_read_them(
    changing: Running,
) -> None:
    target = {
        "community": "kendal",
        "measure": KEY,
        "period": "2020-03",
        "kind": "value",
        "value": 40,
        "unit": "count",
    }
    plan = {
        "status": "agreed",
        "objectives": [{"core_function": "self-care", "text": "Teach <more> people.", "owner": "A lead"}],
        "workforce": [{"role": "Case manager", "funded_wte": 2.5, "in_post_wte": 2.0}],
    }
    profile = {
        "indicators": [
            {
                "key": "aged-80",
                "title": "Aged 80 and over",
                "value": 8.2,
                "unit": "percent",
                "comparator": {"place": "England", "value": 5.9},
                "period": "2019-20",
                "source": "The report",
            }
        ]
    }
    said = {"measure": KEY, "community": "kendal", "period": "2020-03", "text": "A therapist left."}
    answered = await written(changing, "PUT", "/v1/targets", target, who=LEAD)
    await written(changing, "PUT", "/v1/annual-plans/kendal/2020-21", plan, who=LEAD)
    await written(changing, "PUT", "/v1/profiles/kendal", profile, who=LEAD)
    await written(changing, "POST", "/v1/commentaries", said, who=LEAD)

    page = await community(changing, role="development-lead", who=LEAD)
    (row,) = table_of(page, class_="app-targets")
    assert (row["Target"], row["So far"]) == ("40", "35")
    assert row["How far it is"] == answered["progress"]
    words = page.one("main").text
    assert "Teach <more> people." in words
    assert "8.2%, England 5.9%" in words
    assert page.one("blockquote").one("p").text == "A therapist left."

    other = (await community(changing, role="development-lead", who={"communities": ("barrow",)})).text
    assert "Teach <more> people." not in other
    assert "8.2%" not in other
    assert "A therapist left." in other
    shown = (await community(changing, role="dashboard")).text
    assert "Teach <more> people." not in shown


async def test_what_is_missing_and_what_is_noted_of_its_figures_is_told(changing: Running) -> None:
    note = {"measure": KEY, "community": "kendal", "month": "2020-02", "kind": "data-quality"}
    await written(changing, "POST", "/v1/annotations", {**note, "text": "A bed was counted twice."})
    event = {"community": "kendal", "month": "2020-01", "kind": "event", "text": "A falls programme began."}
    await written(changing, "POST", "/v1/annotations", event)
    page = await community(changing)
    found = {row["Measure"]: row for row in table_of(page, class_="app-quality")}
    line = found["Reablement assessments completed"]
    assert line["Months that came"] == "3 of 24"
    assert line["What is to be known"] == "Missing: Apr 2018 to Dec 2019"
    words = page.one("main").text
    assert "February 2020, reablement assessments completed: A bed was counted twice." in words
    assert "What happened January 2020: A falls programme began." in words
    assert "none came of: non-elective admissions" in words
    later = await community(changing, reference="2020-05")
    found = {row["Measure"]: row for row in table_of(later, class_="app-quality")}
    assert found["Reablement assessments completed"]["What is to be known"].startswith("2 months behind")


async def test_what_waits_is_shown_stage_by_stage(changing: Running) -> None:
    assert list((await community(changing)).all("table", class_="app-waiting")) == []
    counted = {"triage": (12, 3), "mdt-action": (9, 0), "review": (0, 0)}
    cells = [
        a_cell(key, Month(2020, 3), "kendal", number, None, stage=stage)
        for stage, numbers in counted.items()
        for key, number in zip(("worklist-waiting", "worklist-overdue"), numbers, strict=True)
    ]
    await publish(changing, cells)
    page = await community(changing)
    assert page.one("h2", id="waiting").text == "Waiting and overdue, at the end of March 2020"
    assert [list(row.values()) for row in table_of(page, class_="app-waiting")] == [
        ["Triage", "12", "3"],
        ["An action of a meeting", "9", "0"],
    ]
    await cut(changing)
    shown = table_of(await community(changing, role="dashboard"), class_="app-waiting")
    assert [row["Items"] for row in shown if row["Waiting for"] == "Triage"] == ["10"]
    hidden = [row["Overdue among them"] for row in shown if row["Waiting for"] == "Triage"]
    assert hidden[0].startswith("hidden: a small number")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/communities/atlantis", 404),
        ("/communities/A82026", 404),
        ("/communities/kendal?reference=soon", 422),
        ("/communities/kendal?colour=red", 400),
    ],
)
async def test_what_is_no_community_has_no_page(quarter: Running, address: str, status: int) -> None:
    answer = await quarter.client.get(address, headers=quarter.token("analyst", communities=("*",)))
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_reading_of_exact_figures_is_recorded(changing: Running) -> None:
    before = len(await changing.rows("select from audit where event = 'performance.read'"))
    await community(changing)
    assert len(await changing.rows("select from audit where event = 'performance.read'")) == before + 1
