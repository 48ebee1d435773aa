"""What a small count may not show.

The rule is that of NHS Digital's secondary care publications since September 2018: counts of 1 to 7 people are not shown,
other counts are rounded to the nearest 5, zero stays zero, percentages come from rounded parts. Which figures are shown
beside each other is decided at a cut, over all sums at once: `publications`.
"""

from dataclasses import dataclass
from typing import NamedTuple

MEAN_STEPS = 10
"""A mean of protected replies is shown to one decimal, so that the sum behind it is not."""


class Range(NamedTuple):
    """The counts a reader must think possible, both ends included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Policy:
    """How figures are protected, returned with every protected answer.

    threshold: the largest count that is hidden (the smallest is 1).   base: what other counts are rounded to.
    """

    threshold: int = 7
    base: int = 5

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
