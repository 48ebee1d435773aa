"""XmR charts: limits, special causes and the icon of variation, in exact arithmetic.

Three tools are in use around the Bay, and they disagree in named ways. So a chart names the profile that it follows:
`ptd` is NHSRplotthedots 0.2.2, `mdc-excel` NHS England's Making Data Count workbook, `uhmb` the tool of University
Hospitals of Morecambe Bay.
"""

# All comparisons are exact: with floats, noise in the last digit breaks a tie and with it a run. They are made in whole
# numbers, all of a group's multiplied by one and the same, for a comparison of fractions takes ten times as long.

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import ceil, lcm
from types import MappingProxyType
from typing import Literal, TypeAlias

Rule: TypeAlias = Literal["outside", "trend", "two-of-three", "shift", "fifteen-within"]
TwoOfThree: TypeAlias = Literal["between-limits", "inclusive"]
Direction: TypeAlias = Literal["increase", "decrease", "neutral"]
PointType: TypeAlias = Literal["common", "improvement", "concern", "neutral"]
Assurance: TypeAlias = Literal["pass", "fail", "inconsistent"]

# The method's own validation refuses a fixed baseline of fewer points.
LEAST_BASELINE = 12
# Below this many points limits are trial limits.
FULL_LIMITS = 13
_WINDOW = 3
_NEAR_NEEDED = 2
_FIFTEEN = 15


@dataclass(frozen=True, slots=True)
class Profile:
    """The settings that turn a series into limits and flags.

    limit_factor: moving-range multiples from the mean to a limit; near limits stand at two thirds of it.
    screening_factor: moving ranges at or above this multiple of their mean are left out once; None keeps them all.
    run_length: points of a trend and of a shift.   precedence: which rule names a point that breaks several.
    two_of_three: `between-limits` counts points beyond a near limit and inside the limit, all three strictly on one side;
    `inclusive` counts every point at or beyond the near limit, and lets the mean belong to both sides.
    """

    name: str
    limit_factor: Fraction
    screening_factor: Fraction | None
    run_length: int
    two_of_three: TwoOfThree
    precedence: tuple[Rule, ...]

    def settings(self) -> dict[str, object]:
        """What a reader needs to draw the same chart again, in JSON's types."""
        return {
            "limit_factor": float(self.limit_factor),
            "screen_outliers": self.screening_factor is not None,
            "run_length": self.run_length,
            "two_of_three": self.two_of_three,
            "precedence": list(self.precedence),
        }


# The workbook and the R package multiply by the rounded constant 2.66; the trust's tool divides by d2 = 1.128.
_ROUNDED = Fraction(266, 100)
_DIVIDED = Fraction(3000, 1128)

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            Profile(
                name="ptd",
                limit_factor=_ROUNDED,
                screening_factor=Fraction(3267, 1000),
                run_length=7,
                two_of_three="between-limits",
                precedence=("outside", "trend", "two-of-three", "shift"),
            ),
            Profile(
                name="mdc-excel",
                limit_factor=_ROUNDED,
                screening_factor=None,
                run_length=7,
                two_of_three="between-limits",
                precedence=("outside", "trend", "two-of-three", "shift"),
            ),
            Profile(
                name="uhmb",
                limit_factor=_DIVIDED,
                screening_factor=None,
                run_length=7,
                two_of_three="inclusive",
                # The tool's code, not its read-me: trend first, then shift or outside.
                precedence=("trend", "outside", "shift", "two-of-three", "fifteen-within"),
            ),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Mean and limits of a series, in its unit; None where ranges leave none."""

    mean: Fraction
    lower: Fraction | None
    upper: Fraction | None


@dataclass(frozen=True, slots=True)
class _Whole:
    """A group's points and limits in whole numbers of one and the same size. third: of the way from the mean to a limit."""

    values: Sequence[int]
    mean: int
    third: int | None

    @classmethod
    def of(cls, values: Sequence[Fraction], limits: Limits) -> "_Whole":
        """The same in whole numbers."""
        third = None if limits.upper is None else (limits.upper - limits.mean) / 3
        parts = [one.denominator for one in (*values, limits.mean)]
        size = lcm(*parts, 1 if third is None else third.denominator)
        return cls(
            [_times(value, size) for value in values],
            _times(limits.mean, size),
            None if third is None else _times(third, size),
        )

    @property
    def heights(self) -> list[int]:
        """How far each point lies above the mean."""
        return [value - self.mean for value in self.values]


