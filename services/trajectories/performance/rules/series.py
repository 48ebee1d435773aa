"""The points of a series with their chart, as one audience may see them."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.rules.beside import Annotation
from services.trajectories.performance.rules.figure import Breakdown, Status
from services.trajectories.performance.rules.kinds import XMR, Suited
from services.trajectories.performance.rules.question import Window
from services.trajectories.spc.rules import Assurance, Flag, Limits, Profile
from shared.months import Month
from shared.registry.selection import Selection


def plain_number(value: Fraction | None) -> int | float | None:
    """A value as formats write it: whole numbers whole."""
    if value is None:
        return None
    return value.numerator if value.denominator == 1 else float(value)


def written(measure: Measure, value: Fraction) -> str:
    """A value as a sentence says it: a proportion in per cent, everything else as a number."""
    return f"{plain_text(value * 100)} %" if measure.kind == "proportion" else plain_text(value)


def plain_text(value: Fraction) -> str:
    """At most two decimals, none that say nothing."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Was:
    """What a point that moved was before. value: None where there was nothing to divide by."""

    value: Fraction | None


class Point(NamedTuple):
    """A point as it is shown: the value in the unit of the answer, hidden or not, and the same window a year before.

    exact: whether the audience may see the true figures of the place and window; of both windows where there are two.
    trajectory, target: the whole number in force and the target of the period, as the audience may see them; None beside a
    breakdown or another unit.
    """

    window: Window
    value: Fraction | None
    numerator: int | None
    denominator: int | None
    suppressed: bool
    status: Status
    exact: bool
    previous: "Point | None" = None
    trajectory: int | None = None
    target: Fraction | None = None
    revised: "Was | None" = None

    @property
    def status_told(self) -> Status | Literal["protected"]:
        """How far people are told that the figure is settled: nothing where it is hidden with whatever is known of it."""
        return "protected" if self.suppressed and self.status == "not-supplied" else self.status


@dataclass(frozen=True, slots=True)
class ChartGroup:
    """The limits from one rebase to the next. first: the window of its first point.   basis: how many points made them."""

    first: Window
    limits: Limits
    basis: int


@dataclass(frozen=True, slots=True)
class SeriesChart:
    """The chart of the values shown. flags: one a point, None where it has no value.   groups: one more than it was rebased.

    assurance: of the last point that has a target, against the limits of the last group.   suited: the kind that is drawn.
    """

    profile: Profile
    groups: tuple[ChartGroup, ...]
    flags: tuple[Flag | None, ...]
    variation: str
    assurance: Assurance | None
    suited: Suited = XMR

    @property
    def limits(self) -> Limits:
        """The limits that the last point is held to."""
        return self.groups[-1].limits

    def limits_at(self, month: Month) -> Limits:
        """The limits that the point of a month is held to: those since the last rebase up to it."""
        return next(
            (one.limits for one in self.groups[::-1] if one.first.month <= month), self.groups[0].limits
        )

    @property
    def basis(self) -> int:
        """How many points made them."""
        return self.groups[-1].basis


@dataclass(frozen=True, slots=True)
class Series:
    """The points of one measure for one place and, when asked for, one value of a breakdown."""

    measure: Measure
    place: Selection
    breakdown: Breakdown
    points: tuple[Point, ...]
    chart: SeriesChart | None
    annotations: tuple[Annotation, ...] = ()
