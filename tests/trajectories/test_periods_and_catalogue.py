"""Months that fold into points, names of periods, and the declarations of the catalogue."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.trajectories.measures.catalogue import load_catalogue
from services.trajectories.performance.rules.question import (
    Grain,
    a_year_before,
    named_period,
    parts_of,
    windows,
)
from shared.months import Month
from tests.support.running import Running

GRAIN = st.sampled_from(get_args(Grain))
MONTH = st.builds(Month, st.integers(2000, 2090), st.integers(1, 12))


@given(MONTH, st.integers(0, 119), st.sampled_from(["month", "quarter", "year"]))
def test_windows_cover_every_month_of_the_range_once(first: Month, length: int, grain: Grain) -> None:
    found = [month for window in windows(first, first + length, grain) for month in window.months]
    assert found == [first + offset for offset in range(length + 1)]


@given(MONTH, st.integers(0, 40), GRAIN)
def test_a_window_is_the_sum_of_its_parts(first: Month, length: int, grain: Grain) -> None:
    for window in windows(first, first + length, grain):
        parts = parts_of(window)
        assert grain == "month" or [month for part in parts for month in part.months] == list(window.months)


@given(MONTH, st.integers(0, 40), GRAIN)
def test_the_year_before_has_the_same_months(first: Month, length: int, grain: Grain) -> None:
    for window in windows(first, first + length, grain):
        before = a_year_before(window)
        assert [month + 12 for month in before.months] == list(window.months)
        assert before.whole == window.whole


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("last-12-months", "2019-04", "2020-03"),
        ("this-year", "2020-04", "2021-03"),
        ("last-year", "2019-04", "2020-03"),
        ("last-quarter", "2020-01", "2020-03"),
        ("this-month", "2020-04", "2020-04"),
        ("last-month", "2020-03", "2020-03"),
        ("last-2-quarters", "2019-10", "2020-03"),
        ("last-2-years", "2018-04", "2020-03"),
        ("year-to-date", "2020-04", "2020-04"),
        ("2019-20-Q4", "2020-01", "2020-03"),
        ("2019-20", "2019-04", "2020-03"),
    ],
)
def test_names_of_periods_are_seen_from_april_2020(name: str, first: str, last: str) -> None:
    period = named_period(name, Month(2020, 4))
    assert (str(period.first), str(period.last)) == (first, last)


@pytest.mark.parametrize("name", ["last-0-months", "last-2-weeks", "yesterday", "", "2019-21"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="period"):
        named_period(name, Month(2020, 4))


def test_every_derived_rate_names_a_breakdown_value_that_is_declared() -> None:
    catalogue = load_catalogue()
    for measure in catalogue:
        if measure.derived is not None and measure.derived.numerator.where is not None:
            name, _, value = measure.derived.numerator.where.partition("=")
            source = catalogue.get(measure.derived.numerator.measure)
            assert source is not None
            assert value in source.breakdowns[name]


async def test_the_catalogue_lists_every_measure_with_unit_direction_and_source(
    trajectories: Running,
) -> None:
    headers = trajectories.token("dashboard")
    answer = await trajectories.client.get("/v1/measures", headers=headers)
    entries = {entry["key"]: entry for entry in answer.json()["items"]}
    assert entries["reablement-assessments"] | {"definition": ""} == {
        "key": "reablement-assessments",
        "title": "Reablement assessments completed",
        "unit": "assessments",
        "direction": "increase",
        "kind": "count",
        "rollup": "sum",
        "look_back_months": None,
        "numerator": "Reablement assessments completed in the month, by route of access",
        "denominator": None,
        "scale": 1,
        "signed": False,
        "people": None,
        "per": None,
        "denominator_over_months": None,
        "levels": ["icc", "group", "oversight", "system", "council"],
        "breakdowns": {"route": ["community", "community-bed", "hospital", "not-recorded"]},
        "headline_source": None,
        "total_from": None,
        "source": "council feed",
        "derived_from": [],
        "definition": "",
        "definition_version": "1",
        "status": "live",
        "settles_days": 0,
        "suppression": {"threshold": 7, "base": 5},
    }
    assert entries["non-elective-admissions"]["direction"] == "decrease"
    assert entries["home-after-reablement-rate"]["status"] == "not-supplied"
    headers["If-None-Match"] = answer.headers["etag"]
    again = await trajectories.client.get("/v1/measures", headers=headers)
    assert (again.status_code, again.content) == (304, b"")


async def test_every_measure_of_a_feed_is_live_in_the_catalogue(
    trajectories: Running, outcomes: Running
) -> None:
    """What outcomes says that it publishes, against what the report says that it is given."""
    feeds = (await outcomes.client.get("/v1/feeds", headers=outcomes.token("operator"))).json()["items"]
    supplied = {key for feed in feeds for key in feed["measures"]}
    listed = await trajectories.client.get("/v1/measures", headers=trajectories.token("dashboard"))
    live = {entry["key"] for entry in listed.json()["items"] if entry["status"] == "live"}
    assert {"carers-identified", "homeless-accommodated", "reablement-assessments"} <= supplied <= live


async def test_the_catalogue_is_given_whole_or_in_pages(trajectories: Running) -> None:
    headers = trajectories.token("dashboard")
    keys: list[str] = []
    at: str | None = "/v1/measures?limit=20"
    while at:
        answer = await trajectories.client.get(at, headers=headers)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert len(body["items"]) <= 20
        keys += [entry["key"] for entry in body["items"]]
        at = f"/v1/measures?limit=20&cursor={body['next']}" if body["next"] else None
        assert (at is None) == ("link" not in answer.headers)
    assert keys == [measure.key for measure in load_catalogue()]
    whole = (await trajectories.client.get("/v1/measures", headers=headers)).json()
    assert [entry["key"] for entry in whole["items"]] == keys
    assert whole["next"] is None


@pytest.mark.parametrize(
    ("query", "code"),
    [("limit=0", "query.limit"), ("limit=501", "query.limit"), ("cursor=x", "query.cursor")],
)
async def test_a_page_that_no_list_gave_is_refused(trajectories: Running, query: str, code: str) -> None:
    headers = trajectories.token("dashboard")
    answer = await trajectories.client.get(f"/v1/measures?{query}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_one_measure_can_be_read_and_an_unknown_one_is_not_found(trajectories: Running) -> None:
    headers = trajectories.token("dashboard")
    found = await trajectories.client.get("/v1/measures/reablement-plan-rate", headers=headers)
    assert found.json()["derived_from"] == ["reablement-outcomes", "reablement-assessments"]
    missing = await trajectories.client.get("/v1/measures/unheard-of", headers=headers)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
