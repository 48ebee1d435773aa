"""The report over HTTP, on a real PostgreSQL, with the facts of a real quarter."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import openpyxl
import pytest

from shared.local.temporary import TemporaryServers
from shared.months import Month
from tests.support.databases import database_copy
from tests.support.running import Running, running
from tests.trajectories.quarter import KNOWN_AT, SUBMISSION, TOTALS, a_cell, publish, quarter_cells

ASSESSMENTS = {"measure": "reablement-assessments", "from": "2020-01", "to": "2020-03"}
QUARTER = {**ASSESSMENTS, "grain": "quarter", "community": "morecambe-bay"}


async def ask(service: Running, role: str = "analyst", **params: Any) -> dict[str, Any]:
    answer = await get(service, role, **params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def get(
    service: Running, role: str = "analyst", *, who: dict[str, Any] | None = None, **params: Any
) -> httpx.Response:
    given = {**ASSESSMENTS, **params}
    given = {name: value for name, value in given.items() if value is not None}
    headers = service.token(
        role, **(who or ({"communities": ("*",)} if role in {"analyst", "dashboard"} else {}))
    )
    return await service.client.get("/v1/performance", params=given, headers=headers)


def values(body: dict[str, Any]) -> dict[str, list[Any]]:
    return {series["community"]: [point["value"] for point in series["points"]] for series in body["series"]}


def statuses(body: dict[str, Any], community: str) -> list[str]:
    series = next(one for one in body["series"] if one["community"] == community)
    return [point["status"] for point in series["points"]]


@pytest.fixture(scope="module")
async def quarter(
    servers: TemporaryServers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    """The service with the quarter's facts, for the tests that only ask."""
    async with (
        database_copy(servers.database_url, "trajectories") as url,
        running("trajectories", database_url=url, data_dir=tmp_path_factory.mktemp("data")) as service,
    ):
        await publish(service, quarter_cells())
        yield service


@pytest.fixture
async def changing(trajectories: Running) -> Running:
    """The same for the tests that publish more."""
    await publish(trajectories, quarter_cells())
    return trajectories


async def test_an_analyst_sees_each_communitys_assessments_of_the_quarter(quarter: Running) -> None:
    body = await ask(quarter)
    shown = values(body)
    assert {place: shown[place] for place in TOTALS} == TOTALS
    assert body["measure"] == {
        "key": "reablement-assessments",
        "title": "Reablement assessments completed",
        "unit": "assessments",
        "direction": "increase",
    }
    assert body["protection"] is None


async def test_a_council_that_sends_nothing_is_not_supplied_and_never_0(quarter: Running) -> None:
    body = await ask(quarter)
    assert values(body)["lancaster"] == [None, None, None]
    assert statuses(body, "lancaster") == ["not-supplied"] * 3


async def test_the_whole_is_the_sum_of_what_arrived_and_marked_partial(quarter: Running) -> None:
    body = await ask(quarter, community="south-cumbria,morecambe-bay,lancashire,barrow-and-millom")
    assert values(body)["south-cumbria"] == [153, 140, 179]
    assert statuses(body, "south-cumbria") == ["final"] * 3
    assert values(body)["morecambe-bay"] == [153, 140, 179]
    assert statuses(body, "morecambe-bay") == ["partial"] * 3
    assert statuses(body, "lancashire") == ["not-supplied"] * 3
    assert values(body)["barrow-and-millom"] == [59, 47, 64]


async def test_a_breakdown_has_one_series_a_value_and_no_total(quarter: Running) -> None:
    body = await ask(quarter, **QUARTER, breakdown="route")
    shown = {series["breakdown"]["route"]: series["points"][0]["value"] for series in body["series"]}
    assert shown == {"community": 356, "hospital": 85, "not-recorded": 26, "community-bed": 5}
    assert body["series"][0]["points"][0]["period"] == "2019-20-Q4"


