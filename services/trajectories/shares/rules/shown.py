"""Shares as those see them who see no exact figures: made of the classes of practices' counts. Pure.

A share of true counts, times plans of every month, quarter and year, would tell a count of the window to one or two: whoever knows a
practice's neighbours would know the practice. So each month of a practice counts as the middle of its class, as in publications before a
quarter is over, and all else is a sum of these. It says nothing of a practice that its months do not, whatever the plan.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import NamedTuple, Self

from services.trajectories.performance.rules.protection import Policy
from services.trajectories.publications.rules.faces import Face, of_practice
from services.trajectories.shares.rules.drafting import PlaceKind


class Row(NamedTuple):
    """A place of a version, as `PlaceShare` has it."""

    place: str
    kind: PlaceKind
    community: str
    numerator: int
    months_seen: int
    estimated: bool
    counts: Sequence[int] | None


class Counted(NamedTuple):
    """What is known of a count to everybody. shown: what it counts as.   low: the least it can be, in people."""

    shown: Fraction | int = 0
    low: int = 0


@dataclass(frozen=True, slots=True)
class ShownShares:
    """The upper parts of a version's shares by community and practice, and the lower part of each, as they are shown."""

    counted: Mapping[str, Counted]
    total: Fraction | int

    @classmethod
    def of(cls, rows: Iterable[Row], *, window_months: int, policy: Policy) -> Self:
        """The shares of a version. rows: all of them.   window_months: as many months as it counts."""
        counted: dict[str, Counted] = {}
        total: Fraction | int = 0
        for row in rows:
            if row.kind == "community":
                counted.setdefault(row.place, Counted())
                continue
            own = _counted(policy, row, window_months)
            counted[row.place] = own
            counted[row.community] = _sum((counted.get(row.community, Counted()), own))
            total += own.shown
        return cls(counted, total)

    def part(self, rows: Iterable[str]) -> Counted | None:
        """The upper part of the share of some communities or practices together; None where the version has none of them."""
        known = [self.counted[row] for row in rows if row in self.counted]
        return _sum(known) if known else None


class Meant(NamedTuple):
    """What a place is meant to have in a month: the upper and the lower part of its share, and the plan."""

    counted: Counted
    total: Fraction | int
    bay: int


def shown_integer(policy: Policy, months: Iterable[Meant]) -> int | None:
    """A trajectory over some months as it is shown; None where it is hidden: a small one, or one whose share is of few people."""
    meant = Fraction()
    for counted, total, bay in months:
        if is_hidden(policy, counted):
            return None
        meant += Fraction(counted.shown * bay, total) if total else 0
    whole = floor(meant + Fraction(1, 2))
    return None if policy.hides(whole) else policy.rounded(whole)


def is_hidden(policy: Policy, counted: Counted) -> bool:
    """Whether so few may be behind a share that it is not shown."""
    return bool(counted.shown) and counted.low <= policy.threshold


def _counted(policy: Policy, row: Row, window_months: int) -> Counted:
    """What a practice's months are taken for together. Where they were not kept all is hidden that has anybody."""
    if row.counts is None:
        return Counted(row.numerator)
    months = [_face(policy, count) for count in row.counts]
    shown, low = sum(face.shown for face in months), sum(face.low for face in months)
    return Counted(Fraction(shown * window_months, row.months_seen) if row.estimated else shown, low)


@lru_cache(maxsize=4096)
def _face(policy: Policy, count: int) -> Face:
    return of_practice(policy, count)


def _sum(parts: Iterable[Counted]) -> Counted:
    shown: Fraction | int = 0
    low = 0
    for part in parts:
        shown, low = shown + part.shown, low + part.low
    return Counted(shown, low)
