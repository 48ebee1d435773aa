"""Targets: what they come to, what is still needed, and how they stand beside the points of their grain."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.months import Month
from tests.support.running import Running
from tests.trajectories.asking import ask
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import a_cell, publish
from tests.trajectories.writing import listed, look, seen, send, written

TARGETS = "/v1/targets"
MAY = datetime(2020, 5, 4, 9, 0, tzinfo=UTC)
KENDAL: dict[str, Any] = {"communities": ("kendal",)}


def a_target(**changes: Any) -> dict[str, Any]:
    """The body of a target of Kendal's assessments in January 2020, of which there were 27."""
    body = {
        "community": "kendal",
        "measure": "reablement-assessments",
        "period": "2020-01",
        "kind": "value",
        "value": 30,
        "unit": "count",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


async def put(service: Running, **changes: Any) -> dict[str, Any]:
    """A target that was set by an analyst."""
    return await written(service, "PUT", TARGETS, a_target(**changes), role="analyst")


async def test_a_target_says_how_many_people_are_missing(changing: Running) -> None:
    made = await put(changing)
    assert (made["target"], made["needed"], made["progress"]) == (30, 3, "needs 3 more by January 2020")
    assert made["current"] == {
        "value": 27,
        "numerator": 27,
        "denominator": None,
        "suppressed": False,
        "status": "final",
    }
    assert (made["baseline"], made["superseded_by"], made["set_by"]) == (None, None, "local:analyst")
    assert await seen(changing, f"{TARGETS}/{made['id']}") == made
    met = await put(changing, value=20)
    assert (met["needed"], met["progress"]) == (0, "met: 27 where 20 is the target by January 2020")
    ahead = await put(changing, period="2020-06")
    assert (ahead["needed"], ahead["progress"]) == (None, "no figure yet; the target is 30 by June 2020")
    events = [
        row["event"] for row in await changing.rows("select event from audit where event like 'target%'")
    ]
    assert events == ["target.set"] * 3


async def test_an_increase_counts_from_the_baseline_as_it_was_known_at_the_setting(changing: Running) -> None:
    """Kendal had 27 in January: a tenth more is 29.7, and nobody is seven tenths of a person."""
    asked = {"period": "2020-03", "kind": "increase", "value": 10, "unit": "percent"}
    made = await put(changing, **asked, baseline_period="2020-01")
    assert (made["baseline"]["numerator"], made["target"]) == (27, 30)
    restated = a_cell("reablement-assessments", Month(2020, 1), "kendal", 100, route="community")
    await publish(changing, [restated], known_at=MAY)
    again = await seen(changing, f"{TARGETS}/{made['id']}")
    assert (again["baseline"]["numerator"], again["target"]) == (27, 30)
    anew = await put(changing, **asked, baseline_period="2020-01")
    assert anew["baseline"]["numerator"] > 100
    assert anew["id"] != made["id"]
    few = await put(changing, period="2020-02", kind="increase", value=4, baseline_period="2020-01")
    assert few["target"] == anew["baseline"]["numerator"] + 4


async def test_an_increase_counts_from_the_year_before_when_nothing_else_is_said(changing: Running) -> None:
    earlier = [
        a_cell("reablement-assessments", Month(2019, 1) + at, "kendal", 20, route="community")
        for at in range(3)
    ]
    await publish(changing, earlier)
    made = await put(changing, period="2019-20-Q4", kind="increase", value=26)
    assert (made["baseline_period"], made["baseline"]["numerator"], made["target"]) == ("2018-19-Q4", 60, 86)
    assert made["progress"] == "met: 86 where 86 is the target by March 2020"


async def test_the_same_target_again_is_the_one_that_stands(changing: Running) -> None:
    first = await put(changing)
    assert (await put(changing))["id"] == first["id"]
    assert len(await changing.rows("select 1 from target")) == 1


async def test_the_newest_wins_and_all_are_listed_each_with_what_superseded_it(changing: Running) -> None:
    first, second = await put(changing), await put(changing, value=33)
    other = await put(changing, community="barrow")
    items = await listed(changing, TARGETS)
    assert [(one["id"], one["superseded_by"]) for one in items] == [
        (other["id"], None),
        (second["id"], None),
        (first["id"], second["id"]),
    ]
    assert items[2]["progress"] is None
    for asked, expected in (
        ({"community": "kendal"}, [second, first]),
        ({"measure": "reablement-assessments", "community": "barrow"}, [other]),
        ({"period": "2020-02"}, []),
        ({"kind": "increase"}, []),
        ({"unit": "count", "community": "barrow"}, [other]),
    ):
        assert [one["id"] for one in await listed(changing, TARGETS, **asked)] == [
            one["id"] for one in expected
        ]
    body = await ask(changing, community="kendal", include="target")
    assert [point["target"] for point in body["series"][0]["points"]] == [33, None, None]


async def test_of_many_at_once_one_stands(changing: Running) -> None:
    await asyncio.gather(*(put(changing, value=30 + at) for at in range(5)))
    standing = await changing.rows("select 1 from target where superseded_by is null")
    assert len(standing) == 1
    assert len(await changing.rows("select 1 from target")) == 5


async def test_a_periods_target_stands_on_its_own_grain_only(changing: Running) -> None:
    await put(changing, period="2019-20-Q4", value=90)
    asked: dict[str, Any] = {"community": "kendal", "include": "target"}
    assert {point["target"] for point in (await ask(changing, **asked))["series"][0]["points"]} == {None}
    quarter = await ask(changing, **asked, grain="quarter")
    assert [point["target"] for point in quarter["series"][0]["points"]] == [90]
    cut_short = await ask(changing, **asked, grain="quarter", to="2020-02")
    assert [point["target"] for point in cut_short["series"][0]["points"]] == [None]
    by_route = await ask(changing, **asked, grain="quarter", breakdown="route")
    assert {point["target"] for series in by_route["series"] for point in series["points"]} == {None}
    a_day = await ask(changing, **asked, grain="quarter", per="day")
    assert [point["target"] for point in a_day["series"][0]["points"]] == [None]
    without = await ask(changing, community="kendal", grain="quarter")
    assert [point["target"] for point in without["series"][0]["points"]] == [None]


async def test_what_was_not_set_yet_is_not_shown(changing: Running) -> None:
    before = await changing.rows("select clock_timestamp() as at")
    await put(changing)
    asked: dict[str, Any] = {"community": "kendal", "include": "target"}
    then = await ask(changing, **asked, as_at=before[0]["at"].isoformat())
    assert then["series"][0]["points"][0]["target"] is None
    assert (await ask(changing, **asked))["series"][0]["points"][0]["target"] == 30


@pytest.mark.parametrize(("value", "assurance"), [(9, "pass"), (30, "inconsistent"), (48, "fail")])
async def test_a_target_is_met_always_never_or_now_and_then(
    changing: Running, value: int, assurance: str
) -> None:
    """Kendal's limits are 10.0 and 47.3, and more is better."""
    await put(changing, period="2020-03", value=value)
    body = await ask(changing, community="kendal", include="target,spc")
    assert body["series"][0]["spc"]["assurance"] == assurance
    without = await ask(changing, community="kendal", include="spc")
    assert without["series"][0]["spc"]["assurance"] is None


async def test_a_proportion_needs_whole_people_of_those_there_are(changing: Running) -> None:
    now = await ask(changing, measure="reablement-plan-rate", community="kendal", grain="quarter")
    point = now["series"][0]["points"][0]
    asked = {"measure": "reablement-plan-rate", "period": "2019-20-Q4", "value": 95, "unit": "percent"}
    made = await put(changing, **asked)
    missing = -(-95 * point["denominator"] // 100) - point["numerator"]
    assert made["target"] == pytest.approx(0.95)
    assert made["needed"] == missing > 0
    assert made["progress"] == f"needs {missing} more of {point['denominator']} by March 2020"


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"kind": "hope"}, "enum", "/kind"),
        ({"unit": "people"}, "enum", "/unit"),
        ({"value": "30"}, "number.type", "/value"),
        ({"value": True}, "number.type", "/value"),
        ({"value": None}, "body.required", "/value"),
        ({"value": -1}, "number.range", "/value"),
        ({"value": 1e12}, "number.range", "/value"),
        ({"value": 29.5}, "number.integer_required", "/value"),
        ({"unit": "percent"}, "code.invalid", "/unit"),
        ({"period": "the spring"}, "date.format", "/period"),
        ({"period": "2019-20-Q5"}, "date.format", "/period"),
        ({"measure": "reablement-assesments"}, "code.unknown", "/measure"),
        ({"measure": "reablement-plan-rate", "value": 70}, "number.range", "/value"),
        ({"community": "bay"}, "icc.ambiguous", "/community"),
        ({"community": "A82026"}, "code.invalid", "/measure"),
        ({"kind": "increase", "baseline_period": "2019-20-Q1"}, "code.invalid", "/baseline_period"),
        ({"kind": "increase", "baseline_period": "2020-02"}, "date.order", "/baseline_period"),
        ({"kind": "increase", "baseline_period": "2018-05"}, "number.required", "/baseline_period"),
        (
            {"kind": "increase", "value": -101, "unit": "percent", "baseline_period": "2019-12"},
            "number.range",
            "/value",
        ),
        (
            {"period": "2020-02", "kind": "increase", "value": -28, "baseline_period": "2020-01"},
            "number.range",
            "/value",
        ),
        ({"owner": "somebody"}, "body.unknown_field", "/owner"),
    ],
)
async def test_a_target_that_cannot_be_is_refused(
    changing: Running, change: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await send(changing, "PUT", TARGETS, a_target(**change), "analyst")
    assert answer.status_code == 422, answer.text
    assert {"code": code, "pointer": pointer}.items() <= answer.json()["errors"][0].items()
    assert await changing.rows("select 1 from target") == []


@pytest.mark.parametrize(
    ("role", "who", "status"),
    [
        ("development-lead", KENDAL, 200),
        ("development-lead", {"communities": ("barrow",)}, 403),
        ("publisher", {"communities": ("*",)}, 403),
        ("dashboard", {"communities": ("*",)}, 403),
    ],
)
async def test_targets_are_set_by_those_whose_place_it_is(
    changing: Running, role: str, who: dict[str, Any], status: int
) -> None:
    answer = await send(changing, "PUT", TARGETS, a_target(), role, who=who)
    assert answer.status_code == status, answer.text


async def test_to_others_an_increase_counts_from_what_was_published(changing: Running) -> None:
    """The true baseline is 27, published is 25. March has 35 either way."""
    await cut(changing)
    asked = {"period": "2020-03", "kind": "increase", "value": 13, "baseline_period": "2020-01"}
    made = await put(changing, **asked)
    assert (made["target"], made["progress"]) == (40, "needs 5 more by March 2020")
    theirs = await seen(changing, f"{TARGETS}/{made['id']}", "dashboard")
    assert (theirs["baseline"]["numerator"], theirs["target"]) == (25, 38)
    assert theirs["progress"] == "needs about 3 more by March 2020"
    public = await ask(changing, "dashboard", community="kendal", include="target,spc")
    assert public["series"][0]["points"][2]["target"] == 38
    lead = await seen(changing, f"{TARGETS}/{made['id']}", "case-manager", who=KENDAL)
    assert lead["target"] == 40


async def test_nothing_of_a_baseline_is_told_before_it_is_published(changing: Running) -> None:
    asked = {"period": "2020-03", "kind": "increase", "value": 13, "baseline_period": "2020-01"}
    made = await put(changing, **asked)
    theirs = await seen(changing, f"{TARGETS}/{made['id']}", "dashboard")
    assert theirs["baseline"] == {
        "value": None,
        "numerator": None,
        "denominator": None,
        "suppressed": True,
        "status": None,
    }
    assert (theirs["target"], theirs["needed"], theirs["progress"]) == (None, None, None)
    public = await ask(changing, "dashboard", community="kendal", include="target")
    assert {point["target"] for point in public["series"][0]["points"]} == {None}
    restated = a_cell("reablement-assessments", Month(2020, 1), "kendal", 100, route="community")
    await cut(changing)
    first = await seen(changing, f"{TARGETS}/{made['id']}", "dashboard")
    await publish(changing, [restated], known_at=MAY)
    await cut(changing)
    # The baseline stays as it was published first.
    later = await seen(changing, f"{TARGETS}/{made['id']}", "dashboard")
    assert (first["target"], later["target"]) == (38, 38)


async def test_a_target_of_a_practice_is_for_those_whose_own_it_is(changing: Running) -> None:
    made = await put(changing, community="A82026", measure="referrals-received", period="2020-06", value=5)
    assert (await look(changing, f"{TARGETS}/{made['id']}", "dashboard")).status_code == 404
    assert await listed(changing, TARGETS, "dashboard") == []
    assert [one["id"] for one in await listed(changing, TARGETS, "case-manager", who=KENDAL)] == [made["id"]]


async def test_a_baseline_that_lacks_something_is_taken_with_a_warning(changing: Running) -> None:
    asked = {"community": "morecambe-bay", "period": "2020-03", "kind": "increase", "value": 5}
    made = await put(changing, **asked, baseline_period="2020-01")
    assert [one["code"] for one in made["warnings"]] == ["baseline.partial"]
