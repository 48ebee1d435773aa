"""XmR charts against the published snapshots of NHSRplotthedots and real admissions of the Bay's trust."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.trajectories.spc.rules import PROFILES, Limits, Profile, xmr_chart

PTD, EXCEL = PROFILES["ptd"], PROFILES["mdc-excel"]

# Twenty normal values, R seed 123; the second series has its fifteenth value replaced by 10.
NORMALS = [
    Fraction(text)
    for text in [
        "-0.56047565",
        "-0.23017749",
        "1.55870831",
        "0.07050839",
        "0.12928774",
        "1.71506499",
        "0.46091621",
        "-1.26506123",
        "-0.68685285",
        "-0.44566197",
        "1.2240818",
        "0.35981383",
        "0.40077145",
        "0.11068272",
        "-0.55584113",
        "1.78691314",
        "0.49785048",
        "-1.96661716",
        "0.7013559",
        "-0.47279141",
    ]
]
WITH_OUTLIER = [*NORMALS[:14], Fraction(10), *NORMALS[15:]]
# University Hospitals of Morecambe Bay, emergency admissions via type 1 departments, April 2016 to March 2019 (NHSRdatasets).
ADMISSIONS = [
    Fraction(count)
    for count in (
        *(2087, 2259, 2209, 2247, 2215, 2053, 2043, 2057, 2214, 2051, 1825, 2019),
        *(2012, 2096, 1928, 2052, 2011, 1973, 2082, 1997, 2226, 2170, 1908, 2136),
        *(1985, 2198, 2041, 2025, 2028, 2017, 2242, 2070, 2212, 2242, 1919, 2224),
    )
]
SPIKE = [Fraction(value) for value in (1, 2, 1, 2, 10, *(1, 2) * 6, 1)]


def series(*values: float) -> list[Fraction]:
    return [Fraction(str(value)) for value in values]


@pytest.mark.parametrize(
    ("values", "profile", "baseline", "expected"),
    [
        (NORMALS, PTD, None, (0.141624, -3.01138, 3.294627)),
        (WITH_OUTLIER, PTD, None, (0.669416, -2.383666, 3.722497)),
        (WITH_OUTLIER, EXCEL, None, (0.669416, -4.596625, 5.935457)),
        (ADMISSIONS, PTD, None, (2085.361111, 1751.189111, 2419.533111)),
        (ADMISSIONS, PTD, 12, (2106.583333, 1812.048788, 2401.117879)),
        (series(1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 3, 2, 5, 4), PTD, None, (4.5, 1.618333, 7.381667)),
        (SPIKE, PTD, None, (1.944444, -0.715556, 4.604444)),
        (SPIKE, EXCEL, None, (1.944444, -3.062614, 6.951503)),
    ],
)
def test_limits_are_those_that_were_published(
    values: list[Fraction], profile: Profile, baseline: int | None, expected: tuple[float, float, float]
) -> None:
    limits = xmr_chart(values, profile, "increase", baseline_points=baseline).limits
    assert limits.lower is not None
    assert limits.upper is not None
    found = (float(limits.mean), float(limits.lower), float(limits.upper))
    assert found == pytest.approx(expected, abs=1e-6)


def test_thirty_six_months_of_admissions_are_common_cause() -> None:
    chart = xmr_chart(ADMISSIONS, PTD, "decrease")
    assert {flag.rule for flag in chart.flags} == {None}
    assert chart.variation == "common-cause"


def test_limits_of_the_first_year_show_the_shift_that_followed() -> None:
    chart = xmr_chart(ADMISSIONS, PTD, "decrease", baseline_points=12)
    shifted = [index for index, flag in enumerate(chart.flags) if flag.rule == "shift"]
    assert shifted == list(range(9, 20))
    assert {chart.flags[index].type for index in shifted} == {"improvement"}


def test_a_constant_series_has_no_limits_and_no_flags() -> None:
    chart = xmr_chart(series(*[5] * 13), PTD, "increase")
    assert chart.limits == Limits(Fraction(5), None, None)
    assert {flag.type for flag in chart.flags} == {"common"}


def test_every_point_of_a_trend_is_flagged_and_a_tie_breaks_it() -> None:
    rising = xmr_chart(series(*range(1, 8)), PTD, "increase")
    assert {flag.rule for flag in rising.flags} <= {"trend", "outside"}
    tied = xmr_chart(series(1, 2, 3, 3, 4, 5, 6), PTD, "increase")
    assert "trend" not in {flag.rule for flag in tied.flags}


def test_a_pair_of_equal_points_between_two_rises_is_not_called_a_fall() -> None:
    chart = xmr_chart(series(*range(1, 8), *range(7, 14)), EXCEL, "increase")
    assert all(flag.side > 0 for flag in chart.flags if flag.rule == "trend")


def test_an_outlying_last_point_of_a_neutral_measure_is_neutral_and_high() -> None:
    chart = xmr_chart(series(10, 11, 10, 12, 11, 10, 11, 12, 10, 11, 10, 30), PTD, "neutral")
    assert chart.variation == "neutral-high"
    assert chart.flags[0].rule == "two-of-three"


def test_a_shift_below_the_mean_improves_a_measure_whose_fall_is_good() -> None:
    values = series(20, 22, 19, 21, 23, 20, 22, 24, 21, 23, 20, 22, 16, 15, 17, 16, 15, 17, 16, 15)
    assert xmr_chart(values, PTD, "decrease").variation == "improvement-low"
    assert xmr_chart(values, PTD, "increase").variation == "concern-low"


def test_beyond_the_limit_counts_as_near_for_the_local_trust_only() -> None:
    values = series(*[0, 1, -1] * 6, 0, 5, 9, 1)
    last_three = {
        name: [flag.rule for flag in xmr_chart(values, profile, "increase").flags[-3:]]
        for name, profile in PROFILES.items()
    }
    assert last_three["ptd"] == [None, "outside", None]
    assert last_three["uhmb"] == ["two-of-three", "outside", None]


def test_a_short_baseline_is_refused() -> None:
    with pytest.raises(ValueError, match="baseline"):
        xmr_chart(ADMISSIONS, PTD, "increase", baseline_points=11)


@given(
    st.lists(st.integers(-50, 50), min_size=2, max_size=30),
    st.integers(-1000, 1000),
    st.sampled_from(sorted(PROFILES)),
)
def test_a_chart_does_not_depend_on_where_zero_lies(values: list[int], moved: int, profile: str) -> None:
    here = xmr_chart(series(*values), PROFILES[profile], "increase")
    there = xmr_chart(series(*(value + moved for value in values)), PROFILES[profile], "increase")
    assert here.flags == there.flags


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=30), st.sampled_from(sorted(PROFILES)))
def test_turning_a_series_upside_down_turns_good_into_bad(values: list[int], profile: str) -> None:
    upright = xmr_chart(series(*values), PROFILES[profile], "increase")
    turned = xmr_chart(series(*(-value for value in values)), PROFILES[profile], "decrease")
    assert [flag.type for flag in upright.flags] == [flag.type for flag in turned.flags]
