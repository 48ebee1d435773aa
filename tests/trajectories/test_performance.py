"""Figures over HTTP, on a real PostgreSQL, with the facts of a real quarter: sums, periods, units and what is missing."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.months import Month
from tests.support.databases import Databases
from tests.support.quarter import ASSESSMENTS as TOTALS
from tests.support.running import Running, running
from tests.trajectories.asking import QUARTER, ask, statuses, values
from tests.trajectories.quarter import SUBMISSION, a_cell, publish

IN_JUNE = datetime(2026, 6, 12, 9, 30, tzinfo=UTC)


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


async def test_rates_of_one_table_have_one_denominator_whichever_table_counts_more(
    changing: Running,
) -> None:
    for month, routes, plan, refused in ((1, 3, 2, 2), (2, 3, 8, None), (3, 30, 2, 2)):
        cells = [a_cell("reablement-assessments", Month(2021, month), "kendal", routes, route="community")]
        cells.append(a_cell("reablement-outcomes", Month(2021, month), "kendal", plan, outcome="plan"))
        if refused is not None:
            cells.append(
                a_cell("reablement-outcomes", Month(2021, month), "kendal", refused, outcome="refused")
            )
        await publish(changing, cells)
    body = await ask(
        changing,
        measure="reablement-plan-rate,reablement-declined-rate",
        community="kendal",
        **{"from": "2021-01", "to": "2021-03"},
    )
    plan_rate, declined_rate = (
        [(point["numerator"], point["denominator"], point["status"]) for point in series["points"]]
        for series in body["series"]
    )
    assert plan_rate == [(2, 4, "final"), (8, 8, "final"), (2, 30, "final")]
    assert declined_rate == [(2, 4, "final"), (None, None, "not-supplied"), (2, 30, "final")]


@pytest.mark.parametrize("role", ["analyst", "dashboard"])
async def test_a_category_left_blank_has_no_rate_and_adds_0_to_the_sum(quarter: Running, role: str) -> None:
    asked = {"measure": "route-not-recorded-rate", "community": "barrow,south-cumbria"}
    months = await ask(quarter, role, **asked)
    (january, *_) = months["series"][0]["points"]
    assert {
        name: january[name] for name in ("value", "numerator", "denominator", "suppressed", "status")
    } == {
        "value": None,
        "numerator": None,
        "denominator": None,
        "suppressed": False,
        "status": "not-supplied",
    }
    whole = (await ask(quarter, role, **asked, grain="quarter"))["series"][1]["points"][0]
    # No community has more than 7 without a route, so of the sum everybody else knows only that.
    shown = (26, 472) if role == "analyst" else (None, None)
    assert (whole["numerator"], whole["denominator"], whole["status"]) == (*shown, "final")


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


async def test_the_whole_stands_beside_a_community_when_asked(quarter: Running) -> None:
    body = await ask(quarter, community="kendal", include="bay")
    assert [series["community"] for series in body["series"]] == ["kendal", "morecambe-bay"]


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


@pytest.mark.parametrize(
    ("grain", "first", "month", "period", "before"),
    [
        ("quarter", "2020-02", "2020-01", "2019-20-Q4", "2018-19-Q4"),
        ("year", "2020-01", "2019-04", "2019-20", "2018-19"),
    ],
)
async def test_a_period_that_the_range_cuts_short_keeps_its_own_first_month(
    quarter: Running, grain: str, first: str, month: str, period: str, before: str
) -> None:
    body = await ask(quarter, community="kendal", grain=grain, compare="previous-year", **{"from": first})
    (point,) = body["series"][0]["points"]
    assert (point["month"], point["period"], point["status"]) == (month, period, "partial")
    previous = point["previous"]
    assert (previous["month"], previous["period"]) == (f"{int(month[:4]) - 1}{month[4:]}", before)


async def test_the_same_month_of_the_year_before_stands_beside_each_point(changing: Running) -> None:
    await publish(
        changing, [a_cell("reablement-assessments", Month(2019, 1), "kendal", 21, route="community")]
    )
    body = await ask(changing, community="kendal", compare="previous-year")
    before = body["series"][0]["points"][0]["previous"]
    assert (before["month"], before["value"]) == ("2019-01", 21)
    assert body["series"][0]["points"][1]["previous"]["value"] is None


async def test_relative_periods_are_seen_from_the_reference(quarter: Running) -> None:
    params: dict[str, Any] = {
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


async def test_a_month_that_is_not_over_is_provisional(databases: Databases, data_dir: Path) -> None:
    cell = a_cell("reablement-assessments", Month(2026, 6), "kendal", 12, route="community")
    async with (
        databases.lend("trajectories") as url,
        running("trajectories", database_url=url, data_dir=data_dir, clock=lambda: IN_JUNE) as service,
    ):
        await publish(service, [cell])
        body = await ask(service, community="kendal", **{"from": "2026-06", "to": "2026-06"})
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
        "unassigned": [0],
    }


async def test_a_communitys_figure_is_never_spread_to_its_practices(quarter: Running) -> None:
    body = await ask(quarter, community="kendal", level="practice")
    assert {series["community"] for series in body["series"]} == {"A82025", "A82026", "A82027"}
    assert all(point["status"] == "not-supplied" for series in body["series"] for point in series["points"])


async def test_a_measure_that_nobody_supplies_is_answered_as_not_supplied(trajectories: Running) -> None:
    body = await ask(trajectories, measure="programme-attendance", community="kendal")
    assert statuses(body, "kendal") == ["not-supplied"] * 3
    assert "Programme attendance: no source supplies this measure yet." in body["notes"]
    assert body["as_at"] is None


async def test_a_measure_that_someone_has_sent_is_not_called_unsupplied(trajectories: Running) -> None:
    await publish(trajectories, [a_cell("programme-attendance", Month(2020, 1), "kendal", 9)])
    body = await ask(trajectories, measure="programme-attendance", community="kendal")
    assert values(body)["kendal"][0] == 9
    assert not [note for note in body["notes"] if "no source" in note]


@pytest.mark.parametrize(
    ("measure", "community", "levels"),
    [
        ("homeless-accommodated", "kendal", "council and system, and not for icc"),
        ("homeless-health-assessments", "council:lancashire,east", "system, and not for council and icc"),
        (
            "reablement-assessments",
            "A82025",
            "icc, group, oversight, system and council, and not for practice",
        ),
        (
            "reablement-assessments",
            "windermere",
            "icc, group, oversight, system and council, and not for sub_community",
        ),
    ],
)
async def test_a_level_at_which_a_measure_does_not_exist_is_the_reason_for_its_figures(
    quarter: Running, measure: str, community: str, levels: str
) -> None:
    body = await ask(quarter, measure=measure, community=community)
    assert {point["status"] for series in body["series"] for point in series["points"]} == {"not-supplied"}
    (note,) = body["notes"]
    assert note.endswith(f": the measure exists for {levels}.")


async def test_a_measure_of_a_feed_that_was_not_sent_is_not_called_unsupplied(quarter: Running) -> None:
    body = await ask(quarter, measure="carers-identified", community="kendal")
    assert body["notes"] == ["Not supplied means that no figure arrived; it does not mean 0."]


async def test_a_rate_that_misses_a_list_size_says_why_it_is_missing(quarter: Running) -> None:
    body = await ask(quarter, community="south-cumbria", per="1000-registered")
    point = body["series"][0]["points"][0]
    assert (point["value"], point["numerator"]) == (None, 153)
    assert any(
        note.endswith("whose list size is not known, the count is given and no rate.")
        for note in body["notes"]
    )


async def test_a_council_that_ended_within_the_range_has_its_months(trajectories: Running) -> None:
    cells = [
        a_cell("reablement-assessments", Month(2023, month), "kendal", month * 10, route="community")
        for month in range(1, 7)
    ]
    await publish(trajectories, cells)
    body = await ask(trajectories, level="council", **{"from": "2023-01", "to": "2023-06"})
    shown = values(body)
    assert shown["council:cumbria"] == [10, 20, 30, None, None, None]
    assert shown["council:westmorland-and-furness"] == [None, None, None, 40, 50, 60]
    assert "council:cumbria exists until 2023-03: there are no figures of it outside." in body["notes"]
    south = await ask(
        trajectories, level="council", community="south-cumbria", **{"from": "2023-01", "to": "2023-06"}
    )
    assert {"council:cumbria", "council:westmorland-and-furness"} <= values(south).keys()


@pytest.mark.parametrize(
    ("place", "first", "last", "span"),
    [
        ("council:westmorland-and-furness", "2019-04", "2023-03", "from 2023-04 on"),
        ("council:cumbria", "2023-04", "2023-05", "until 2023-03"),
        ("kendal", "2012-01", "2013-03", "from 2013-04 on"),
        ("pcn:U35939", "2018-01", "2018-03", "from 2019-10 on"),
        ("A82065", "2021-01", "2021-02", "until 2020-12"),
    ],
)
async def test_a_place_that_is_named_is_answered_outside_its_time_as_not_supplied(
    trajectories: Running, place: str, first: str, last: str, span: str
) -> None:
    body = await ask(trajectories, community=place, **{"from": first, "to": last})
    (series,) = body["series"]
    assert {(point["value"], point["status"]) for point in series["points"]} == {(None, "not-supplied")}
    assert f"{place} exists {span}: there are no figures of it outside." in body["notes"]
