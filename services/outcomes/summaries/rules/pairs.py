"""What the changes of paired people say together: their mean, how sure it is, how large it is beside their spread."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Final

from services.outcomes.summaries.rules.student import t_quantile

FEW_PAIRS: Final = 30
"""Pairs from which means may be compared. Source: Warwick guidance on WEMWBS, a rule of thumb."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of some people, added up. n: people.   total, squares: the sums of their changes and of the squares, exact."""

    n: int
    total: Fraction
    squares: Fraction

    @classmethod
    def of(cls, changes: Iterable[Fraction]) -> "Changes":
        """The sums over single changes."""
        listed = list(changes)
        return cls(len(listed), sum(listed, Fraction()), sum((one * one for one in listed), Fraction()))


@dataclass(frozen=True, slots=True)
class ChangeStatistics:
    """What some changes say, in the score's own unit.

    lower, upper: the two-sided 95 % t interval of the mean; None for fewer than two people.
    effect_size: the mean over the standard deviation of the changes; None for fewer than two people, or without spread.
    """

    mean: float
    lower: float | None
    upper: float | None
    effect_size: float | None


def change_statistics(changes: Changes) -> ChangeStatistics | None:
    """The statistics of paired changes; None for nobody."""
    n = changes.n
    if n == 0:
        return None
    mean = changes.total / n
    if n == 1:
        return ChangeStatistics(float(mean), None, None, None)
    deviation = sqrt((changes.squares - changes.total * mean) / (n - 1))
    margin = t_quantile(n - 1) * deviation / sqrt(n)
    effect = float(mean) / deviation if deviation else None
    return ChangeStatistics(float(mean), float(mean) - margin, float(mean) + margin, effect)
