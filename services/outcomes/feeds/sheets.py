"""Sheets: the one shape every reader gives and every layout reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.outcomes.feeds.counts import BadCount, CellValue


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the file holds it. number: 1-based, as the sheet shows it."""

    number: int
    cells: Sequence[CellValue]

    def text(self, index: int) -> str:
        """The cell as stripped text; empty for a blank and beyond the row's end."""
        value = self.cells[index] if index < len(self.cells) else None
        return "" if value is None or isinstance(value, BadCount) else str(value).strip()

    def filled(self) -> list[int]:
        """The indexes of the cells that hold something."""
        return [index for index in range(len(self.cells)) if self.text(index)]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a file. name: None where the file has only one.

    explicit: whether a row shorter than its header was sent short (CSV, where a missing cell shifts the others),
    as against trimmed blanks of a grid whose cells carry their own addresses (XLSX).
    bad_cells: cells that cannot be read whatever stands in them, by row number and 0-based column.
    """

    rows: Iterator[Row] | Sequence[Row]
    name: str | None = None
    explicit: bool = True
    bad_cells: Mapping[tuple[int, int], BadCount] = field(default_factory=dict)


def without_margin(rows: Sequence[Row]) -> list[Row]:
    """The rows from the first column of the table on: a printed table may stand off the left edge, under a title that does not."""
    several = [filled for row in rows if len(filled := row.filled()) > 1]
    margin = min((filled[0] for filled in several), default=0)
    if margin == 0:
        return list(rows)
    return [Row(row.number, _moved(row, margin)) for row in rows]


def _moved(row: Row, margin: int) -> Sequence[CellValue]:
    filled = row.filled()
    alone_in_margin = len(filled) == 1 and filled[0] < margin
    return [row.cells[filled[0]]] if alone_in_margin else row.cells[margin:]


def column_letters(column: int) -> str:
    """The letters over a 0-based column: 27 is "AB"."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
