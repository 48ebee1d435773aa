"""What a small count may not show, and whether figures beside each other give one away.

The rule is that of NHS Digital's secondary care publications since September 2018: counts of 1 to 7 people are not shown,
other counts are rounded to the nearest 5, zero stays zero, percentages come from rounded parts, totals are computed from
true values and then rounded. Rounding alone protects against one subtraction: of two figures rounded to 5, the difference
always leaves a hidden count of 1 to 7 at least two values. It does not when several parts are taken from their total
(three visible parts of 12, a hidden 7, a total of 43: printed 10, 10, 10, *, 45, which only 7 can explain). `isolates`
finds these cases exactly, and the total is then not shown either.

What remains. Sums are audited along one axis at a time: places below a place, months of a period, values of a breakdown.
Solving over several axes together, over sums that overlap without one holding the other (a council and an oversight area
that share communities, and their other parts), or over two measures that count the same people in two tables, can still
narrow a hidden count, and in rare grids to one value. Answers of different days (`as_at`) are protected each by itself.
"""

from dataclasses import dataclass
from typing import NamedTuple

# Larger than any count; stands for "no upper end".
UNBOUNDED = 10**15


class Range(NamedTuple):
    """The counts a reader must think possible, both ends included."""

    low: int
    high: int

    def meet(self, other: "Range") -> "Range":
        """What both allow."""
        return Range(max(self.low, other.low), min(self.high, other.high))


@dataclass(frozen=True, slots=True)
class Policy:
    """How figures are protected, returned with every protected answer.

    threshold: the largest count that is hidden (the smallest is 1).   base: what other counts are rounded to.
    candidates: the fewest values a hidden count must keep once sums are taken apart.
    """

    threshold: int = 7
    base: int = 5
    candidates: int = 2

    @property
    def id(self) -> str:
        """The name of the policy: its figures."""
        return f"small-numbers-1-{self.threshold}-round-{self.base}"

    def hides(self, count: int) -> bool:
        """Whether a count is too small to be shown."""
        return 1 <= count <= self.threshold

    def rounded(self, count: int, *, scale: int = 1) -> int:
        """The nearest multiple of the base; half way goes up. scale: so many make one of what is counted."""
        step = self.base * scale
        return (2 * count + step) // (2 * step) * step

    def shown_as_same(self, count: int) -> Range:
        """All counts that are shown as this one: itself for 0, 1 to the threshold for a hidden one."""
        if count == 0:
            return Range(0, 0)
        if self.hides(count):
            return Range(1, self.threshold)
        shown = self.rounded(count)
        low = shown - self.base // 2
        return Range(max(low, self.threshold + 1), low + self.base - 1)


@dataclass(frozen=True, slots=True)
class Sum:
    """A count as a reader sees it, and the counts it is the sum of.

    bounds: what the reader knows of it.   hidden: a small count that must stay uncertain.   parts: empty for a count that
    is not taken apart; what they leave unexplained may be anything.
    """

    count: int
    bounds: Range
    hidden: bool
    parts: tuple["Sum", ...] = ()


def isolates(total: Sum, policy: Policy) -> bool:
    """Whether a reader who sees the whole tree can pin a hidden count down to fewer values than the policy asks for.

    Bounds are narrowed from the parts up and from the total down; for sums that form a tree this finds exactly the values
    that are still possible.
    """
    return _leaks(_gathered(total), total.bounds, policy)


@dataclass(frozen=True, slots=True)
class _Known:
    sum: Sum
    bounds: Range
    parts: tuple["_Known", ...]
    rest: Range


def _gathered(node: Sum) -> _Known:
    """Bounds from the parts up."""
    parts = tuple(_gathered(part) for part in node.parts)
    left = node.count - sum(part.count for part in node.parts)
    if not parts or left < 0:
        # Parts that overlap say nothing by subtraction.
        return _Known(node, node.bounds, (), Range(0, 0))
    rest = Range(0, UNBOUNDED if left else 0)
    below = Range(
        rest.low + sum(one.bounds.low for one in parts), rest.high + sum(one.bounds.high for one in parts)
    )
    return _Known(node, node.bounds.meet(below), parts, rest)


def _leaks(node: _Known, bounds: Range, policy: Policy) -> bool:
    """Bounds from the total down, and the hidden counts looked at on the way."""
    bounds = bounds.meet(node.bounds)
    if node.sum.hidden:
        possible = bounds.meet(Range(1, policy.threshold))
        if possible.high - possible.low + 1 < policy.candidates:
            return True
    low = node.rest.low + sum(part.bounds.low for part in node.parts)
    high = node.rest.high + sum(part.bounds.high for part in node.parts)
    return any(
        _leaks(
            part,
            Range(bounds.low - (high - part.bounds.high), bounds.high - (low - part.bounds.low)),
            policy,
        )
        for part in node.parts
    )
