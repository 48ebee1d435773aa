"""Places beside each other over HTTP: the same figures as the report, with intervals and a funnel."""

from typing import Any

import pytest

from tests.support.running import Running
from tests.trajectories.asking import ask
from tests.trajectories.writing import look, seen

COMPARE = "/v1/performance/compare"
PLAN: dict[str, Any] = {"measure": "reablement-plan-rate", "period": "2019-20-Q4"}


async def test_each_place_has_its_rate_and_interval(quarter: Running) -> None:
    body = await seen(quarter, COMPARE, **PLAN)
    report = await ask(quarter, measure=PLAN["measure"], grain="quarter")
    points = {one["community"]: one["points"][0] for one in report["series"]}
    assert [one["place"] for one in body["items"]] == list(points)
    for one in body["items"]:
        point = points[one["place"]]
        assert (one["numerator"], one["denominator"], one["value"]) == (
            point["numerator"],
            point["denominator"],
            point["value"],
        )
        if one["value"] is not None:
            assert one["lower"] < one["value"] < one["upper"]
            limits = one["limits_998"]
            assert limits["lower"] < body["funnel"]["centre"] < limits["upper"]
    assert body["interval"] == "wilson"
    known = [one for one in body["items"] if one["value"] is not None]
    assert body["funnel"]["centre"] == pytest.approx(
        sum(one["numerator"] for one in known) / sum(one["denominator"] for one in known)
    )
    assert "rank" not in str(body)


async def test_a_count_is_compared_per_registered_people(quarter: Running) -> None:
    body = await seen(quarter, COMPARE, measure="reablement-assessments", period="2020-01")
    report = await ask(quarter, per="1000-registered", to="2020-01")
    points = {one["community"]: one["points"][0] for one in report["series"]}
    kendal = next(one for one in body["items"] if one["place"] == "kendal")
    assert (kendal["value"], kendal["denominator"]) == (
        points["kendal"]["value"],
        points["kendal"]["denominator"],
    )
    assert (body["interval"], body["funnel"]["scale"]) == ("byar", "square-root")
    assert body["measure"]["unit"] == "assessments per 1,000 registered"
    without = next(one for one in body["items"] if one["value"] is None)
    assert (without["outside"], without["lower"], without["limits_95"]) == (None, None, None)


async def test_others_compare_what_was_published(quarter: Running) -> None:
    exact, public = await seen(quarter, COMPARE, **PLAN), await seen(quarter, COMPARE, "dashboard", **PLAN)
    assert public["protection"]["publication"] is not None
    assert exact["protection"] is None
    shown = await ask(quarter, "dashboard", measure=PLAN["measure"], grain="quarter")
    assert {one["place"]: one["value"] for one in public["items"]} == {
        one["community"]: one["points"][0]["value"] for one in shown["series"]
    }
    for one in public["items"]:
        assert (one["lower"] is None) == (one["value"] is None)


@pytest.mark.parametrize(
    ("period", "reference", "label"),
    [
        ("last-12-months", "2020-04", "2019-20"),
        ("last-12-months", "2020-05", "2019-05 to 2020-04"),
        ("last-quarter", "2020-04", "2019-20-Q4"),
        ("2019-20", None, "2019-20"),
        ("2020-01", None, "2020-01"),
    ],
)
async def test_a_period_is_named_or_seen_from_a_reference(
    quarter: Running, period: str, reference: str | None, label: str
) -> None:
    body = await seen(quarter, COMPARE, measure=PLAN["measure"], period=period, reference=reference)
    assert body["period"] == label
    assert body["items"][0]["numerator"] is not None


@pytest.mark.parametrize(
    ("asked", "role", "status", "code"),
    [
        ({"measure": "team-functioning-mean"}, "analyst", 422, "code.invalid"),
        ({"measure": "unheard-of"}, "analyst", 422, "code.unknown"),
        ({"measure": None}, "analyst", 400, "query.empty"),
        ({"period": "last-5-months"}, "analyst", 422, "enum"),
        ({"period": "the spring"}, "analyst", 422, "enum"),
        ({"level": "system"}, "analyst", 422, "enum"),
        ({"level": "practice"}, "dashboard", 403, "scope"),
        ({"period": "last-12-months", "reference": "2020-06"}, "dashboard", 422, "query.group_by"),
        ({"reference": "soon"}, "analyst", 422, "date.format"),
        ({"limit": "5"}, "analyst", 400, "query.unknown"),
    ],
)
async def test_what_cannot_be_compared_is_refused(
    quarter: Running, asked: dict[str, Any], role: str, status: int, code: str
) -> None:
    answer = await look(quarter, COMPARE, role, **{**PLAN, **asked})
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert code in {problem["code"], *(one["code"] for one in problem.get("errors", ()))}