async def test_the_outcomes_and_the_plan_rate_come_from_one_table(quarter: Running) -> None:
    outcomes = await ask(quarter, **{**QUARTER, "measure": "reablement-outcomes"}, breakdown="outcome")
    shown = {series["breakdown"]["outcome"]: series["points"][0]["value"] for series in outcomes["series"]}
    assert shown == {"plan": 326, "inappropriate": 83, "refused": 49, "moved-or-other": 14}
    rate = await ask(quarter, **{**QUARTER, "measure": "reablement-plan-rate"})
    point = rate["series"][0]["points"][0]
    assert (point["numerator"], point["denominator"]) == (326, 472)
    assert point["value"] == pytest.approx(326 / 472)
    assert rate["measure"]["unit"] == "proportion"


async def test_a_dashboard_sees_the_same_protected(quarter: Running) -> None:
    body = await ask(quarter, "dashboard", community="barrow,millom,south-cumbria")
    assert values(body) == {"barrow": [50, 35, 45], "millom": [10, 15, 15], "south-cumbria": [155, 140, 180]}
    assert body["protection"] == {"policy": "small-numbers-1-7-round-5", "threshold": 7, "base": 5}


async def test_a_dashboard_is_not_shown_counts_of_1_to_7(quarter: Running) -> None:
    body = await ask(quarter, "dashboard", community="kendal", breakdown="route")
    beds = next(one for one in body["series"] if one["breakdown"] == {"route": "community-bed"})
    assert [(point["value"], point["suppressed"]) for point in beds["points"]] == [
        (None, False),
        (None, False),
        (None, True),
    ]
    hospital = next(one for one in body["series"] if one["breakdown"] == {"route": "hospital"})
    assert all(point["suppressed"] and point["numerator"] is None for point in hospital["points"])


async def test_a_protected_rate_comes_from_rounded_parts(quarter: Running) -> None:
    body = await ask(quarter, "dashboard", **{**QUARTER, "measure": "reablement-plan-rate"})
    point = body["series"][0]["points"][0]
    assert (point["numerator"], point["denominator"]) == (325, 470)
    assert point["value"] == pytest.approx(325 / 470)


@pytest.mark.parametrize("role", ["analyst", "dashboard"])
@pytest.mark.parametrize("breakdown", [None, "route"])
async def test_csv_and_workbook_show_what_json_shows(
    quarter: Running, role: str, breakdown: str | None
) -> None:
    places = "kendal,millom,south-cumbria"
    body = await ask(quarter, role, community=places, breakdown=breakdown)
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
    text = (await get(quarter, role, community=places, breakdown=breakdown, format="csv")).text
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
    content = (await get(quarter, role, community=places, breakdown=breakdown, format="xlsx")).content
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


async def test_protected_and_exact_answers_are_kept_apart(quarter: Running) -> None:
    exact = await get(quarter, "analyst", community="barrow")
    protected = await get(quarter, "dashboard", community="barrow")
    assert exact.headers["etag"] != protected.headers["etag"]
    assert (await ask(quarter, "analyst", community="barrow"))["series"] != protected.json()["series"]


async def test_a_new_figure_shows_and_the_old_one_is_still_known_as_at_before(changing: Running) -> None:
    later = KNOWN_AT + timedelta(days=30, microseconds=250)
    before = await get(changing, community="kendal")
    await publish(
        changing,
        [a_cell("reablement-assessments", Month(2020, 1), "kendal", 30, route="community")],
        known_at=later,
    )
    after = await ask(changing, community="kendal")
    assert values(after)["kendal"] == [38, 24, 35]
    assert after["as_at"] == "2020-05-09T10:00:00.000250Z"
    then = await get(changing, community="kendal", as_at=before.json()["as_at"])
    assert then.content == before.content
    now = await get(changing, community="kendal", as_at=after["as_at"])
    assert now.json() == after


async def test_an_offset_in_an_as_at_need_not_be_escaped(quarter: Running) -> None:
    query = "/v1/performance?measure=reablement-assessments&from=2020-01&to=2020-03&as_at="
    headers = quarter.token("analyst", communities=("*",))
    on_time = await quarter.client.get(f"{query}2020-04-09T11:00:00+01:00", headers=headers)
    too_early = await quarter.client.get(f"{query}2020-04-09T10:59:59+01:00", headers=headers)
    assert on_time.json()["as_at"] == "2020-04-09T10:00:00Z"
    assert too_early.json()["as_at"] is None


