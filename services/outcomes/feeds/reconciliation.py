"""Printed totals against what they total: every sum is an equation, and all that fail are told.

A single altered figure breaks exactly the equations it stands in, so where the failing equations share one figure
that alone would mend them all, that cell is the one mistake that is told; sums that no single cell explains follow.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

MOST_EXPLAINED: Final = 500
"""Beyond this many failing sums the file is simply wrong, and looking for single causes only costs time."""

Cell = tuple[int, int]
"""Row number and column index of a figure."""


@dataclass(frozen=True, slots=True)
class Equation:
    """total: the cell that states a sum.   parts: the cells it is the sum of.   code, says: how a failure is told."""

    total: Cell
    parts: tuple[Cell, ...]
    code: str
    says: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A sum that does not add, or (where `equation` is None) the one cell that would explain such `sums`.

    stated, computed: for a sum, the printed total and the sum of its parts; for a cell, the figure as sent and the
    figure with which everything around it would add.
    """

    cell: Cell
    stated: int
    computed: int
    equation: Equation | None = None
    sums: tuple["Mismatch", ...] = ()


def mismatches(values: Mapping[Cell, int | None], equations: Sequence[Equation]) -> list[Mismatch]:
    """The cells that explain sums which do not add, then the sums that none explains; a blank (None) adds as 0.

    values: the figures by cell. An equation with a cell that is not among them (it could not be read) is left out,
    since its failure would say nothing. Cells and sums come in reading order.
    """
    checked = [one for one in equations if one.total in values and all(part in values for part in one.parts)]
    gaps = {index: gap for index, one in enumerate(checked) if (gap := _gap(values, one))}
    wrong = {index: _failing(values, checked[index], gap) for index, gap in gaps.items()}
    explained = _explanations(values, checked, gaps)
    told = {index for group in explained for index in group}
    cells = [
        Mismatch(cell, stated, stated - change, sums=tuple(wrong[index] for index in sorted(group)))
        for group, (cell, change) in explained.items()
        for stated in (values[cell] or 0,)
    ]
    alone = [mismatch for index, mismatch in wrong.items() if index not in told]
    return [*sorted(cells, key=lambda one: one.cell), *sorted(alone, key=lambda one: one.cell)]


def _failing(values: Mapping[Cell, int | None], equation: Equation, gap: int) -> Mismatch:
    stated = values[equation.total] or 0
    return Mismatch(equation.total, stated, stated - gap, equation)


def _gap(values: Mapping[Cell, int | None], equation: Equation) -> int:
    """The stated total less the sum of its parts."""
    return (values[equation.total] or 0) - sum(values[part] or 0 for part in equation.parts)


def _explanations(
    values: Mapping[Cell, int | None], equations: Sequence[Equation], gaps: Mapping[int, int]
) -> dict[frozenset[int], tuple[Cell, int]]:
    """For each group of connected failing sums, the one cell whose change alone would mend all of them, if only one.

    Returns, by the indexes of a group's equations, the cell and by how much it is too high.
    """
    if len(gaps) > MOST_EXPLAINED:
        return {}
    standing: dict[Cell, dict[int, int]] = defaultdict(dict)
    for index, equation in enumerate(equations):
        standing[equation.total][index] = 1
        for part in equation.parts:
            standing[part][index] = -1
    found: dict[frozenset[int], tuple[Cell, int]] = {}
    for group in _groups(gaps, standing.values()):
        one = equations[min(group)]
        candidates = [
            (cell, change)
            for cell in (one.total, *one.parts)
            if set(standing[cell]) == group
            and (change := _common_change(standing[cell], gaps)) is not None
            and (values[cell] or 0) >= change
        ]
        if len(candidates) == 1:
            found[frozenset(group)] = candidates[0]
    return found


def _common_change(signs: Mapping[int, int], gaps: Mapping[int, int]) -> int | None:
    """By how much the cell would be too high for every one of its sums to fail as it does; None if they disagree."""
    changes = {sign * gaps[index] for index, sign in signs.items()}
    return changes.pop() if len(changes) == 1 else None


def _groups(gaps: Mapping[int, int], memberships: Iterable[Mapping[int, int]]) -> list[set[int]]:
    """The failing equations, grouped where one cell stands in several of them."""
    groups: list[set[int]] = [{index} for index in gaps]
    for signs in memberships:
        failing = {index for index in signs if index in gaps}
        if len(failing) > 1:
            joined = set().union(*(group for group in groups if group & failing))
            groups = [group for group in groups if not group & failing] + [joined]
    return groups
