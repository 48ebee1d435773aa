"""The sentences beside the figures: each is there where it is true, and nowhere else."""

from typing import Any

import pytest

from shared.months import Month
from tests.support.running import Running
from tests.trajectories.asking import QUARTER, ask
from tests.trajectories.quarter import a_cell, publish

MISSING = "Partial figures are the sum of what arrived: a place or month that belongs to them has no figure."
CUT = "A period that the range cuts short is partial: it has the months asked for only."
CUT_AND_HIDDEN = "A published period that the range cuts short is not shown: ask for all its months."
SPLIT = "council:barrow-borough serves a part of a community, whose figures are not counted to it: its own are partial."
NOTHING = "Not supplied means that no figure arrived; it does not mean 0."


@pytest.mark.parametrize(
    ("asked", "notes"),
    [
        ({"community": "kendal"}, []),
        ({"community": "morecambe-bay"}, [MISSING]),
        ({"community": "kendal", "grain": "quarter", "to": "2020-02"}, [CUT]),
        ({"community": "council:barrow-borough"}, [SPLIT]),
        ({"community": "lancaster"}, [NOTHING]),
        (
            {"community": "council:cumbria", "grain": "rolling12", "from": "2023-05", "to": "2023-05"},
            ["council:cumbria exists until 2023-03: there are no figures of it outside.", NOTHING],
        ),
        (
            {"community": "council:cumberland", "to": "2020-01"},
            ["council:cumberland exists from 2023-04 on: there are no figures of it outside."],
        ),
    ],
)
async def test_why_a_figure_is_partial_or_missing_is_said(
    quarter: Running, asked: dict[str, Any], notes: list[str]
) -> None:
    assert (await ask(quarter, **asked))["notes"] == notes


async def test_a_protected_period_that_is_cut_short_is_said_to_be_hidden(quarter: Running) -> None:
    asked = {**QUARTER, "community": "kendal"}
    assert CUT_AND_HIDDEN not in (await ask(quarter, "dashboard", **asked))["notes"]
    cut = await ask(quarter, "dashboard", **{**asked, "to": "2020-02"})
    assert cut["series"][0]["points"][0]["suppressed"]
    assert CUT_AND_HIDDEN in cut["notes"]


async def test_a_rate_of_nobody_is_said_to_be_none(changing: Running) -> None:
    cells = [
        a_cell("reablement-outcomes", Month(2021, 1), "kendal", 0, outcome=value)
        for value in ("plan", "refused")
    ]
    await publish(changing, cells)
    asked = {"measure": "reablement-plan-rate", "community": "kendal", "from": "2021-01", "to": "2021-01"}
    body = await ask(changing, **asked)
    point = body["series"][0]["points"][0]
    assert (point["value"], point["numerator"], point["denominator"], point["status"]) == (
        None,
        0,
        0,
        "final",
    )
    assert body["notes"] == ["Where there was nothing to divide by, there is no rate."]


async def test_a_series_that_is_too_short_for_a_chart_is_said_to_have_none(quarter: Running) -> None:
    note = "A series that has too few values for its limits has no chart."
    assert note in (await ask(quarter, community="kendal", include="spc", to="2020-01"))["notes"]
    assert note not in (await ask(quarter, community="kendal", include="spc"))["notes"]


async def test_whose_lists_are_the_registered_people_is_said(quarter: Running) -> None:
    body = await ask(quarter, community="kendal", per="1000-registered")
    assert body["series"][0]["points"][0]["value"] is not None
    assert body["notes"] == [
        (
            "Registered people are the list sizes that were sent of the months; where some of these lack, those of each practice's "
            "latest list by the month in the registry, of its earliest where none is that old."
        )
    ]