async def test_a_withdrawn_cell_counts_to_nothing(changing: Running) -> None:
    cells = [
        a_cell("reablement-assessments", Month(2020, 1), "east", None, route=route)
        for route in ("community", "hospital")
    ]
    await publish(changing, cells, known_at=KNOWN_AT + timedelta(days=1))
    body = await ask(changing, community="east,south-cumbria")
    assert values(body)["east"] == [None, 15, 22]
    assert statuses(body, "east")[0] == "not-supplied"
    assert statuses(body, "south-cumbria") == ["partial", "final", "final"]


async def test_provenance_names_the_submission_once(quarter: Running) -> None:
    body = await ask(quarter)
    assert body["provenance"] == [
        {
            "feed": "reablement",
            "received_at": "2020-04-09T10:00:00Z",
            "source": "outcomes",
            "submission": SUBMISSION,
            "supplier": "cumbria",
        }
    ]
    assert body["as_at"] == "2020-04-09T10:00:00Z"
    assert body["next"] is None


async def test_a_chart_has_the_limits_of_the_months_shown(quarter: Running) -> None:
    body = await ask(quarter, community="kendal", include="spc")
    chart = body["series"][0]["spc"]
    assert (round(chart["mean"], 1), round(chart["lower"], 1), round(chart["upper"], 1)) == (28.7, 10.0, 47.3)
    assert chart["variation"] == "common-cause"
    assert chart["points"] == [{"type": "common", "rule": None}] * 3
    assert chart["profile"] == "ptd"
    assert chart["trial_limits"] is True


async def test_a_chart_with_a_hidden_point_is_left_out(quarter: Running) -> None:
    body = await ask(quarter, "dashboard", community="kendal", include="spc", breakdown="route")
    charts = {series["breakdown"]["route"]: series["spc"] for series in body["series"]}
    assert charts["hospital"] is None
    assert charts["community"]["mean"] == pytest.approx((20 + 20 + 25) / 3)


async def test_the_whole_stands_beside_a_community_when_asked(quarter: Running) -> None:
    body = await ask(quarter, community="kendal", include="bay")
    assert [series["community"] for series in body["series"]] == ["kendal", "morecambe-bay"]


async def test_what_is_asked_to_be_included_and_not_served_yet_is_said(quarter: Running) -> None:
    body = await ask(quarter, community="kendal", include="target,trajectory,bay")
    unserved = [note for note in body["notes"] if "not served yet" in note]
    assert [note.split()[1] for note in unserved] == ["target", "trajectory"]
    assert {point["target"] for series in body["series"] for point in series["points"]} == {None}
    assert not any("not served" in note for note in (await ask(quarter, community="kendal"))["notes"])


async def test_several_measures_are_named_on_each_series(quarter: Running) -> None:
    body = await ask(quarter, measure="reablement-assessments,reablement-plan-rate", community="kendal")
    assert [head["key"] for head in body["measures"]] == ["reablement-assessments", "reablement-plan-rate"]
    assert [series["measure"] for series in body["series"]] == [
        "reablement-assessments",
        "reablement-plan-rate",
    ]


async def test_a_year_with_one_quarter_supplied_is_partial(quarter: Running) -> None:
    body = await ask(quarter, community="kendal", grain="year", **{"from": "2019-04"})
    point = body["series"][0]["points"][0]
    assert (point["value"], point["status"], point["period"]) == (86, "partial", "2019-20")


async def test_the_same_month_of_the_year_before_stands_beside_each_point(changing: Running) -> None:
    await publish(
        changing, [a_cell("reablement-assessments", Month(2019, 1), "kendal", 21, route="community")]
    )
    body = await ask(changing, community="kendal", compare="previous-year")
    before = body["series"][0]["points"][0]["previous"]
    assert (before["month"], before["value"]) == ("2019-01", 21)
    assert body["series"][0]["points"][1]["previous"]["value"] is None


