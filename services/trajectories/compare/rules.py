"""Intervals of single rates, and a funnel round all of them that allows for what places differ in anyway. Pure.

Proportions have Wilson's interval, rates of counts Byar's. The funnel is Spiegelhalter's with additive overdispersion:
z-scores on the arcsine scale for proportions and on the square-root scale for counts, winsorised at a tenth each end.
Sources: Wilson 1927; Breslow and Day 1987, volume II; Spiegelhalter 2005, "Handling over-dispersion of performance
indicators", Quality and Safety in Health Care 14:347-351.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, floor, pi, sin, sqrt
from typing import Literal, NamedTuple, TypeAlias

Scale: TypeAlias = Literal["proportion", "count"]
Z_95 = 1.959963984540054
Z_998 = 3.090232306167813
_TRIMMED = 0.1


class Interval(NamedTuple):
    """Both ends of an interval."""

    lower: float
    upper: float


class Part(NamedTuple):
    """What one place has: events among people, or of people (a count's denominator). denominator > 0."""

    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """What all places have in common. centre: their joint rate.

    phi: the mean of the squared z-scores after winsorising, 1 when places differ by chance alone.
    tau_squared: how much the places differ beyond chance, as a variance on the transformed scale.
    """

    scale: Scale
    centre: float
    phi: float
    tau_squared: float

    def limits(self, denominator: int, z: float) -> Interval:
        """The limits of a place with this denominator, as rates; none below 0, and of a proportion none above 1."""
        if self.scale == "proportion":
            at = asin(sqrt(self.centre))
            reach = z * sqrt(1 / (4 * denominator) + self.tau_squared)
            return Interval(sin(max(at - reach, 0)) ** 2, sin(min(at + reach, pi / 2)) ** 2)
        expected = self.centre * denominator
        if not expected:
            return Interval(0.0, 0.0)
        reach = z * sqrt(1 / (4 * expected) + self.tau_squared)
        return Interval(self.centre * max(1 - reach, 0) ** 2, self.centre * (1 + reach) ** 2)

    def outside(self, part: Part) -> float | None:
        """The widest limits that a place lies outside of; on a limit is inside."""
        rate = part.numerator / part.denominator
        for name, z in _NAMED:
            low, high = self.limits(part.denominator, z)
            if not low - _NOISE <= rate <= high + _NOISE:
                return name
        return None


_NAMED: tuple[tuple[float, float], ...] = ((99.8, Z_998), (95, Z_95))
_NOISE = 1e-12
"""What the arithmetic of a limit may be off by."""


def wilson(part: Part, z: float = Z_95) -> Interval:
    """Wilson's score interval of a proportion, 0..1. Raises ValueError where more than all have it."""
    events, people = part
    if not 0 <= events <= people:
        raise ValueError("a proportion's numerator lies between 0 and its denominator")
    share, square = events / people, z * z / people
    middle = share + square / 2
    reach = z * sqrt(share * (1 - share) / people + square / (4 * people))
    # The ends of none and of all are exact.
    low = 0.0 if events == 0 else (middle - reach) / (1 + square)
    high = 1.0 if events == people else (middle + reach) / (1 + square)
    return Interval(low, high)


def byar(part: Part, z: float = Z_95) -> Interval:
    """Byar's interval of a count, divided by its denominator."""
    events, people = part
    if events < 0:
        raise ValueError("a count is not below 0")
    low = 0.0 if events == 0 else events * (1 - 1 / (9 * events) - z / (3 * sqrt(events))) ** 3
    more = events + 1
    high = more * (1 - 1 / (9 * more) + z / (3 * sqrt(more))) ** 3
    return Interval(low / people, high / people)


def funnel_of(parts: Sequence[Part], scale: Scale) -> Funnel | None:
    """The funnel of some places; None where there are fewer than two, or nothing happened at any."""
    if len(parts) < 2:  # noqa: PLR2004 -- one place has nothing to differ from
        return None
    centre = sum(part.numerator for part in parts) / sum(part.denominator for part in parts)
    if not centre:
        return None
    scores = [_score(part, centre, scale) for part in parts]
    trimmed = _winsorised([score / deviation for score, deviation in scores])
    phi = sum(z * z for z in trimmed) / len(trimmed)
    weights = [1 / (deviation * deviation) for _, deviation in scores]
    beyond = len(parts) * phi - (len(parts) - 1)
    among = sum(weights) - sum(one * one for one in weights) / sum(weights)
    return Funnel(scale, centre, phi, max(beyond / among, 0.0))


def _score(part: Part, centre: float, scale: Scale) -> tuple[float, float]:
    """How far a place lies from the centre on the transformed scale, and the deviation that chance alone gives it."""
    if scale == "proportion":
        return (
            asin(sqrt(part.numerator / part.denominator)) - asin(sqrt(centre)),
            1 / (2 * sqrt(part.denominator)),
        )
    expected = centre * part.denominator
    return sqrt(part.numerator / expected) - 1, 1 / (2 * sqrt(expected))


def _winsorised(scores: Sequence[float]) -> list[float]:
    """The scores, those beyond the tenth at either end drawn in to it."""
    low, high = _quantile(scores, _TRIMMED), _quantile(scores, 1 - _TRIMMED)
    return [min(max(score, low), high) for score in scores]


def _quantile(scores: Sequence[float], share: float) -> float:
    """A quantile between the two nearest scores, as R's `quantile` gives it by default (Hyndman and Fan, type 7)."""
    ranked = sorted(scores)
    at = (len(ranked) - 1) * share
    below = floor(at)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (at - below) * (ranked[above] - ranked[below])
