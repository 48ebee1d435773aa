"""Who sees which figures: exact in the caller's own area, protected elsewhere, refused below a community."""

from typing import Any

import pytest

from shared.months import Month
from tests.support.running import Running
from tests.trajectories.asking import ASSESSMENTS, QUARTER, ask, get, values
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import a_cell, publish


async def test_a_dashboard_sees_the_same_protected(quarter: Running) -> None:
    body = await ask(quarter, "dashboard", community="barrow,millom,south-cumbria")
    assert values(body) == {"barrow": [50, 35, 45], "millom": [10, 15, 15], "south-cumbria": [155, 140, 180]}
    told = body["protection"]
    assert (told["policy"], told["threshold"], told["base"]) == ("small-numbers-1-7-round-5", 7, 5)
    assert told["published_at"] == body["as_at"]


async def test_a_dashboard_is_not_shown_counts_of_1_to_7(quarter: Running) -> None:
    body = await ask(quarter, "dashboard", community="kendal", breakdown="route", grain="quarter")
    points = {series["breakdown"]["route"]: series["points"][0] for series in body["series"]}
    assert (points["community"]["value"], points["hospital"]["value"]) == (65, 15)
    for route in ("community-bed", "not-recorded"):
        assert (points[route]["suppressed"], points[route]["value"], points[route]["numerator"]) == (
            True,
            None,
            None,
        )


async def test_a_protected_rate_comes_from_rounded_parts(quarter: Running) -> None:
    body = await ask(
        quarter, "dashboard", **{**QUARTER, "measure": "reablement-plan-rate", "community": "barrow"}
    )
    point = body["series"][0]["points"][0]
    assert (point["numerator"], point["denominator"]) == (80, 130)
    assert point["value"] == pytest.approx(80 / 130)


async def test_protected_and_exact_answers_are_kept_apart(quarter: Running) -> None:
    exact = await get(quarter, "analyst", community="barrow")
    protected = await get(quarter, "dashboard", community="barrow")
    assert exact.headers["etag"] != protected.headers["etag"]
    assert (await ask(quarter, "analyst", community="barrow"))["series"] != protected.json()["series"]


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


async def test_without_a_token_there_is_no_answer(quarter: Running) -> None:
    answer = await quarter.client.get("/v1/performance", params=ASSESSMENTS)
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.required")


BARROW = {"community": "barrow", "measure": "reablement-inappropriate-rate"}
FROM_APRIL, UNTIL_MARCH = {"org": "westmorland-and-furness"}, {"org": "cumbria"}


def points(body: dict[str, Any], months: set[str]) -> list[dict[str, Any]]:
    return [point for series in body["series"] for point in series["points"] if point.get("month") in months]


@pytest.mark.parametrize("last", ["2020-03", "2023-04"])
async def test_months_before_a_council_began_are_not_its_own_whatever_the_range(
    quarter: Running, last: str
) -> None:
    answer = await get(quarter, "council-feed", who=FROM_APRIL, **BARROW, to=last)
    dashboard = await ask(quarter, "dashboard", **BARROW)
    shown = points(answer.json(), {"2020-01", "2020-02", "2020-03"})
    assert shown == points(dashboard, {"2020-01", "2020-02", "2020-03"})
    assert any(point["suppressed"] for point in shown)
    assert answer.json()["protection"] is not None


@pytest.fixture
async def reorganised(trajectories: Running) -> Running:
    """Three months of two communities on either side of the day on which one council followed another."""
    counts = {
        "barrow": {Month(2023, 2): 21, Month(2023, 3): 3, Month(2023, 4): 4, Month(2023, 5): 32},
        "kendal": {Month(2023, 2): 18, Month(2023, 3): 22, Month(2023, 4): 13, Month(2023, 5): 11},
    }
    await publish(
        trajectories,
        [
            a_cell("reablement-assessments", month, place, count, route="community")
            for place, months in counts.items()
            for month, count in months.items()
        ],
    )
    await cut(trajectories)
    return trajectories


@pytest.mark.parametrize(
    ("who", "shown"),
    [(UNTIL_MARCH, [21, 3, None, 30]), (FROM_APRIL, [20, None, 4, 32])],
    ids=["the council before", "the council after"],
)
async def test_each_council_sees_its_own_months_exactly_in_one_answer(
    reorganised: Running, who: dict[str, Any], shown: list[int | None]
) -> None:
    asked = {"community": "barrow", "from": "2023-02", "to": "2023-05"}
    body = (await get(reorganised, "council-feed", who=who, **asked)).json()
    assert values(body)["barrow"] == shown
    assert body["protection"] is not None
    assert any("exact in the months in which they are yours" in note for note in body["notes"])


@pytest.mark.parametrize("who", [UNTIL_MARCH, FROM_APRIL], ids=["before", "after"])
async def test_a_period_is_exact_only_where_every_month_of_it_is_ones_own(
    reorganised: Running, who: dict[str, Any]
) -> None:
    asked = {"community": "barrow,kendal", "grain": "rolling12", "from": "2023-05", "to": "2023-05"}
    body = (await get(reorganised, "council-feed", who=who, **asked)).json()
    # No rolling windows are published, and of a quarter or year what everybody sees.
    assert values(body) == {"barrow": [None], "kendal": [None]}
    assert any("Published are months, quarters and years" in note for note in body["notes"])
    exact = await ask(reorganised, **asked)
    assert values(exact) == {"barrow": [60], "kendal": [64]}


async def test_a_year_of_a_new_council_is_exact_for_it_from_its_first_month(reorganised: Running) -> None:
    asked = {"community": "council:westmorland-and-furness", "grain": "rolling12"}
    body = (
        await get(
            reorganised, "council-feed", who=FROM_APRIL, **asked, **{"from": "2023-05", "to": "2023-05"}
        )
    ).json()
    assert values(body)["council:westmorland-and-furness"] == [60]
    assert body["protection"] is None


async def test_months_in_which_a_practice_was_not_ones_own_are_refused(quarter: Running) -> None:
    asked = {"measure": "referrals-received", "community": "A82034", "from": "2020-12", "to": "2021-02"}
    answer = await get(quarter, "case-manager", who={"communities": ("kendal",)}, **asked)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")
    answer = await get(quarter, "case-manager", who={"communities": ("east",)}, **asked)
    assert answer.status_code == 200