async def test_relative_periods_are_seen_from_the_reference(quarter: Running) -> None:
    params = {
        "from": None,
        "to": None,
        "period": "last-3-months",
        "reference": "2020-04-01",
        "community": "kendal",
    }
    assert values(await ask(quarter, **params))["kendal"] == [27, 24, 35]


async def test_months_ahead_are_answered_without_a_value(quarter: Running) -> None:
    body = await ask(quarter, community="kendal", **{"from": "2090-01", "to": "2090-02"})
    assert values(body)["kendal"] == [None, None]


async def test_counts_can_be_asked_a_day(quarter: Running) -> None:
    body = await ask(quarter, community="barrow", per="day")
    assert body["series"][0]["points"][0]["value"] == pytest.approx(50 / 31)
    assert body["measure"]["unit"] == "assessments a day"


async def test_a_month_that_is_not_over_is_provisional(trajectories: Running) -> None:
    month = Month.of(datetime.now(UTC))
    await publish(trajectories, [a_cell("reablement-assessments", month, "kendal", 12, route="community")])
    body = await ask(trajectories, community="kendal", **{"from": str(month), "to": str(month)})
    assert statuses(body, "kendal") == ["provisional"]


async def test_a_practices_referrals_count_to_its_community_and_its_network(trajectories: Running) -> None:
    cells = [
        a_cell("referrals-received", Month(2020, 1), practice, count)
        for practice, count in {"A82025": 12, "A82026": 9, "A82033": 11}.items()
    ]
    await publish(trajectories, cells)
    body = await ask(
        trajectories,
        measure="referrals-received",
        community="A82026,kendal,pcn:U35939,south-cumbria,unassigned",
        to="2020-01",
    )
    assert values(body) == {
        "A82026": [9],
        "kendal": [21],
        "pcn:U35939": [21],
        "south-cumbria": [32],
        "unassigned": [None],
    }


async def test_a_communitys_figure_is_never_spread_to_its_practices(quarter: Running) -> None:
    body = await ask(quarter, community="kendal", level="practice")
    assert {series["community"] for series in body["series"]} == {"A82025", "A82026", "A82027"}
    assert all(point["status"] == "not-supplied" for series in body["series"] for point in series["points"])


@pytest.mark.parametrize(
    ("role", "who", "community", "exact"),
    [
        ("council-feed", {"org": "cumbria"}, "kendal", True),
        ("council-feed", {"org": "cumbria"}, "south-cumbria", True),
        ("council-feed", {"org": "lancashire"}, "kendal", False),
        ("case-manager", {"communities": ("kendal",)}, "kendal", True),
        ("case-manager", {"communities": ("kendal",)}, "south-cumbria", False),
        ("case-manager", {"org": "kendal-icc"}, "kendal", True),
        ("oversight", {"communities": ("south-cumbria",)}, "kendal", True),
        ("oversight", {"communities": ("lancashire",)}, "kendal", False),
        ("practice-system", {"org": "A82026"}, "kendal", False),
        ("hospital-system", {"org": "RTX"}, "kendal", False),
        ("publisher", {"communities": ("*",)}, "kendal", True),
    ],
)
async def test_figures_are_exact_in_the_callers_own_area_only(
    quarter: Running, role: str, who: dict[str, Any], community: str, *, exact: bool
) -> None:
    answer = await get(quarter, role, who=who, community=community)
    true = {"kendal": [27, 24, 35], "south-cumbria": [153, 140, 179]}[community]
    assert (values(answer.json())[community] == true) is exact
    assert (answer.json()["protection"] is None) is exact


