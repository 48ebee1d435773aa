"""The report as JSON, CSV and workbook: the same figures in each, chosen by name or by `Accept`, with one entity tag."""

import csv
import io
import json
from typing import Any

import openpyxl
import pytest

from services.trajectories.performance.renderings import CHARTED
from shared.months import Month
from tests.support.running import Running
from tests.trajectories.asking import ASSESSMENTS, ask, get
from tests.trajectories.quarter import a_cell, publish


@pytest.mark.parametrize("role", ["analyst", "dashboard"])
@pytest.mark.parametrize("breakdown", [None, "route"])
async def test_csv_and_workbook_show_what_json_shows(
    quarter: Running, role: str, breakdown: str | None
) -> None:
    asked: dict[str, Any] = {"community": "kendal,millom,south-cumbria", "breakdown": breakdown}
    asked["grain"] = "quarter" if breakdown else "month"
    body = await ask(quarter, role, **asked)
    expected = [
        (
            series["community"],
            (series["breakdown"] or {}).get("route"),
            point["month"],
            "*" if point["suppressed"] else point["value"],
            point["suppressed"],
            point["status"],
        )
        for series in body["series"]
        for point in series["points"]
    ]
    text = (await get(quarter, role, **asked, format="csv")).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [
        (
            row["community"],
            row["value_of_breakdown"] or None,
            row["month"],
            row["value"] if row["value"] == "*" else (int(row["value"]) if row["value"] else None),
            row["suppressed"] == "true",
            row["status"],
        )
        for row in rows
    ] == expected
    content = (await get(quarter, role, **asked, format="xlsx")).content
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Figures"]
    header, *lines = list(sheet.iter_rows(values_only=True))
    named = [dict(zip(header, line, strict=True)) for line in lines]
    assert [
        (
            one["community"],
            one["value_of_breakdown"],
            one["month"],
            one["value"],
            one["suppressed"],
            one["status"],
        )
        for one in named
    ] == expected


NAMES = {
    "kendal": "Kendal",
    "morecambe-bay": "Morecambe Bay",
    "unassigned": "ICC to be confirmed",
    "A82026": "The James Cochrane Practice",
    "pcn:U35939": "Kendal PCN",
    "council:cumbria": "Cumbria County Council",
}


async def test_tables_name_each_place_beside_its_slug(quarter: Running) -> None:
    asked: dict[str, Any] = {"community": ",".join(NAMES), "from": "2020-01", "to": "2020-01"}
    text = (await get(quarter, **asked, format="csv")).text
    content = (await get(quarter, **asked, format="xlsx")).content
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Figures"]
    header, *lines = list(sheet.iter_rows(values_only=True))
    told = {row["community"]: row["community_name"] for row in csv.DictReader(io.StringIO(text))}
    assert told == {line[header.index("community")]: line[header.index("community_name")] for line in lines}
    assert told == NAMES


async def test_a_rate_is_the_same_number_in_every_format(changing: Running) -> None:
    cells = [
        a_cell("reablement-outcomes", Month(2021, 1), "kendal", count, outcome=outcome)
        for outcome, count in {"plan": 1, "refused": 6}.items()
    ]
    await publish(changing, cells)
    asked: dict[str, Any] = {
        "measure": "reablement-plan-rate",
        "community": "kendal",
        "from": "2021-01",
        "to": "2021-01",
        "compare": "previous-year",
    }
    point = (await ask(changing, **asked))["series"][0]["points"][0]
    shown = (point["value"], point["previous"]["value"])
    assert shown[0] == 1 / 7
    (row,) = csv.DictReader(io.StringIO((await get(changing, **asked, format="csv")).text))
    assert (float(row["value"]), float(row["previous_year"])) == shown
    content = (await get(changing, **asked, format="xlsx")).content
    header, line = openpyxl.load_workbook(io.BytesIO(content))["Figures"].iter_rows(values_only=True)
    cell = dict(zip(header, line, strict=True))
    assert (cell["value"], cell["previous_year"]) == shown


@pytest.mark.parametrize("role", ["analyst", "dashboard"])
async def test_tables_have_the_chart_where_it_is_asked_for(quarter: Running, role: str) -> None:
    asked: dict[str, Any] = {"community": "kendal,millom", "include": "spc"}
    series = (await ask(quarter, role, **asked))["series"]
    charts = [one["spc"] or {"points": [{}] * 3} for one in series]
    expected = [
        [chart.get(name) for name in ("mean", "lower", "upper")]
        + [point.get("type"), point.get("rule"), chart.get("variation"), chart.get("assurance")]
        for chart in charts
        for point in chart["points"]
    ]
    content = (await get(quarter, role, **asked, format="xlsx")).content
    header, *lines = openpyxl.load_workbook(io.BytesIO(content))["Figures"].iter_rows(values_only=True)
    assert header[-len(CHARTED) :] == CHARTED
    assert [list(line[-len(CHARTED) :]) for line in lines] == expected
    assert expected[0][0] == pytest.approx(85 / 3 if role == "dashboard" else 86 / 3)
    rows = csv.reader(io.StringIO((await get(quarter, role, **asked, format="csv")).text))
    told = [row[-len(CHARTED) :] for row in rows][1:]
    assert [[row[0], *row[3:]] for row in told] == [
        ["" if cell is None else str(cell) for cell in (row[0], *row[3:])] for row in expected
    ]
    without = csv.DictReader(io.StringIO((await get(quarter, role, format="csv")).text))
    assert not set(CHARTED).intersection(without.fieldnames or ())


