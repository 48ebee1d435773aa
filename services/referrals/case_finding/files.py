"""A list as a file: CSV or a workbook becomes a header and rows of texts. Only the child process that reads lists loads this."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from services.referrals.case_finding.exchange import Form
from services.referrals.case_finding.rules import (
    MOST_ROWS,
    BadRow,
    ListRefused,
    Person,
    Reading,
    check_header,
    read_rows,
    unknown_header,
)
from shared.workbooks.findings import FileRefusedError, Findings
from shared.workbooks.identifiers import PII
from shared.workbooks.reader import read_xlsx
from shared.workbooks.sheets import CellValue, Fault, Row, Sheet, without_margin

LONGEST_HEADER: Final = 10_000
"""No header of a list comes near it, and millions of columns take long to be told apart."""
_LINE_END: Final = re.compile(r"[\r\n]")
Line = tuple[int, Sequence[str]]
"""A row's number as the file shows it, and its cells."""


def read_list(content: bytes, form: Form, reading: Reading) -> tuple[list[Person], list[BadRow]]:
    """The good rows of a file, and the bad ones. Raises ListRefused."""
    if not content.strip():
        raise ListRefused("file.empty", "The file is empty.")
    header, lines, broken = _workbook(content) if form == "xlsx" else (*_csv(content), [])
    good, bad = read_rows(header, lines, reading) if lines or not broken else ([], [])
    return good, sorted([*bad, *broken], key=lambda one: one.row)


def _csv(content: bytes) -> tuple[list[str], list[Line]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ListRefused(
            "file.encoding", "The file is not UTF-8. In Excel choose “CSV UTF-8” when saving."
        ) from None
    if "\x00" in text:
        raise ListRefused("file.control_character", "The file has a control character.")
    if len(text) > LONGEST_HEADER and not _LINE_END.search(text, 0, LONGEST_HEADER):
        raise unknown_header()
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip().casefold() for cell in next(rows)]
        check_header(header)
        lines: list[Line] = [(rows.line_num, cells) for cells in rows if any(cell.strip() for cell in cells)]
    except csv.Error:
        raise ListRefused(
            "file.csv_syntax", f"Line {rows.line_num} is no CSV: look at its quotation marks."
        ) from None
    _check_length(lines)
    return header, lines


def _check_length(lines: Sequence[Line]) -> None:
    if len(lines) > MOST_ROWS:
        raise ListRefused("file.too_many_rows", f"A list has {MOST_ROWS} rows at most.")


def _workbook(content: bytes) -> tuple[list[str], list[Line], list[BadRow]]:
    """Header and rows of the one sheet that holds something, and the rows with a cell that cannot be read."""
    findings = Findings()
    try:
        sheets = read_xlsx(content, findings)
        # People are what a list is of; whatever else is found refuses it.
        if other := next((one for one in findings.errors if one.code != PII), None):
            raise ListRefused(other.code, other.detail)
        rows = without_margin(_filled(sheets))
    except FileRefusedError as refused:
        raise ListRefused(refused.finding.code, refused.finding.detail) from None
    header = [_text(cell).casefold() for cell in _trimmed(rows[0])]
    check_header(header)
    lines: list[Line] = []
    broken: list[BadRow] = []
    for row in rows[1:]:
        cells = _trimmed(row)
        fault = next(((at, one) for at, one in enumerate(cells) if isinstance(one, Fault)), None)
        if fault is None:
            texts = [_text(cell) for cell in cells]
            lines.append((row.number, texts + [""] * (len(header) - len(texts))))
        else:
            column = header[fault[0]] if fault[0] < len(header) else ""
            broken.append(BadRow(row.number, fault[1].code, column, fault[1].detail))
    return header, lines, broken


def _filled(sheets: Sequence[Sheet]) -> list[Row]:
    if not sheets:
        raise ListRefused("file.empty", "The workbook holds nothing.")
    if len(sheets) > 1:
        raise ListRefused(
            "file.sheet_ambiguous", "Several sheets hold something. Send the one with the list."
        )
    return [row for row in sheets[0].rows if row.filled() or any(isinstance(one, Fault) for one in row.cells)]


def _trimmed(row: Row) -> Sequence[CellValue]:
    """The cells up to the last one that holds anything."""
    last = len(row.cells)
    while last and row.cells[last - 1] in (None, ""):
        last -= 1
    return row.cells[:last]


def _text(cell: CellValue) -> str:
    """A cell as a CSV file would have it: whole numbers without a point, others with six places at most, days as days."""
    if cell is None or isinstance(cell, Fault):
        return ""
    if isinstance(cell, float):
        return f"{cell:.6f}".rstrip("0").rstrip(".")
    if isinstance(cell, date):
        return (cell.date() if isinstance(cell, datetime) else cell).isoformat()
    return str(cell).strip()
