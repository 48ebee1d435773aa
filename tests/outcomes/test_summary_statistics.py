"""The statistics of paired changes, against printed tables and against a second way to the same."""

from fractions import Fraction
from math import isclose, sqrt
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.outcomes.summaries.rules.pairs import Changes, change_statistics
from services.outcomes.summaries.rules.student import (
    _expanded,
    _solved,
    central_probability,
    t_quantile,
)

# Printed in every table of Student's t, two-sided 5 %: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
PRINTED = {
    1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228,
    11: 2.201, 12: 2.179, 15: 2.131, 20: 2.086, 25: 2.060, 29: 2.045, 30: 2.042, 40: 2.021, 50: 2.009,
    60: 2.000, 80: 1.990, 100: 1.984,
}  # fmt: skip


@pytest.mark.parametrize(("degrees", "printed"), PRINTED.items())
def test_a_quantile_is_the_printed_one(degrees: int, printed: float) -> None:
    assert round(t_quantile(degrees), 3) == printed


@pytest.mark.parametrize(
    ("degrees", "exact"),
    # One degree is tan(0.475 pi); two are 0.95 * sqrt(2 / (1 - 0.95²)); many are the normal's.
    [
        (1, 12.706204736174698),
        (2, 4.302652729749464),
        (10**6, 1.9599663),
        (10**12, 1.959963984540054),
    ],
)
def test_a_quantile_known_in_closed_form_is_met(degrees: int, exact: float) -> None:
    assert isclose(t_quantile(degrees), exact, rel_tol=1e-7)


@pytest.mark.parametrize("degrees", [150, 199, 200, 201, 500, 1001])
def test_the_sum_and_the_expansion_agree(degrees: int) -> None:
    assert isclose(_solved(degrees), _expanded(degrees), rel_tol=1e-9)


@given(st.integers(1, 3000))
def test_95_percent_lies_within_the_quantile(degrees: int) -> None:
    assert isclose(central_probability(t_quantile(degrees), degrees), 0.95, abs_tol=1e-9)


@given(st.integers(1, 5000))
def test_more_degrees_have_a_smaller_quantile(degrees: int) -> None:
    assert t_quantile(degrees) > t_quantile(degrees + 1) > 1.9599


def test_no_degree_of_freedom_has_no_quantile() -> None:
    with pytest.raises(ValueError, match="one degree"):
        t_quantile(0)


def test_two_people_who_change_places_have_a_mean_of_0() -> None:
    found = change_statistics(Changes.of([Fraction(28), Fraction(-28)]))
    assert found is not None
    assert (found.mean, found.effect_size) == (0, 0)
    # The deviation is 39.598, so the margin is 12.706 times 39.598 over the root of two.
    assert found.upper == pytest.approx(355.77, abs=0.01)
    assert found.lower == pytest.approx(-355.77, abs=0.01)


def test_one_person_has_a_change_and_nothing_around_it() -> None:
    found = change_statistics(Changes.of([Fraction(351, 100)]))
    assert found is not None
    assert (found.mean, found.lower, found.upper, found.effect_size) == (3.51, None, None, None)
    assert change_statistics(Changes.of([])) is None


def test_changes_without_spread_have_no_effect_size() -> None:
    found = change_statistics(Changes.of([Fraction(2)] * 12))
    assert found is not None
    assert (found.mean, found.lower, found.upper, found.effect_size) == (2, 2, 2, None)


@given(st.lists(st.integers(-2800, 2800), min_size=2, max_size=60))
def test_the_statistics_are_those_of_the_single_changes(hundredths: list[int]) -> None:
    changes = [Fraction(one, 100) for one in hundredths]
    found = change_statistics(Changes.of(changes))
    assert found is not None
    values = [float(one) for one in changes]
    spread = stdev(values)
    assert found.mean == pytest.approx(fmean(values), abs=1e-9)
    assert found.lower is not None
    assert found.upper is not None
    assert (found.upper - found.lower) / 2 == pytest.approx(
        t_quantile(len(values) - 1) * spread / sqrt(len(values)), abs=1e-6
    )
    assert (found.effect_size is None) == (len(set(hundredths)) == 1)
    if found.effect_size is not None:
        assert found.effect_size * spread == pytest.approx(found.mean, abs=1e-6)
