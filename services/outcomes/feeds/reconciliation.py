"""The sums that a printed table states, held against what they total: every sum is an equation, and each failure is told.

A single altered figure breaks exactly the equations it stands in. Where the failing equations share one figure that
alone would mend them all, that cell is the one mistake to tell. The sums that no single cell explains follow.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from services.outcomes.feeds.printed_table import Cell, Line, PrintedTable
from services.outcomes.feeds.reading import Reading, Totals
from shared.workbooks.sheets import Row

MOST_EXPLAINED: Final = 500
"""Beyond this many failing sums the file is simply wrong, and looking for single causes only costs time."""
FEWEST_LACKING: Final = 3
"""So many rows that lack what one column would hold are no slips of their own."""

_ROW: Final = "row.totals_mismatch"
_WHOLE_TABLE: Final = "file.totals_mismatch"


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


def reconcile(table: PrintedTable, reading: Reading) -> None:
    """Hold every printed total against its parts, note what does not add, and record the table's grand total.

    A row, a column or a cell that prints no total states nothing. Communities outside the system take part.
    """
    wrong = mismatches(table.values, list(_equations(table)))
    if lacking := _missing_column(table, wrong):
        header = table.block.header
        reading.findings.refuse("file.header", lacking, **table.block.sheet.at(header, max(table.indexes)))
    rows = {} if lacking else _missing_rows(table, wrong)
    for row, told in rows.items():
        at = table.block.sheet.at(Row(row, (), table.block.header.left), 0)
        reading.findings.refuse(_ROW, told, column=table.heading, **at)
    for one in [] if lacking else [one for one in wrong if one.cell[0] not in rows]:
        code, detail = _told(table, one)
        reading.findings.refuse(code, detail, column=table.label(one.cell[1]), **table.at(one.cell))
    parts = [
        table.values.get((line.row, column.index))
        for line in table.lines
        if line.kind == "category"
        for column in table.columns
    ]
    stated = _stated(table)
    computed = sum(count or 0 for count in parts)
    reading.totals[table.block.table] = Totals(
        stated, computed, reconciled=not wrong and stated in {None, computed}
    )


def _missing_column(table: PrintedTable, wrong: Sequence[Mismatch]) -> str | None:
    """What to say where every failing sum lacks what one column more would hold; None where they lack anything else.

    What the rows lack must add up as a column does: each month's its categories', the grand total's the months'.
    """
    lacks = {one.cell[0]: one.stated - one.computed for one in wrong if one.cell[1] == table.total}
    if len(lacks) < FEWEST_LACKING or len(lacks) != len(wrong) or min(lacks.values()) < 0:
        return None
    sums = _Sums.of(table)
    months = {section: lacks.get(row, 0) for section, row in sums.months.items()}
    for section, rows in sums.categories.items():
        if section in months and months[section] != sum(lacks.get(row, 0) for row in rows):
            return None
    grand = [lacks.get(line.row, 0) for line in table.lines if line.kind == "total"]
    total = sum(months.values())
    if not months or any(one != total for one in grand):
        return None
    named = f" of {' or '.join(table.absent)}" if table.absent else ""
    return (
        f"A column is missing: the totals of {len(lacks)} rows hold {total} more than their figures, row by row as one "
        f"column would. Add the column{named}, or take it out of the totals."
    )


def _missing_rows(table: PrintedTable, wrong: Sequence[Mismatch]) -> dict[int, str]:
    """What to say of each month whose totals lack what one row more would hold, by the row of its totals.

    What they lack must add up as a row does: the total column's is that of the communities.
    """
    told: dict[int, str] = {}
    for line in table.lines:
        lacks = {one.cell[1]: one.stated - one.computed for one in wrong if one.cell[0] == line.row}
        if line.kind != "month" or not lacks or min(lacks.values()) < 0:
            continue
        whole = lacks.pop(table.total, None) if table.total is not None else None
        if whole is None or not lacks or whole != sum(lacks.values()):
            continue
        named = f" ({' or '.join(names)})" if (names := table.absent_categories(line.section)) else ""
        told[line.row] = (
            f"The totals of {line.label} hold {whole} more than the rows below, column by column as one row would. "
            f"Add the row that is missing{named}, or correct the totals."
        )
    return told


def _told(table: PrintedTable, one: Mismatch) -> tuple[str, str]:
    if one.equation is not None:
        return one.equation.code, f"{one.equation.says} {one.computed}; {one.stated} is stated."
    sums = " ".join(
        f"{table.at(broken.cell)['cell']} states {broken.stated}, its parts add to {broken.computed}."
        for broken in one.sums
    )
    grand = any(broken.cell == one.cell and _code(broken) == _WHOLE_TABLE for broken in one.sums)
    return (
        _WHOLE_TABLE if grand else _ROW,
        f"With {one.computed} instead of {one.stated} every total around it adds. As sent: {sums}",
    )


def _code(one: Mismatch) -> str | None:
    return None if one.equation is None else one.equation.code


def _equations(table: PrintedTable) -> Iterator[Equation]:
    """Every sum that the table states; a blank states none, and one that could not be read is left to `mismatches`."""
    sums = _Sums.of(table)
    for line in table.lines:
        for index in table.indexes:
            if table.values.get((line.row, index), 0) is not None:
                yield from sums.stated_by(line, index)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Which cells each total is the sum of. lines: by row.   categories: rows by section.   months: a section's own total."""

    table: PrintedTable
    lines: dict[int, Line]
    categories: dict[int, list[int]]
    months: dict[int, int]

    @classmethod
    def of(cls, table: PrintedTable) -> "_Sums":
        categories: dict[int, list[int]] = {line.section: [] for line in table.lines if line.kind != "total"}
        for line in table.lines:
            # A repeated row was not read, so what it may be part of is not held against anything.
            if line.kind in {"category", "repeated"}:
                categories[line.section].append(line.row)
        months = {line.section: line.row for line in reversed(table.lines) if line.kind == "month"}
        return cls(table, {line.row: line for line in table.lines}, categories, months)

    def stated_by(self, line: Line, index: int) -> Iterator[Equation]:
        """The sums that a cell states: along its row in the total's column, down its column on a total's row."""
        cell = (line.row, index)
        if index == self.table.total:
            yield Equation(cell, self._solid(self._across(line.row)), _ROW, "The figures of this row add to")
        if line.kind == "month":
            says = f"In this column the rows under {line.label} add to"
            yield Equation(cell, self._solid(self._down(line, index)), _ROW, says)
        elif line.kind == "total" and not self.table.lacks_month:
            says = "In this column the months add to"
            yield Equation(cell, self._solid(self._down(line, index)), _WHOLE_TABLE, says)

    def _across(self, row: int) -> list[Cell]:
        return [(row, column.index) for column in self.table.columns]

    def _down(self, total: Line, index: int) -> list[Cell]:
        """A month's categories; for the table each month's own total, or the categories of one that prints none."""
        if total.kind == "month":
            return [(row, index) for row in self.categories[total.section]]
        return [
            (row, index)
            for section, rows in self.categories.items()
            for row in ([self.months[section]] if section in self.months else rows)
        ]

    def _solid(self, cells: Iterable[Cell]) -> tuple[Cell, ...]:
        """The cells, a total that was left blank replaced by what it would be the sum of."""
        return tuple(found for cell in cells for found in self._or_its_parts(cell))

    def _or_its_parts(self, cell: Cell) -> tuple[Cell, ...]:
        line, index = self.lines[cell[0]], cell[1]
        if self.table.values.get(cell, 0) is not None:
            return (cell,)
        if index == self.table.total:
            return self._solid(self._across(line.row))
        return (cell,) if line.kind == "category" else self._solid(self._down(line, index))


def _prints(table: PrintedTable, line: Line) -> bool:
    """Whether a row holds any figure, or any cell that could not be read."""
    return any(table.values.get((line.row, index), 0) is not None for index in table.indexes)


def _stated(table: PrintedTable) -> int | None:
    """The grand total as printed: of its row, else of the months' rows; None where it is not, or not wholly, printed."""
    monthly = [line for line in table.lines if line.kind == "month" and _prints(table, line)]
    rows = [line for line in table.lines if line.kind == "total"] or [
        next(lines) for _, lines in groupby(monthly, key=lambda line: line.section)
    ]
    cells = [
        (line.row, index)
        for line in rows
        for index in (
            [table.total] if table.total is not None else [column.index for column in table.columns]
        )
    ]
    found = [count for cell in cells if (count := table.values.get(cell)) is not None]
    return sum(found) if found and len(found) == len(cells) else None


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