@pytest.mark.parametrize(
    ("role", "who", "community", "status"),
    [
        ("dashboard", {"communities": ("*",)}, "A82026", 403),
        ("oversight", {"communities": ("*",)}, "A82026", 403),
        ("practice-system", {"org": "A82026"}, "A82026", 200),
        ("practice-system", {"org": "A82026"}, "A82025", 403),
        ("case-manager", {"communities": ("kendal",)}, "A82025", 200),
        ("case-manager", {"communities": ("millom",)}, "A82025", 403),
        ("analyst", {"communities": ("*",)}, "A82025", 200),
        ("dashboard", {"communities": ("*",)}, "windermere", 403),
        ("dashboard", {"communities": ("*",)}, "pcn:U59980", 403),
        ("dashboard", {"communities": ("*",)}, "pcn:U35939", 200),
    ],
)
async def test_below_a_community_only_those_who_work_there_may_ask(
    quarter: Running, role: str, who: dict[str, Any], community: str, status: int
) -> None:
    answer = await get(quarter, role, who=who, measure="referrals-received", community=community)
    assert answer.status_code == status
    assert status == 200 or answer.json()["code"] == "scope"


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"measure": "reablement-asessments"}, 422, "code.unknown"),
        ({"community": "bay"}, 422, "icc.ambiguous"),
        ({"community": "atlantis"}, 422, "icc.unknown"),
        ({"from": "2005-01"}, 422, "query.range_too_wide"),
        ({"from": "2020-04"}, 422, "date.order"),
        ({"from": "January"}, 422, "date.format"),
        ({"grain": "week"}, 422, "enum"),
        ({"breakdown": "age"}, 422, "query.group_by"),
        ({"from": "9998-12", "to": "9998-12"}, 422, "date.implausible"),
        ({"from": "1000-01", "to": "1000-02", "grain": "rolling12"}, 422, "date.implausible"),
        ({"include": "weather"}, 422, "enum"),
        ({"period": "this-year"}, 422, "query.fields"),
        ({"as_at": "2020-04-09T10:00:00"}, 422, "date.offset_required"),
        ({"as_at": "2090-01-01T00:00:00Z"}, 422, "date.future"),
        ({"format": "parquet"}, 406, "accept"),
        ({"communities": "kendal"}, 400, "query.unknown"),
        ({"measure": None}, 400, "query.empty"),
        ({"baseline_months": "3"}, 422, "number.range"),
        ({"measure": "reablement-plan-rate", "per": "day"}, 422, "query.fields"),
    ],
)
async def test_a_question_that_is_not_understood_is_refused(
    quarter: Running, params: dict[str, Any], status: int, code: str
) -> None:
    answer = await get(quarter, **params)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_without_a_token_there_is_no_answer(quarter: Running) -> None:
    answer = await quarter.client.get("/v1/performance", params=ASSESSMENTS)
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.required")


async def test_a_measure_that_nothing_feeds_is_answered_as_not_supplied(trajectories: Running) -> None:
    body = await ask(trajectories, measure="carers-identified", community="kendal")
    assert statuses(body, "kendal") == ["not-supplied"] * 3
    assert "Carers identified: no source supplies this measure yet." in body["notes"]
    assert body["as_at"] is None


async def test_a_measure_that_someone_has_sent_is_not_called_unsupplied(trajectories: Running) -> None:
    await publish(trajectories, [a_cell("carers-identified", Month(2020, 1), "kendal", 9)])
    body = await ask(trajectories, measure="carers-identified", community="kendal")
    assert values(body)["kendal"][0] == 9
    assert not [note for note in body["notes"] if "no source" in note]


async def test_a_rate_that_misses_a_list_size_says_why_it_is_missing(quarter: Running) -> None:
    body = await ask(quarter, community="south-cumbria", per="1000-registered")
    point = body["series"][0]["points"][0]
    assert (point["value"], point["numerator"]) == (None, 153)
    assert "Where the list size of a practice is not known, the count is given and no rate." in body["notes"]


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


async def test_kept_answers_are_not_served_once_the_version_was_not_heard_of(changing: Running) -> None:
    await get(changing, community="kendal")
    cell = a_cell("reablement-assessments", Month(2020, 1), "kendal", 30, route="community")
    version = changing.app.state.reporting.version
    current = version.current
    await publish(changing, [cell], known_at=KNOWN_AT + timedelta(days=2))
    assert version.current == current + 1
    assert values(await ask(changing, community="kendal"))["kendal"][0] == 38
