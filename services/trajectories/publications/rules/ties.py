"""What readers know of one supplier's counts beside what is shown: which of them add up to which others."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from services.trajectories.measures.catalogue import Measure
from services.trajectories.publications.rules.leaves import Leaf, quarter_of
from shared.months import Month

_QUARTER = 10  # of "2019-20-Q4"


class Tie(NamedTuple):
    """Two sums of counts that are equal."""

    left: tuple[Leaf, ...]
    right: tuple[Leaf, ...]


@lru_cache(maxsize=4096)
def quarter_label(period: str) -> str:
    """The quarter of a leaf's period."""
    return period if len(period) == _QUARTER else quarter_of(Month.parse(period))


def ties_of(family: Sequence[Measure], values: Mapping[Leaf, int]) -> list[Tie]:
    """The ties of one party's counts: its leaves, and the months that the leaves of quarters are made of.

    A tie is taken for known where it is true, whether or not a reader can be sure of it.
    """
    ties: list[Tie] = []
    by_measure: dict[str, list[Leaf]] = defaultdict(list)
    for leaf in values:
        by_measure[leaf.measure].append(leaf)
    for measure in family:
        leaves = by_measure[measure.key]
        if measure.derived is None:
            ties += [*_of_months(leaves), *_of_breakdowns(leaves)]
        else:
            ties += _of_derived(measure, leaves, values)
    return [
        tie
        for tie in ties
        if sum(map(values.__getitem__, tie.left)) == sum(map(values.__getitem__, tie.right))
    ]


def _of_months(leaves: Sequence[Leaf]) -> Iterator[Tie]:
    """A value of a breakdown in a quarter is the sum of its months."""
    months: dict[Leaf, list[Leaf]] = defaultdict(list)
    for leaf in leaves:
        if leaf.part and len(leaf.period) != _QUARTER:
            months[leaf._replace(period=quarter_label(leaf.period))].append(leaf)
    known = set(leaves)
    for quarter, own in months.items():
        if quarter in known:
            yield Tie((quarter,), tuple(own))


def _of_breakdowns(leaves: Sequence[Leaf]) -> Iterator[Tie]:
    """The values of a breakdown make the total, of a month and of a quarter."""
    totals: dict[tuple[str, str, str], list[Leaf]] = defaultdict(list)
    lines: dict[tuple[str, str, str], dict[str, list[Leaf]]] = defaultdict(lambda: defaultdict(list))
    for leaf in leaves:
        if leaf.part:
            lines[leaf.series, leaf.place, leaf.period][leaf.part.partition("=")[0]].append(leaf)
        else:
            for period in (leaf.period, quarter_label(leaf.period)):
                totals[leaf.series, leaf.place, period].append(leaf)
    for key, dimensions in lines.items():
        for own in dimensions.values():
            if key in totals:
                yield Tie(tuple(totals[key]), tuple(own))


def _of_derived(measure: Measure, leaves: Sequence[Leaf], values: Mapping[Leaf, int]) -> Iterator[Tie]:
    """A rate made here divides the totals of other measures, and counts a value of a breakdown."""
    if measure.derived is None:
        return
    counted = measure.derived.numerator
    both: dict[tuple[str, str], list[Leaf]] = defaultdict(list)
    for leaf in leaves:
        both[leaf.place, leaf.period].append(leaf)
        if leaf.series == "numerator":
            same = leaf._replace(measure=counted.measure, part=counted.where or "")
            if same in values:
                yield Tie((same,), (leaf,))
    for (place, period), own in both.items():
        for part in measure.derived.denominators:
            whole = Leaf("numerator", part.measure, place, period, "")
            if whole in values:
                yield Tie((whole,), tuple(own))