@dataclass(frozen=True, slots=True)
class Flag:
    """What one point says: the rule it breaks, on which side (+1 high, -1 low), and whether that is good."""

    type: PointType
    rule: Rule | None
    side: int

    @property
    def is_special(self) -> bool:
        """Whether something changed; many points close to the mean say no more than that the limits are old."""
        return self.type != "common" and self.rule != "fifteen-within"

    @property
    def variation(self) -> str:
        """The icon of the point: `common-cause`, or its type with the side the value lies on."""
        return f"{self.type}-{'high' if self.side > 0 else 'low'}" if self.is_special else "common-cause"


@dataclass(frozen=True, slots=True)
class Group:
    """The points from one rebase to the next, with limits of their own.

    first: index of its first point.   basis: how many of its points made the limits.
    """

    first: int
    limits: Limits
    basis: int


@dataclass(frozen=True, slots=True)
class Chart:
    """The groups of points between rebases, a flag per point and the summary of the last point."""

    groups: tuple[Group, ...]
    flags: tuple[Flag, ...]
    variation: str

    @property
    def limits(self) -> Limits:
        """The limits that the last point is held to."""
        return self.groups[-1].limits


def xmr_chart(
    values: Sequence[Fraction],
    profile: Profile,
    direction: Direction,
    *,
    baseline_points: int | None = None,
    rebases: Collection[int] = (),
) -> Chart:
    """The chart of a series.

    values: (n,), n >= 1, in the unit of the measure, oldest first.   baseline_points: the first points of each group that
    alone make its limits, >= 12.   rebases: indices of points from which on limits are made anew; no run crosses one.
    Raises ValueError for an empty series or a short baseline.
    """
    if not values:
        raise ValueError("a chart needs at least one point")
    if baseline_points is not None and baseline_points < LEAST_BASELINE:
        raise ValueError(f"a fixed baseline needs at least {LEAST_BASELINE} points")
    starts = sorted({0, *(index for index in rebases if 0 < index < len(values))})
    groups: list[Group] = []
    flags: list[Flag] = []
    for first, following in pairwise([*starts, len(values)]):
        own = values[first:following]
        baseline = own[:baseline_points]
        limits = limits_of(baseline, profile)
        groups.append(Group(first, limits, len(baseline)))
        flags += _flags(own, limits, profile, direction)
    return Chart(tuple(groups), tuple(flags), flags[-1].variation)


def assurance_of(target: Fraction, limits: Limits, direction: Direction) -> Assurance | None:
    """Whether a target is met by the process as it runs: always, never, or now and then.

    None where neither side is better, and where the series has no limits. A target on a limit is met now and then.
    Source: NHSRplotthedots 0.2.2, assurance icons.
    """
    if direction == "neutral" or limits.lower is None or limits.upper is None:
        return None
    below, above = target < limits.lower, target > limits.upper
    if not below and not above:
        return "inconsistent"
    return "pass" if below == (direction == "increase") else "fail"


def limits_of(baseline: Sequence[Fraction], profile: Profile) -> Limits:
    """Mean and limits from the points of a baseline: mean plus and minus the profile's factor of the mean moving range.

    Screening drops large ranges once and never moves the mean; a series without variation is left without limits.
    """
    size = lcm(*(value.denominator for value in baseline))
    values = [_times(value, size) for value in baseline]
    mean = Fraction(sum(values), size * len(values))
    ranges = [abs(later - earlier) for earlier, later in pairwise(values)]
    if ranges and profile.screening_factor is not None:
        largest_kept = profile.screening_factor * sum(ranges) / len(ranges)
        # A whole number lies below a fraction where it lies below the next whole number.
        ranges = [moving_range for moving_range in ranges if moving_range < ceil(largest_kept)]
    if not ranges:
        return Limits(mean, None, None)
    distance = profile.limit_factor * Fraction(sum(ranges), size * len(ranges))
    return Limits(mean, mean - distance, mean + distance)


def _flags(values: Sequence[Fraction], limits: Limits, profile: Profile, direction: Direction) -> list[Flag]:
    """One flag a point: the first rule of the profile's precedence that names it."""
    whole = _Whole.of(values, limits)
    found = [_FINDERS[rule](whole, profile) for rule in profile.precedence]
    flags = []
    for sides in zip(*found, strict=True):
        broken = zip(profile.precedence, sides, strict=True)
        flags.append(_flag(*next(((rule, side) for rule, side in broken if side), (None, 0)), direction))
    return flags


