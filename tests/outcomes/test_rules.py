"""Who sees what, how long an answer is held, when two tables differ; and which cells a month's tables give."""

from datetime import timedelta
from typing import Any

import pytest

from services.outcomes.facts import measure_cells
from services.outcomes.feeds.reading import Figure
from services.outcomes.submissions.rules import (
    differing_totals,
    read_wait,
    sum_by_place,
    supplier,
    visible_councils,
)
from shared.auth.caller import Caller
from shared.months import Month
from tests.outcomes.builders import declarations, registry

REABLEMENT = declarations().feeds["reablement"]
JANUARY = Month(2020, 1)


@pytest.mark.parametrize(
    ("prefer", "seconds", "applied"),
    [
        (None, 5, None),
        ("", 5, None),
        ("wait=10", 10, "wait=10"),
        ("wait=0", 0, "wait=0"),
        ("WAIT = 7", 7, "wait=7"),
        ("wait=3600", 30, "wait=30"),
        ("respond-async", 0, "respond-async"),
        ("respond-async, wait=10", 10, "wait=10"),
        ("return=minimal", 5, None),
        ("wait=soon", 5, None),
    ],
)
def test_an_answer_is_held_as_the_sender_prefers_up_to_thirty_seconds(
    prefer: str | None, seconds: float, applied: str | None
) -> None:
    wait = read_wait(prefer, usual=timedelta(seconds=5))
    assert (wait.seconds, wait.applied) == (seconds, applied)


def caller(org: str | None = None, communities: set[str] | None = None) -> Caller:
    return Caller("c", frozenset(), org, None if communities is None else frozenset(communities))


@pytest.mark.parametrize(
    ("who", "councils"),
    [
        (caller("cumbria"), {"cumbria"}),
        (caller("A82026"), set()),
        (caller(), set()),
        (caller(communities={"*"}), None),
        (caller(communities={"kendal"}), {"cumbria", "south-lakeland", "westmorland-and-furness"}),
    ],
)
def test_a_caller_sees_its_own_council_or_its_communities_councils(
    who: Caller, councils: set[str] | None
) -> None:
    assert visible_councils(who, registry()) == councils


@pytest.mark.parametrize(
    ("feed", "org", "council"),
    [
        ("reablement", "cumbria", "cumbria"),
        ("reablement", "barrow-borough", None),
        ("homelessness", "barrow-borough", "barrow-borough"),
        ("homelessness", "cumbria", None),
        ("reablement", "A82026", None),
        ("reablement", None, None),
    ],
)
def test_a_feed_is_sent_by_councils_of_its_kind(feed: str, org: str | None, council: str | None) -> None:
    assert supplier(caller(org), declarations().feeds[feed], registry()) == council


def figures(*given: tuple[str, str, str, int | None]) -> list[Figure]:
    return [Figure(table, JANUARY, place, category, count) for table, place, category, count in given]


def test_two_tables_that_count_differently_are_a_warning_for_each_place() -> None:
    sums = sum_by_place(
        figures(
            ("routes", "kendal", "community", 19),
            ("routes", "kendal", "hospital", 6),
            ("outcomes", "kendal", "plan", 24),
            ("outcomes", "east", "plan", 3),
            ("routes", "barrow", "community", 4),
            ("outcomes", "barrow", "plan", 4),
        )
    )
    warnings = differing_totals(REABLEMENT, sums)
    assert [warning["detail"].split(":")[0] for warning in warnings] == ["kendal, 2020-01"]


def cells(tables: dict[str, Any]) -> dict[Any, Any]:
    return {one.key: one.count for one in measure_cells(REABLEMENT, tables)}


def test_a_blank_gives_no_cell_and_a_zero_gives_one() -> None:
    found = cells({"routes": {("kendal", "community"): 0, ("kendal", "hospital"): None}})
    assert found == {("reablement-assessments", "kendal", (("route", "community"),)): 0}


def test_a_total_or_a_rate_is_never_a_cell_of_its_own() -> None:
    found = cells(
        {
            "routes": {("kendal", "community"): 19, ("kendal", "hospital"): 6},
            "outcomes": {("kendal", "plan"): 25},
        }
    )
    assert {(measure, breakdowns) for measure, _, breakdowns in found} == {
        ("reablement-assessments", (("route", "community"),)),
        ("reablement-assessments", (("route", "hospital"),)),
        ("reablement-outcomes", (("outcome", "plan"),)),
    }
