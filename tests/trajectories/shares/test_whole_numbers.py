"""Promises of the whole numbers of a trajectory."""

from fractions import Fraction
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from services.trajectories.shares.rules.whole_numbers import parts_of, whole_numbers

PLANS = st.lists(st.integers(0, 60), max_size=8)
WINDOWS = st.dictionaries(st.sampled_from("abcdefghij"), st.integers(0, 200), min_size=1).filter(
    lambda window: any(window.values())
)


def one_by_one(plan: list[int], window: dict[str, int]) -> dict[str, list[int]]:
    """The method as it is written: the next unit to the largest size / (given + 1) below its upper quota."""
    whole, turn = sum(window.values()), 0
    given = dict.fromkeys(window, 0)
    shared: dict[str, list[int]] = {code: [] for code in window}
    for units in plan:
        before = dict(given)
        for _ in range(units):
            turn += 1
            allowed = [code for code, size in window.items() if given[code] * whole < size * turn]
            best = min(
                allowed, key=lambda code: (Fraction(given[code] + 1, window[code]), -window[code], code)
            )
            given[best] += 1
        for code in window:
            shared[code].append(given[code] - before[code])
    return shared


@given(PLANS, WINDOWS)
def test_the_numbers_are_those_of_giving_units_one_by_one(plan: list[int], window: dict[str, int]) -> None:
    assert whole_numbers(plan, window) == one_by_one(plan, window)


@given(PLANS, WINDOWS)
def test_every_month_adds_up_and_no_running_total_drifts(plan: list[int], window: dict[str, int]) -> None:
    shared, whole = whole_numbers(plan, window), sum(window.values())
    assert [sum(series[at] for series in shared.values()) for at in range(len(plan))] == plan
    for code, series in shared.items():
        assert all(units >= 0 for units in series)
        for had, planned in zip(accumulate(series), accumulate(plan), strict=True):
            assert abs(had - Fraction(window[code] * planned, whole)) < 1


@given(PLANS, WINDOWS, st.integers(2, 50))
def test_neither_order_nor_scale_matters(plan: list[int], window: dict[str, int], scale: int) -> None:
    turned = {code: count * scale for code, count in reversed(window.items())}
    assert whole_numbers(plan, turned) == whole_numbers(plan, window)


@given(PLANS, WINDOWS)
def test_nothing_in_the_window_is_nothing_in_the_plan(plan: list[int], window: dict[str, int]) -> None:
    shared = whole_numbers(plan, window)
    assert all(not any(shared[code]) for code, count in window.items() if count == 0)


def test_a_small_practice_keeps_its_half_spells_over_the_year() -> None:
    shared = whole_numbers([100] * 12, {"small": 35, "large": 11_965})
    assert sum(shared["small"]) in {3, 4}


def test_a_tie_goes_to_the_first_code() -> None:
    assert whole_numbers([1, 1], {"b": 7, "a": 7}) == {"b": [0, 1], "a": [1, 0]}


def test_practices_of_a_community_without_activity_have_zeros() -> None:
    assert parts_of([0, 0], {"a": 0, "b": 0}) == {"a": [0, 0], "b": [0, 0]}
