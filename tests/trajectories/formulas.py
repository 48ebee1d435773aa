"""What a reader works out from figures that are shown, by formulas written anew from their sources."""

from collections.abc import Sequence
from itertools import pairwise
from math import asin, pi, sin, sqrt
from statistics import fmean, quantiles
from typing import NamedTuple

Z, Z_998 = 1.959963984540054, 3.090232306167813


class SPC(NamedTuple):
    """The lines of an XmR chart."""

    mean: float | None
    lower: float | None
    upper: float | None


def xmr(values: Sequence[float | None]) -> SPC:
    """Mean and limits of some months, ranges beyond 3.267 times their mean left out; of none where a month is not shown."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return SPC(None, None, None)
    mean = fmean(known)
    ranges = [abs(after - before) for before, after in pairwise(known)]
    kept = [one for one in ranges if one < 3.267 * fmean(ranges)]
    if not kept:
        return SPC(mean, None, None)
    reach = 2.66 * fmean(kept)
    return SPC(mean, mean - reach, mean + reach)


def wilson(numerator: int, denominator: int) -> tuple[float, float]:
    """Wilson's interval of a proportion (1927)."""
    rate, square = numerator / denominator, Z * Z / denominator
    middle = rate + square / 2
    reach = Z * sqrt(rate * (1 - rate) / denominator + square / (4 * denominator))
    return (middle - reach) / (1 + square), (middle + reach) / (1 + square)


def byar(numerator: int, denominator: int) -> tuple[float, float]:
    """Byar's interval of a count (Breslow and Day 1987), divided."""

    def end(count: int, sign: int) -> float:
        return 0.0 if count == 0 else count * (1 - 1 / (9 * count) + sign * Z / (3 * sqrt(count))) ** 3

    return end(numerator, -1) / denominator, end(numerator + 1, 1) / denominator


class Joint(NamedTuple):
    """What places have in common (Spiegelhalter 2005)."""

    proportion: bool
    centre: float
    dispersion_ratio: float
    overdispersion: float

    def limits(self, denominator: int, z: float) -> tuple[float, float]:
        """The limits of a place with this denominator."""
        if self.proportion:
            at, reach = asin(sqrt(self.centre)), z * sqrt(1 / (4 * denominator) + self.overdispersion)
            return sin(max(0, at - reach)) ** 2, sin(min(pi / 2, at + reach)) ** 2
        reach = z * sqrt(1 / (4 * self.centre * denominator) + self.overdispersion)
        return self.centre * max(0, 1 - reach) ** 2, self.centre * (1 + reach) ** 2


def funnel(parts: Sequence[tuple[int, int]], *, proportion: bool) -> Joint | None:
    """The funnel of places whose counts are shown; None where there are none to differ."""
    centre = sum(one for one, _ in parts) / sum(of for _, of in parts) if parts else 0
    if len(parts) < 2 or not centre:
        return None
    if proportion:
        apart = [asin(sqrt(one / of)) - asin(sqrt(centre)) for one, of in parts]
        deviations = [1 / (2 * sqrt(of)) for _, of in parts]
    else:
        apart = [sqrt(one / (centre * of)) - 1 for one, of in parts]
        deviations = [1 / (2 * sqrt(centre * of)) for _, of in parts]
    scores = [one / deviation for one, deviation in zip(apart, deviations, strict=True)]
    ends = quantiles(scores, n=10, method="inclusive")
    ratio = fmean(min(max(score, ends[0]), ends[-1]) ** 2 for score in scores)
    weights = [deviation**-2 for deviation in deviations]
    among = sum(weights) - sum(one * one for one in weights) / sum(weights)
    beyond = max(0, (len(parts) * ratio - (len(parts) - 1)) / among)
    return Joint(proportion, centre, ratio, beyond)
