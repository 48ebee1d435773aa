"""Shares as those see them who see no exact figures: made of the classes of practices' counts. Pure.

A share of true counts, times plans of every month, quarter and year, would tell a count of the window to one or two: whoever knows a
practice's neighbours would know the practice. So a practice counts as the middle of its class, as in publications, and everything else is
a sum of that. What any plan makes of it says no more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm
from typing import NamedTuple, Protocol, Self

from services.trajectories.performance.rules.protection import Policy
from services.trajectories.publications.rules.faces import of_practice


class Row(Protocol):
    """A place of a version, as it is stored."""

    @property
    def kind(self) -> str:
        """`community` or `practice`."""

    @property
    def place(self) -> str:
        """Its code."""

    @property
    def community(self) -> str:
        """Where a practice counts; of a community, itself."""

    @property
    def numerator(self) -> int:
        """The upper part of its share, in the version's unit."""

    @property
    def months_seen(self) -> int:
        """In how many months of the window it has a figure."""

    @property
    def estimated(self) -> bool:
        """Whether a short history was annualised."""


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
        known = list(rows)
        practices = [one for one in known if one.kind == "practice"]
        # Where a short history was annualised all counts are in a unit of their own, which is this one or a part of it.
        unit = lcm(*(one.months_seen for one in practices if one.estimated))
        counted = {one.place: Counted() for one in known}
        total: Fraction | int = 0
        for one in practices:
            own = _class_of(policy, one, unit=unit, window_months=window_months)
            counted[one.place] = own
            counted[one.community] = _sum([counted.get(one.community, Counted()), own])
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
        meant += Fraction(counted.shown * bay) / total if total else 0
    whole = floor(meant + Fraction(1, 2))
    return None if policy.hides(whole) else policy.rounded(whole)


def is_hidden(policy: Policy, counted: Counted) -> bool:
    """Whether so few may be behind a share that it is not shown."""
    return bool(counted.shown) and counted.low <= policy.threshold


def _class_of(policy: Policy, row: Row, *, unit: int, window_months: int) -> Counted:
    """What a practice's count is taken for. A part of a person makes one: only who has nobody shows nobody."""
    if not row.estimated:
        face = of_practice(policy, ceil(Fraction(row.numerator, unit)))
        return Counted(*face)
    grown = Fraction(window_months, row.months_seen)
    face = of_practice(policy, ceil(row.numerator / (unit * grown)))
    return Counted(face.shown * grown, face.low)


def _sum(parts: Iterable[Counted]) -> Counted:
    shown: Fraction | int = 0
    low = 0
    for part in parts:
        shown, low = shown + part.shown, low + part.low
    return Counted(shown, low)
