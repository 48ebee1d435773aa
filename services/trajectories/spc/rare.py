"""Charts of what seldom happens: a median in place of limits, or the time between events where each has a month of its own.

Counts under five a month lie too close to 0 for XmR limits: the lower one says nothing, and the upper one too much.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from services.trajectories.spc.rules import PROFILES, limits_of

ChartKind: TypeAlias = Literal["xmr", "run", "t"]

RARE: Final = 5
"""A monthly mean below it is rare."""
LEAST_GAPS: Final = 8
# Nelson (1994): the time between events, to this power, is nearly symmetric, so XmR limits suit it.
_POWER: Final = 3.6


@dataclass(frozen=True, slots=True)
class Between:
    """Months between one event and the next.

    gaps: index of the month of an event, and how many months after the one before it came.   centre, lower, upper: in months.
    """

    gaps: tuple[tuple[int, int], ...]
    centre: float
    lower: float
    upper: float


def is_rare(total: int, months: int) -> bool:
    """Whether so many in so many months are under five a month."""
    return total < RARE * months


def median_of(values: Sequence[Fraction]) -> Fraction:
    """The value in the middle, of an even number the mean of the two."""
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def months_between(counts: Sequence[int | None]) -> Between | None:
    """The time between events, of which only the month is known.

    counts: (n,), of consecutive months; None where a month's is not known.   None where a month is not known or has several
    events, for their time apart is not known then, and where there are fewer than eight times to draw.
    Limits are those of XmR on the times to the power of 1/3.6, taken back. Source: Nelson, Journal of Quality Technology 26 (1994).
    """
    if any(count is None or count > 1 for count in counts):
        return None
    events = [index for index, count in enumerate(counts) if count]
    gaps = tuple((later, later - earlier) for earlier, later in pairwise(events))
    if len(gaps) < LEAST_GAPS:
        return None
    limits = limits_of([Fraction(gap ** (1 / _POWER)) for _, gap in gaps], PROFILES["mdc-excel"])
    if limits.lower is None or limits.upper is None:
        return None
    lower, centre, upper = (
        max(0.0, float(one)) ** _POWER for one in (limits.lower, limits.mean, limits.upper)
    )
    return Between(gaps, centre, lower, upper)
