"""The sums a printed table states: along each row, down each month, down the whole table."""

from collections.abc import Iterator
from itertools import groupby

from services.outcomes.feeds.figures import Reading, Totals
from services.outcomes.feeds.printed import Line, PrintedTable
from services.outcomes.feeds.reconciliation import Equation, Mismatch, mismatches
from shared.months import Month


def reconcile(table: PrintedTable, reading: Reading) -> None:
    """Hold every printed total against its parts, note what does not add, and record the table's grand total.

    A row or column that prints no total states nothing. Communities outside the system take part.
    """
    wrong = mismatches(table.values, list(_equations(table)))
    for one in wrong:
        code, detail = _told(one)
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


def _told(one: Mismatch) -> tuple[str, str]:
    if one.equation is None:
        return (
            "row.totals_mismatch",
            f"This figure alone explains every total around it that does not add: {one.stated} was sent, {one.computed} would add.",
        )
    return one.equation.code, f"{one.equation.says} {one.computed}; {one.stated} is stated."


def _equations(table: PrintedTable) -> Iterator[Equation]:
    if table.total is not None:
        for line in table.lines:
            parts = tuple((line.row, column.index) for column in table.columns)
            if _prints(table, line):
                yield Equation(
                    (line.row, table.total), parts, "row.totals_mismatch", "The figures of this row add to"
                )
    for line in table.lines:
        if line.kind == "month" and _prints(table, line):
            under = [one for one in table.lines if one.kind == "category" and one.month == line.month]
            yield from _down(table, line, under, says=f"In this column the rows under {line.label} add to")
        elif line.kind == "total" and _prints(table, line):
            yield from _down(
                table,
                line,
                list(_monthly(table)),
                says="In this column the months add to",
                code="file.totals_mismatch",
            )


def _down(
    table: PrintedTable, total: Line, parts: list[Line], *, says: str, code: str = "row.totals_mismatch"
) -> Iterator[Equation]:
    for index in table.indexes:
        yield Equation((total.row, index), tuple((part.row, index) for part in parts), code, says)


def _monthly(table: PrintedTable) -> Iterator[Line]:
    """The lines a grand total is the sum of: a month's own total where it prints one, else its categories."""
    months: dict[Month | None, list[Line]] = {}
    for line in table.lines:
        if line.kind != "total":
            months.setdefault(line.month, []).append(line)
    for lines in months.values():
        printed = [line for line in lines if line.kind == "month" and _prints(table, line)]
        yield from printed[:1] or [line for line in lines if line.kind == "category"]


def _prints(table: PrintedTable, line: Line) -> bool:
    """Whether a row holds any figure, or any cell that could not be read."""
    return any(table.values.get((line.row, index), 0) is not None for index in table.indexes)


def _stated(table: PrintedTable) -> int | None:
    """The grand total as printed: of its row, else of the months' rows; None where neither is printed."""
    monthly = [line for line in table.lines if line.kind == "month" and _prints(table, line)]
    rows = [line for line in table.lines if line.kind == "total"] or [
        next(lines) for _, lines in groupby(monthly, key=lambda line: line.month)
    ]
    cells = [
        (line.row, index)
        for line in rows
        for index in (
            [table.total] if table.total is not None else [column.index for column in table.columns]
        )
    ]
    found = [count for cell in cells if (count := table.values.get(cell)) is not None]
    return sum(found) if found else None
