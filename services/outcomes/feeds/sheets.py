"""Sheets, the one shape that every reader gives and every layout reads, and what may stand in their cells."""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any, Final

from shared.nhs_numbers import check_digit_fits

LARGEST_COUNT: Final = 2_147_483_647
"""A PostgreSQL integer; no count of people comes near it."""

_PLAIN: Final = re.compile(r"[0-9]+(?:\.0+)?", re.ASCII)
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.0+)?", re.ASCII)
_FRACTION: Final = re.compile(r"[-+]?[0-9]*[.][0-9]+", re.ASCII)
_NEGATIVE: Final = re.compile(r"[-\u2212\u2013]\s*[0-9][0-9,]*(?:\.0+)?", re.ASCII)
_SUPPRESSED: Final = re.compile(
    r"[*\u2020]+|(?:<|>|≤|<=|less than|fewer than|under)\s*[0-9]+|[0-9]+\s*(?:-|\u2013|to)\s*[0-9]+|c|x|supp(?:ressed)?\.?|\[c\]",
    re.IGNORECASE,
)

LONGEST_NOTE: Final = 10_000

SHORTEST_NUMBER: Final = 10
"""No shorter text holds an NHS number."""

_GAP: Final = r"[ .\u2010-\u2015-]?"
_TEN_DIGITS: Final = re.compile(rf"(?<![0-9])[0-9]{{3}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{4}}(?![0-9])")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something in a file may not be used: the interface's code and the mend."""

    code: str
    detail: str


CellValue = str | int | float | bool | date | datetime | time | timedelta | Fault | None
"""What a reader gives for a cell; a Fault where the cell itself is broken (an error value, say)."""

_SUPPRESSION = Fault(
    "number.suppressed",
    "This figure has been suppressed. Send the true count: figures are stored as they are and small ones are "
    "protected when shown. Leave the cell blank only where nothing was recorded.",
)
_NOT_WHOLE = Fault(
    "number.integer_required", "Counts are whole numbers. Send the number of people or assessments."
)
_NOT_A_NUMBER = Fault("number.format", "This is not a number. Send a whole number, or leave the cell blank.")
_OUT_OF_RANGE = Fault("number.range", "A count lies between 0 and 2,147,483,647.")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the file holds it. number: 1-based, as the sheet shows it.

    left: how many columns of the file stand before the first cell; None where cells have no address (JSON).
    """

    number: int
    cells: Sequence[CellValue]
    left: int | None = 0

    def text(self, index: int) -> str:
        """The cell as stripped text; empty for a blank and beyond the row's end."""
        value = self.cells[index] if index < len(self.cells) else None
        return "" if value is None or isinstance(value, Fault) else str(value).strip()

    def filled(self) -> list[int]:
        """The indexes of the cells that hold something."""
        return [index for index in range(len(self.cells)) if self.text(index)]

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


def column_letters(column: int) -> str:
    """The letters over a 0-based column: 27 is "AB"."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def read_count(value: CellValue) -> int | Fault | None:
    """The whole number in a cell, None for a blank, or why it is refused.

    Accepted: 12, "12", "12.0" (spreadsheets store every number so) and "1,234" (thousands as printed tables group
    them). Refused with a mend: fractions, negatives, suppression marks such as "<5" and "*", dates, other text.
    """
    if value is None or isinstance(value, Fault):
        return value
    if isinstance(value, str):
        return _read_text(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Fault(
            "number.type", "A count is a number, not a date or a yes/no value. Format the cell as a number."
        )
    if isinstance(value, float) and not math.isfinite(value):
        return Fault("number.not_finite", "A count is a finite whole number.")
    if value != int(value):
        return _NOT_WHOLE
    return int(value) if 0 <= value <= LARGEST_COUNT else _OUT_OF_RANGE


def _read_text(text: str) -> int | Fault | None:
    if not text:
        return None
    if _PLAIN.fullmatch(text) or _GROUPED.fullmatch(text):
        digits = text.replace(",", "").partition(".")[0].lstrip("0") or "0"
        # Their number is looked at first, for `int` reads only so many.
        fits = len(digits) <= len(str(LARGEST_COUNT)) and int(digits) <= LARGEST_COUNT
        return int(digits) if fits else _OUT_OF_RANGE
    for pattern, refusal in (
        (_SUPPRESSED, _SUPPRESSION),
        (_NEGATIVE, _OUT_OF_RANGE),
        (_FRACTION, _NOT_WHOLE),
    ):
        if pattern.fullmatch(text):
            return refusal
    return _NOT_A_NUMBER


def check_note(text: str) -> Fault | None:
    """Why a note is refused, None where it may be sent; a number that could be an NHS number is refused.

    A check finds no names, so what passes it is still left behind: no figure needs the words that somebody typed.
    """
    note = unicodedata.normalize("NFC", text.strip())
    if len(note) > LONGEST_NOTE:
        return Fault("text.too_long", f"A note has at most {LONGEST_NOTE:,} characters.")
    if _CONTROL.search(note):
        return Fault("text.control_character", "The note holds a control character. Type it again.")
    if _BIDI.search(note):
        return Fault("text.bidi_control", "The note holds an invisible direction mark. Type it again.")
    return check_text(note)


def check_text(text: str) -> Fault | None:
    """Why a cell of a return (a title, a label, a footnote) is refused; None where it names no person."""
    if len(text) < SHORTEST_NUMBER:
        return None
    plain = text if text.isascii() else " ".join(unicodedata.normalize("NFKC", text).split())
    if any(check_digit_fits(re.sub(r"[^0-9]", "", found)) for found in _TEN_DIGITS.findall(plain)):
        return Fault(
            "file.pii_detected",
            "This holds what looks like an NHS number. A return names no person: take it out and send the file again.",
        )
    return None
