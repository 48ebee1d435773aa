"""The sums a printed table states: along each row, down each month, down the whole table."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from services.outcomes.feeds.figures import Reading, Totals
from services.outcomes.feeds.printed import Line, PrintedTable
from services.outcomes.feeds.reconciliation import Cell, Equation, Mismatch, mismatches

_ROW: Final = "row.totals_mismatch"
_WHOLE_TABLE: Final = "file.totals_mismatch"


def reconcile(table: PrintedTable, reading: Reading) -> None:
    """Hold every printed total against its parts, note what does not add, and record the table's grand total.

    A row, a column or a cell that prints no total states nothing. Communities outside the system take part.
    """
    wrong = mismatches(table.values, list(_equations(table)))
    for one in wrong:
        code, detail = _told(table, one)
        reading.findings.refuse(
            code, detail, row=one.cell[0], column=table.label(one.cell[1]), sheet=table.block.sheet.name
        )
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


def _told(table: PrintedTable, one: Mismatch) -> tuple[str, str]:
    if one.equation is not None:
        return one.equation.code, f"{one.equation.says} {one.computed}; {one.stated} is stated."
    sums = " ".join(
        f"Row {broken.cell[0]}, {table.label(broken.cell[1])}: {broken.stated} is stated, its parts add to {broken.computed}."
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
            if line.kind == "category":
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
        elif line.kind == "total":
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