@lru_cache  # there are a few dozen
def _flag(rule: Rule | None, side: int, direction: Direction) -> Flag:
    return Flag(_point_type(rule, side, direction), rule, side)


def _point_type(rule: Rule | None, side: int, direction: Direction) -> PointType:
    """Good, bad or neither. Fifteen points close to the mean say that limits are stale, not that care changed."""
    if rule is None:
        return "common"
    if direction == "neutral" or rule == "fifteen-within":
        return "neutral"
    return "improvement" if (side > 0) == (direction == "increase") else "concern"


def _outside(whole: _Whole, _profile: Profile) -> list[int]:
    """+1 above the upper limit, -1 below the lower one; a point on a limit is inside."""
    if whole.third is None:
        return [0] * len(whole.values)
    far = 3 * whole.third
    return [(height > far) - (height < -far) for height in whole.heights]


def _trend(whole: _Whole, profile: Profile) -> list[int]:
    """Every point of a run of strict rises or falls; a tie ends the run.

    A point between a rise and a fall takes the direction of the step that follows it.
    """
    steps = [_sign(later - earlier) for earlier, later in pairwise(whole.values)]
    sides = [0] * len(whole.values)
    # Later runs write last, so the turning point belongs to the run it begins.
    for start, length, sign in _runs(steps):
        if sign and length >= profile.run_length - 1:
            sides[start : start + length + 1] = [sign] * (length + 1)
    return sides


def _shift(whole: _Whole, profile: Profile) -> list[int]:
    """Every point of a run strictly on one side of the mean; a point on the mean ends the run."""
    sides = [0] * len(whole.values)
    for start, length, sign in _runs([_sign(height) for height in whole.heights]):
        if sign and length >= profile.run_length:
            sides[start : start + length] = [sign] * length
    return sides


def _two_of_three(whole: _Whole, profile: Profile) -> list[int]:
    """The near points of every window of three that lies on one side and has two of them."""
    sides = [0] * len(whole.values)
    if whole.third is None:
        return sides
    near, far = 2 * whole.third, 3 * whole.third
    above = whole.heights
    for side in (1, -1):
        heights = [side * height for height in above]
        if profile.two_of_three == "between-limits":
            is_near = [near < height <= far for height in heights]
            on_side = [height > 0 for height in heights]
        else:
            is_near = [height >= near > 0 for height in heights]
            on_side = [height >= 0 for height in heights]
        if sum(is_near) < _NEAR_NEEDED:
            continue
        for first in range(len(heights) - _WINDOW + 1):
            window = range(first, first + _WINDOW)
            if all(on_side[i] for i in window) and sum(is_near[i] for i in window) >= _NEAR_NEEDED:
                for i in window:
                    sides[i] = side if is_near[i] else sides[i]
    return sides


def _fifteen_within(whole: _Whole, _profile: Profile) -> list[int]:
    """Runs of fifteen points within a third of the way to a limit: the limits no longer describe the series."""
    sides = [0] * len(whole.values)
    third = whole.third
    if third is None:
        return sides
    within = [int(abs(height) < third) for height in whole.heights]
    for start, length, inside in _runs(within):
        if inside and length >= _FIFTEEN:
            sides[start : start + length] = [1] * length
    return sides


_FINDERS: dict[Rule, Callable[[_Whole, Profile], list[int]]] = {
    "outside": _outside,
    "trend": _trend,
    "two-of-three": _two_of_three,
    "shift": _shift,
    "fifteen-within": _fifteen_within,
}


def _runs(marks: Iterable[int]) -> list[tuple[int, int, int]]:
    """(first index, length, mark) of each stretch of equal marks."""
    runs: list[tuple[int, int, int]] = []
    for index, mark in enumerate(marks):
        if runs and runs[-1][2] == mark:
            start, length, _ = runs[-1]
            runs[-1] = (start, length + 1, mark)
        else:
            runs.append((index, 1, mark))
    return runs


def _sign(value: int) -> int:
    """-1, 0 or +1."""
    return (value > 0) - (value < 0)


def _times(value: Fraction, size: int) -> int:
    """A fraction times a multiple of its denominator."""
    return value.numerator * (size // value.denominator)
