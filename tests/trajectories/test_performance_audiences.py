"""Who sees which figures: exact in the caller's own area, protected elsewhere, refused below a community."""

from typing import Any

import pytest

from tests.support.running import Running
from tests.trajectories.asking import ASSESSMENTS, QUARTER, ask, get, values


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
