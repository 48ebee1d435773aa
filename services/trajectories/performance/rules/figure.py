"""A figure of a measure, and what is known of the measure in one month before its figures are asked for."""

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.rules.cells import Cells, Entry
from shared.months import Month
from shared.registry.selection import Selection

Status: TypeAlias = Literal["final", "provisional", "partial", "not-supplied"]
Supply: TypeAlias = Literal["all", "some", "none"]
Breakdown: TypeAlias = tuple[str, str] | None


class Figure(NamedTuple):
    """What is known of a measure for a place and a window.

    numerator: None when nothing arrived.   denominator: None for counts; it may be known where a rate's numerator is not,
    adds to those of larger places, and over months adds too or is their mean.   supply: how much of what was expected came.
    settled: whether the window and the time its figures need to settle are over.
    """

    numerator: int | None
    denominator: int | None
    supply: Supply
    settled: bool

    @property
    def status(self) -> Status:
        """How far the figure may be relied on; a cell that was left blank is not supplied, and not 0."""
        if self.numerator is None:
            return "not-supplied"
        if self.supply != "all":
            return "partial"
        return "final" if self.settled else "provisional"


def value_of(measure: Measure, numerator: int | None, denominator: int | None) -> Fraction | None:
    """The value of a figure in the measure's unit; None where there is none, or nothing to divide by."""
    if numerator is None:
        return None
    if measure.kind == "count":
        return _fraction(numerator, measure.scale)
    return Fraction(numerator * measure.per, denominator * measure.scale) if denominator else None


@lru_cache(65_536)
def _fraction(numerator: int, scale: int) -> Fraction:
    """A fraction, made once: most counts are small, and come again and again."""
    return Fraction(numerator, scale)


@dataclass(slots=True)
class InMonth:
    """What is known of a measure in one month, and what was added up of it already.

    columns: by marks, the cells of a count.   entries: by place, those of everything else.   filed: the codes under which something of
    the total came.
    """

    month: Month
    settled: bool
    columns: list[tuple[frozenset[str], Cells]] = field(default_factory=list)
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    counts: dict[Breakdown, dict[str, int]] = field(default_factory=dict)
    filed: frozenset[str] = frozenset()
    supplies: dict[Selection, Supply] = field(default_factory=dict)
    figures: dict[tuple[Selection, Breakdown], Figure] = field(default_factory=dict)


def add_to(counts: dict[str, int], cells: Cells) -> None:
    """Add counts to those of the same codes."""
    if not counts:
        counts.update(zip(cells.places, cells.numerators, strict=True))
        if len(counts) == len(cells.places):
            return
        counts.clear()
    for code, count in zip(cells.places, cells.numerators, strict=True):
        counts[code] = counts.get(code, 0) + count
