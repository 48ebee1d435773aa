"""Charts beside the figures."""

import pytest

from tests.support.running import Running
from tests.trajectories.asking import ask


async def test_a_chart_has_the_limits_of_the_months_shown(quarter: Running) -> None:
    body = await ask(quarter, community="kendal", include="spc")
    chart = body["series"][0]["spc"]
    assert (round(chart["mean"], 1), round(chart["lower"], 1), round(chart["upper"], 1)) == (28.7, 10.0, 47.3)
    assert chart["variation"] == "common-cause"
    assert chart["points"] == [{"type": "common", "rule": None}] * 3
    assert chart["profile"] == "ptd"
    assert chart["trial_limits"] is True


async def test_a_chart_with_a_hidden_point_is_left_out(quarter: Running) -> None:
    asked = {
        "community": "kendal",
        "include": "spc",
        "measure": "reablement-assessments,reablement-plan-rate",
    }
    body = await ask(quarter, "dashboard", **asked)
    charts = {series["measure"]: series["spc"] for series in body["series"]}
    assert charts["reablement-plan-rate"] is None
    assert charts["reablement-assessments"]["mean"] == pytest.approx((25 + 25 + 35) / 3)
