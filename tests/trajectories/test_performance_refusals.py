"""Questions to the report that are not understood, each with its code."""

from typing import Any

import pytest

from tests.support.running import Running
from tests.trajectories.asking import get


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
        ({"format": "pdf"}, 422, "enum"),
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


@pytest.mark.parametrize(
    ("community", "code"),
    [
        ("kendal,bay", "icc.ambiguous"),
        ("atlantis", "icc.unknown"),
        ("council:atlantis", "icc.unknown"),
        ("Z99999", "ods.unknown"),
    ],
)
async def test_a_place_that_is_not_found_is_pointed_at(quarter: Running, community: str, code: str) -> None:
    answer = await get(quarter, community=community)
    assert [(fault["code"], fault["pointer"]) for fault in answer.json()["errors"]] == [(code, "/community")]
