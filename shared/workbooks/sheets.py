"""Sheets, the one shape that every reader gives and every layout reads, and what may stand in their cells."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any, Final

_MARK_ENDS: Final = frozenset("])*\u2020\u2021\u00b9\u00b2\u00b3\u2070\u2074\u2075\u2076\u2077\u2078\u2079")
_NOTE_MARK: Final = re.compile(
    r"(?:\s*(?:\[(?:[a-z]|[0-9]{1,2}|notes?[\s0-9,&a-z]{1,40})\]|\(notes?\s[\s0-9,&a-z]{1,40}\)"
    r"|[*\u2020\u2021\u00b9\u00b2\u00b3\u2070\u2074-\u2079]+))+$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something in a file may not be used: the interface's code and the mend."""

    code: str
    detail: str


class Percentage(float):
    """A number that its cell shows as a percentage: 1 is seen as 100%."""


class Money(float):
    """A number that its cell shows as a sum of money."""


CellValue = str | int | float | bool | date | datetime | time | timedelta | Fault | None
"""What a reader gives for a cell; a Fault where the cell itself is broken (an error value, say)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the file holds it. number: 1-based, as the sheet shows it.

    left: how many columns of the file stand before the first cell; None where cells have no address (JSON).
    """

    number: int
    cells: Sequence[CellValue]
    left: int | None = 0

    def text(self, index: int) -> str:
        """The cell as stripped text, without a note's mark; empty for a blank and beyond the row's end."""
        value = self.cells[index] if index < len(self.cells) else None
        return "" if value is None or isinstance(value, Fault) else without_note_mark(str(value).strip())

    def raw(self, index: int) -> str:
        """The cell as it stands, as text."""
        value = self.cells[index]
        return "" if value is None or isinstance(value, Fault) else str(value)

    def filled(self) -> list[int]:
        """The indexes of the cells that hold something."""
        return [
            index
            for index, value in enumerate(self.cells)
            if value is not None
            and not isinstance(value, Fault)
            and (not isinstance(value, str) or value.strip())
        ]

    def address(self, index: int) -> str | None:
        """A cell's address as Excel writes it."""
        return None if self.left is None else f"{column_letters(self.left + index)}{self.number}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a file. name: None where the file is no workbook.

    explicit: whether a row shorter than its header was sent short (CSV, where a missing cell shifts the others),
    as against trimmed blanks of a grid whose cells carry their own addresses (XLSX).
    bad_cells: cells that cannot be read whatever stands in them, by row number and 0-based column.
    """

    rows: Iterator[Row] | Sequence[Row]
    name: str | None = None
    explicit: bool = True
    bad_cells: Mapping[tuple[int, int], Fault] = field(default_factory=dict)

    def at(self, row: Row, index: int | None = None) -> dict[str, Any]:
        """Where a finding of a row stands, in the words of `Finding`. index: of its cell; a whole row's is its first."""
        if index is None:
            index = next(iter(row.filled()), 0)
        return {"row": row.number, "cell": row.address(index), "sheet": self.name}


def first_filled(sheet: Sheet) -> tuple[Row | None, Sheet]:
    """The first row that holds something, and the sheet with it put back."""
    rows = iter(sheet.rows)
    for row in rows:
        if row.filled():
            return row, Sheet(
                chain([row], rows), sheet.name, explicit=sheet.explicit, bad_cells=sheet.bad_cells
            )
    return None, sheet


def without_margin(rows: Sequence[Row]) -> list[Row]:
    """The rows from the first column of the table on."""
    several = [filled for row in rows if len(filled := row.filled()) > 1]
    margin = min((filled[0] for filled in several), default=0)
    if margin == 0:
        return list(rows)
    moved = []
    for row in rows:
        filled = row.filled()
        # A printed table may stand off the left edge, under a title that does not.
        alone_in_margin = len(filled) == 1 and filled[0] < margin
        left = filled[0] if alone_in_margin else margin
        cells = [row.cells[left]] if alone_in_margin else row.cells[left:]
        moved.append(Row(row.number, cells, left))
    return moved


def without_note_mark(text: str) -> str:
    """A label without the marks that lead to a note: "Kendal [note 2]", "Kendal¹", "Kendal*", "Kendal [r]".

    A text that is nothing but marks stays. Source: Government Statistical Service, "Releasing statistics in
    spreadsheets", on notes and on shorthand.
    """
    if not text or text[-1] not in _MARK_ENDS:
        return text
    return _NOTE_MARK.sub("", text) or text


def column_letters(column: int) -> str:
    """The letters over a 0-based column: 27 is "AB"."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