@pytest.mark.parametrize(
    ("grain", "period"), [("month", "2020-03"), ("quarter", "2019-20-Q4"), ("year", "2019-20")]
)
async def test_each_point_names_its_period(quarter: Running, grain: str, period: str) -> None:
    asked: dict[str, Any] = {"community": "kendal", "from": "2019-04", "grain": grain}
    assert (await ask(quarter, **asked))["series"][0]["points"][-1]["period"] == period
    rows = list(csv.DictReader(io.StringIO((await get(quarter, **asked, format="csv")).text)))
    assert rows[-1]["period"] == period


async def test_equal_answers_have_equal_bytes_in_every_format(quarter: Running) -> None:
    for form in ("json", "csv", "xlsx"):
        first = await get(quarter, format=form)
        quarter.app.state.reporting.kept.clear()
        assert (await get(quarter, format=form)).content == first.content


async def test_a_matching_etag_is_answered_304_without_a_body(quarter: Running) -> None:
    first = await get(quarter)
    headers = {**quarter.token("analyst", communities=("*",)), "If-None-Match": first.headers["etag"]}
    again = await quarter.client.get("/v1/performance", params=ASSESSMENTS, headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert first.headers["cache-control"] == "private"
    assert "Authorization" in first.headers["vary"]


async def test_texts_of_a_source_never_become_formulas(trajectories: Running) -> None:
    cell = a_cell("reablement-assessments", Month(2020, 1), "kendal", 12, route="=cmd|' /C calc'!A0")
    await publish(trajectories, [cell])
    text = (await get(trajectories, community="kendal", breakdown="route", format="csv")).text
    written = [row["value_of_breakdown"] for row in csv.DictReader(io.StringIO(text))]
    assert "'=cmd|' /C calc'!A0" in written
    content = (await get(trajectories, community="kendal", breakdown="route", format="xlsx")).content
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Figures"]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


async def test_the_accept_header_chooses_a_format(quarter: Running) -> None:
    headers = {**quarter.token("analyst", communities=("*",)), "Accept": "text/csv"}
    answer = await quarter.client.get("/v1/performance", params=ASSESSMENTS, headers=headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    headers["Accept"] = "image/png"
    refused = await quarter.client.get("/v1/performance", params=ASSESSMENTS, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (406, "accept")


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/json, text/csv", "application/json"),
        ("text/csv;q=0.5, application/json", "application/json"),
        ("text/html, text/csv;q=0.9, */*;q=0.1", "text/csv; charset=utf-8"),
        ("text/csv;q=0, */*", "application/json"),
        ("text/*", "text/csv; charset=utf-8"),
    ],
)
async def test_of_several_acceptable_formats_the_one_liked_best_is_given(
    quarter: Running, accept: str, media_type: str
) -> None:
    headers = {**quarter.token("analyst", communities=("*",)), "Accept": accept}
    answer = await quarter.client.get("/v1/performance", params=ASSESSMENTS, headers=headers)
    assert answer.headers["content-type"] == media_type


async def test_exact_figures_are_recorded_as_read_or_taken_away_and_no_other_answer(quarter: Running) -> None:
    before = (await quarter.rows("select coalesce(max(arrival), 0) from audit"))[0][0]
    for role, form in (("analyst", "csv"), ("analyst", "json"), ("analyst", "json"), ("dashboard", "json")):
        await get(quarter, role, community="kendal", format=form)
    rows = await quarter.rows(
        "select event, role, purpose, detail from audit where arrival > $1 order by arrival", before
    )
    assert [(row["event"], row["role"], row["purpose"]) for row in rows] == [
        ("performance.exported", "analyst", "planning"),
        *[("performance.read", "analyst", "planning")] * 2,
    ]
    details = [json.loads(row["detail"]) for row in rows]
    assert [detail["format"] for detail in details] == ["csv", "json", "json"]
    for detail in details:
        assert (detail["measures"], detail["places"]) == ([ASSESSMENTS["measure"]], ["kendal"])
        assert detail["exact"] == detail["figures"] > 0


async def test_an_answer_that_the_caller_has_already_is_not_read_again(quarter: Running) -> None:
    headers = quarter.token("analyst", communities=("*",))
    first = await quarter.client.get("/v1/performance", params=ASSESSMENTS, headers=headers)
    counted = "select count(*) from audit where event = 'performance.read'"
    before = (await quarter.rows(counted))[0][0]
    asked = headers | {"If-None-Match": first.headers["etag"]}
    again = await quarter.client.get("/v1/performance", params=ASSESSMENTS, headers=asked)
    assert (again.status_code, (await quarter.rows(counted))[0][0]) == (304, before)
