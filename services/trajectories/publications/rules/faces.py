"""What a part of a figure shows of itself, as far as the figures it adds to may know.

A figure over several suppliers or practices is the sum of these faces, never of the true counts: whoever moves a part of
their own moves their own face, and learns nothing of the others.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from services.trajectories.performance.rules.protection import Policy, Range

QUARTET = 4
"""As many values stay possible for any count that is not shown."""


class Face(NamedTuple):
    """What is known of a count to everybody. shown: what it counts as in a sum.   low: the least it can be."""

    shown: int
    low: int


ZERO = Face(0, 0)


def sum_of(faces: Iterable[Face]) -> Face:
    """The face of a sum whose parts have these."""
    shown = low = 0
    for face in faces:
        shown, low = shown + face.shown, low + face.low
    return Face(shown, low)


def mean_of(faces: list[Face]) -> Face:
    """The face of the mean of months that have these; a half goes up."""
    total, months = sum_of(faces), len(faces)
    return Face((2 * total.shown + months) // (2 * months), total.low // months)


def supplied(policy: Policy, count: int) -> Face:
    """The face of a count that a supplier answers for: rounded, and one base for any that is hidden."""
    if policy.hides(count):
        return Face(policy.base, 1)
    return Face(policy.rounded(count), policy.shown_as_same(count).low)


def of_practice(policy: Policy, count: int, *, coarse: bool = False) -> Face:
    """The face of a practice's count, which is never shown itself: the middle of its class."""
    known = coarse_class(policy, count) if coarse else practice_class(policy, count)
    return Face((known.low + known.high) // 2, known.low)


def practice_class(policy: Policy, count: int) -> Range:
    """The counts of a practice that look the same: by fours while they are small, as they are rounded above."""
    if count == 0:
        return Range(0, 0)
    for known in _small_classes(policy):
        if known.low <= count <= known.high:
            return known
    return policy.shown_as_same(count)


@lru_cache(maxsize=4096)
def coarse_class(policy: Policy, count: int) -> Range:
    """Two classes together, 0 with the first two: what a practice's count shows that would give others away."""
    found = Range(0, _small_classes(policy)[1].high)
    while count > found.high:
        first = practice_class(policy, found.high + 1)
        found = Range(first.low, practice_class(policy, first.high + 1).high)
    return found


@lru_cache
def _small_classes(policy: Policy) -> tuple[Range, ...]:
    """From 1 to where classes of rounding begin that are wholly above the threshold; each has four values and more."""
    first = policy.threshold + 1
    while first <= policy.threshold + QUARTET or policy.shown_as_same(first).low != first:
        first += 1
    lows = [*range(1, first - QUARTET + 1, QUARTET), first]
    return tuple(Range(low, following - 1) for low, following in pairwise(lows))
