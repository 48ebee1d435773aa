"""What readers know of one supplier's counts beside what is shown: which of them add up to which others."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from services.trajectories.measures.catalogue import Measure
from services.trajectories.publications.rules.leaves import Leaf, quarter_of
from shared.months import Month

_QUARTER = 10  # of "2019-20-Q4"
_OTHERS = "others"


class Tie(NamedTuple):
    """Two sums of counts that are equal."""

    left: tuple[Leaf, ...]
    right: tuple[Leaf, ...]


@lru_cache(maxsize=4096)
def quarter_label(period: str) -> str:
    """The quarter of a leaf's period."""
    return period if len(period) == _QUARTER else quarter_of(Month.parse(period))


def ties_of(family: Sequence[Measure], values: Mapping[Leaf, int]) -> tuple[list[Tie], dict[Leaf, int]]:
    """The ties of one party's leaves, and counts that are never shown but make ties of what is.

    A tie is taken for known where it is true, whether or not a reader can be sure of it.
    """
    ties: list[Tie] = []
    beside: dict[Leaf, int] = {}
    by_measure: dict[str, list[Leaf]] = defaultdict(list)
    for leaf in values:
        by_measure[leaf.measure].append(leaf)
    for measure in family:
        leaves = by_measure[measure.key]
        if measure.derived is None:
            ties += _of_breakdowns(leaves)
        else:
            ties += _of_derived(measure, leaves, by_measure)
    ties += _of_others(family, by_measure, values, beside)
    every = {**values, **beside}
    true = [
        tie for tie in ties if sum(every[one] for one in tie.left) == sum(every[one] for one in tie.right)
    ]
    return true, beside


def _of_breakdowns(leaves: Sequence[Leaf]) -> Iterator[Tie]:
    """The values of a breakdown make the total: of a month where months have them, else of a quarter."""
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


def _of_derived(
    measure: Measure, leaves: Sequence[Leaf], others: Mapping[str, Sequence[Leaf]]
) -> Iterator[Tie]:
    """A rate made here divides the totals of other measures, and counts a value of a breakdown."""
    if measure.derived is None:
        return
    wholes = {part.measure for part in measure.derived.denominators}
    numerator = measure.derived.numerator
    quarters: dict[tuple[str, str], list[Leaf]] = defaultdict(list)
    known = {key: set(others[key]) for key in (*wholes, numerator.measure)}
    both: dict[tuple[str, str], list[Leaf]] = defaultdict(list)
    for leaf in leaves:
        both[leaf.place, leaf.period].append(leaf)
        if leaf.series == "numerator":
            quarters[leaf.place, quarter_label(leaf.period)].append(leaf)
    for (place, period), own in both.items():
        for key in wholes:
            same = Leaf("numerator", key, place, period, "")
            if same in known[key]:
                yield Tie((same,), tuple(own))
    for (place, quarter), own in quarters.items():
        line = Leaf("numerator", numerator.measure, place, quarter, numerator.where or "")
        if line in known[numerator.measure]:
            yield Tie((line,), tuple(own))


def _of_others(
    family: Sequence[Measure],
    by_measure: Mapping[str, Sequence[Leaf]],
    values: Mapping[Leaf, int],
    beside: dict[Leaf, int],
) -> Iterator[Tie]:
    """Rates of one table together: what their numerators leave of a month is the other values of the breakdown."""
    rates: dict[str, list[Measure]] = defaultdict(list)
    for measure in family:
        if measure.derived is not None:
            rates[measure.derived.numerator.measure].append(measure)
    for key, own in rates.items():
        parts = {str(one.derived.numerator.where) for one in own if one.derived is not None}
        quarters: dict[tuple[str, str], list[Leaf]] = defaultdict(list)
        for total in [leaf for leaf in by_measure[key] if not leaf.part]:
            counted = [Leaf("numerator", one.key, total.place, total.period, "") for one in own]
            counted = [leaf for leaf in counted if leaf in values]
            left = values[total] - sum(values[leaf] for leaf in counted)
            if not counted or left < 0:
                continue
            other = Leaf("rest", key, total.place, total.period, _OTHERS)
            beside[other] = left
            yield Tie((total,), (*counted, other))
            quarters[total.place, quarter_label(total.period)].append(other)
        for (place, quarter), others in quarters.items():
            lines = [
                leaf
                for leaf in by_measure[key]
                if leaf.part and leaf.part not in parts and (leaf.place, leaf.period) == (place, quarter)
            ]
            if lines:
                yield Tie(tuple(others), tuple(lines))
