"""Student's t: the quantile that a two-sided 95 % interval is made with.

For few degrees of freedom the distribution function is a finite sum, which is solved for t; for many an expansion around
the normal quantile is exact to more digits than a float shows. Sources: Abramowitz & Stegun, Handbook of Mathematical
Functions, 26.7.3 and 26.7.4 (sums), 26.7.5 (expansion).
"""

from functools import lru_cache
from math import atan, cos, pi, sin, sqrt
from statistics import NormalDist
from typing import Final

LEVEL: Final = 0.95
_SUMMED: Final = 200
"""Degrees of freedom up to which the sum is solved; there the expansion differs by less than 1e-10."""
_LOW, _HIGH, _HALVINGS = 1.9, 12.8, 60


@lru_cache(maxsize=1024)
def t_quantile(degrees: int) -> float:
    """The t within which 95 % of the distribution lies, on both sides of 0. degrees: of freedom, 1 and more.

    Raises ValueError for none.
    """
    if degrees < 1:
        raise ValueError("a t distribution has one degree of freedom at least")
    return _solved(degrees) if degrees <= _SUMMED else _expanded(degrees)


def central_probability(t: float, degrees: int) -> float:
    """How much of the distribution lies between -t and t. degrees: of freedom, 1 and more, of which it sums half."""
    angle = atan(t / sqrt(degrees))
    square = cos(angle) ** 2
    odd = degrees % 2
    term = total = cos(angle) if odd else 1.0
    for k in range(3 if odd else 2, degrees - 1, 2):
        term *= square * (k - 1) / k
        total += term
    if odd:
        return 2 / pi * (angle + (sin(angle) * total if degrees > 1 else 0.0))
    return sin(angle) * total


def _solved(degrees: int) -> float:
    low, high = _LOW, _HIGH
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if central_probability(middle, degrees) < LEVEL:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _expanded(degrees: int) -> float:
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    terms: tuple[float, ...] = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / float(degrees) ** power for power, term in enumerate(terms, start=1))
