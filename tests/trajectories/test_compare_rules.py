"""Intervals and funnel limits against published figures; where no paper prints one, against the equation that defines it."""

import math
import statistics
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.trajectories.compare.rules import Part, Scale, byar, funnel_of, wilson

SCALES: tuple[Scale, ...] = ("proportion", "count")

# Newcombe 1998, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, table I, method 3.
NEWCOMBE = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("events", "people", "low", "high"), NEWCOMBE)
def test_wilsons_interval_is_that_of_the_paper(events: int, people: int, low: float, high: float) -> None:
    interval = wilson(Part(events, people))
    assert (round(interval.lower, 4), round(interval.upper, 4)) == (low, high)


@given(people=some.integers(1, 5000), share=some.floats(0, 1))
def test_wilsons_ends_are_the_rates_that_lie_1_96_deviations_away(people: int, share: float) -> None:
    """The equation that defines them: |p - x| = z sqrt(x (1 - x) / n)."""
    events = round(share * people)
    for end in wilson(Part(events, people)):
        if 0 < end < 1:
            away = abs(events / people - end)
            assert away == pytest.approx(1.959963984540054 * math.sqrt(end * (1 - end) / people), rel=1e-6)


def poisson_tail(events: int, mean: float) -> float:
    """The chance of at most so many events where this many are expected."""
    return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(events + 1))


def mean_where(chance: Callable[[float], float], wanted: float) -> float:
    """The mean at which a chance that falls with it has a value, by halving."""
    low, high = 1e-9, 1000.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle) > wanted else (low, middle)
    return low


@pytest.mark.parametrize("events", [5, 10, 20, 65, 100, 300])
def test_byars_interval_is_near_the_exact_one(events: int) -> None:
    """The exact limits are the means at which so many or fewer, or so many or more, have a chance of a fortieth."""
    interval = byar(Part(events, 1000))
    low = mean_where(lambda mean: poisson_tail(events - 1, mean), 0.975)
    high = mean_where(lambda mean: poisson_tail(events, mean), 0.025)
    assert interval.lower * 1000 == pytest.approx(low, rel=0.01)
    assert interval.upper * 1000 == pytest.approx(high, rel=0.005)
    assert byar(Part(0, 10)).lower == 0


def test_nobody_and_everybody_have_exact_ends() -> None:
    assert wilson(Part(0, 7)).lower == 0
    assert wilson(Part(7, 7)).upper == 1
    with pytest.raises(ValueError, match="between 0"):
        wilson(Part(8, 7))


def limits_by_hand(parts: list[Part], *, proportions: bool) -> tuple[float, float]:
    """φ and τ² step by step as the paper has them, with the standard library's own quantiles."""
    centre = sum(part.numerator for part in parts) / sum(part.denominator for part in parts)
    transform = (lambda rate: math.asin(math.sqrt(rate))) if proportions else math.sqrt
    deviations = [
        1 / (2 * math.sqrt(part.denominator if proportions else centre * part.denominator)) for part in parts
    ]
    rates = [part.numerator / part.denominator for part in parts]
    if not proportions:
        rates, centre = [rate / centre for rate in rates], 1.0
    scores = [(transform(rate) - transform(centre)) / s for rate, s in zip(rates, deviations, strict=True)]
    low, *_, high = statistics.quantiles(scores, n=10, method="inclusive")
    drawn_in = [max(low, min(high, z)) for z in scores]
    phi = sum(z * z for z in drawn_in) / len(parts)
    weights = [s**-2 for s in deviations]
    total = sum(weights)
    tau = (len(parts) * phi - (len(parts) - 1)) / (total - sum(one**2 for one in weights) / total)
    return phi, max(tau, 0)


EIGHT = [
    Part(*one) for one in ((62, 90), (30, 64), (40, 50), (11, 20), (70, 86), (25, 60), (9, 12), (33, 90))
]


def test_the_funnel_allows_for_what_places_differ_in_anyway() -> None:
    for scale in SCALES:
        funnel = funnel_of(EIGHT, scale)
        assert funnel is not None
        phi, tau = limits_by_hand(EIGHT, proportions=scale == "proportion")
        assert [funnel.phi, funnel.tau_squared] == pytest.approx([phi, tau])
        assert funnel.tau_squared > 0
        assert funnel.centre == pytest.approx(280 / 472)


def test_the_limits_of_a_proportion_are_its_transformed_deviations_away() -> None:
    funnel = funnel_of(EIGHT, "proportion")
    assert funnel is not None
    for z in (1.96, 3.09):
        low, high = funnel.limits(90, z)
        reach = z * math.sqrt(1 / (4 * 90) + funnel.tau_squared)
        at = math.asin(math.sqrt(280 / 472))
        assert math.asin(math.sqrt(low)) == pytest.approx(at - reach)
        assert math.asin(math.sqrt(high)) == pytest.approx(at + reach)


def test_places_that_differ_by_chance_alone_have_the_plain_funnel() -> None:
    """Without overdispersion the limits of 400 at a half are those of the normal approximation: 0.5 ± 1.96 × 0.025."""
    alike = [Part(200 + change, 400) for change in (-3, 0, 2, 1, -2, 3, 0, -1)]
    funnel = funnel_of(alike, "proportion")
    assert funnel is not None
    assert funnel.tau_squared == 0
    low, high = funnel.limits(400, 1.959963984540054)
    assert [low, high] == pytest.approx([0.451, 0.549], abs=5e-4)
    assert {funnel.outside(part) for part in alike} == {None}


def test_who_lies_outside_is_named_by_the_widest_limits() -> None:
    """A count of 100 expected: 95 % on the square-root scale is (1 ± 0.098)², 81.4 to 120.6; 99.8 % (1 ± 0.1545)², 71.5 to 133.3."""
    usual = [Part(100, 1000)] * 30
    for events, outside in (
        (100, None),
        (120, None),
        (123, 95),
        (133, 95),
        (140, 99.8),
        (70, 99.8),
        (80, 95),
    ):
        funnel = funnel_of([*usual, Part(events, 1000)], "count")
        assert funnel is not None
        assert funnel.tau_squared == 0
        assert funnel.outside(Part(events, 1000)) == outside


def test_one_place_or_nothing_has_no_funnel() -> None:
    assert funnel_of([Part(1, 2)], "count") is None
    assert funnel_of([Part(0, 2), Part(0, 9)], "count") is None


@given(
    some.lists(some.tuples(some.integers(0, 500), some.integers(1, 500)), min_size=2, max_size=30),
)
def test_a_funnel_is_finite_and_its_limits_lie_round_the_centre(pairs: list[tuple[int, int]]) -> None:
    parts = [Part(min(events, people), people) for events, people in pairs]
    for scale in SCALES:
        funnel = funnel_of(parts, scale)
        if funnel is not None:
            assert funnel.tau_squared >= 0
            for part in parts:
                low, high = funnel.limits(part.denominator, 1.96)
                assert 0 <= low <= funnel.centre + 1e-9
                assert funnel.centre - 1e-9 <= high
                assert scale == "count" or high <= 1
