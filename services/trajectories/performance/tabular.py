"""Tables as CSV and as workbooks. Equal tables have equal bytes, and no text of a source becomes a formula or a link."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias

import xlsxwriter

from shared.spreadsheets import harmless

TableCell: TypeAlias = str | int | float | bool | None
HIDDEN = "*"
"""A number that is not shown."""
# A workbook's own creation time would make two equal answers differ.
_CREATED = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)


class _Shortest(float):
    """A number that a workbook holds as JSON and CSV write it.

    The writer formats numbers to 16 digits, and some need 17 to be read back as themselves.
    """

    def __format__(self, _: str) -> str:
        """The fewest digits that are this number and no other, whatever form is asked for."""
        return repr(float(self))


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[TableCell]]) -> bytes:
    """Comma separated values, RFC 4180, under their names."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_written(cell) for cell in row])
    return text.getvalue().encode()


def _written(cell: TableCell) -> str:
    """A cell as text that no spreadsheet runs; numbers stay numbers, whatever their sign."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case str():
            return harmless(cell)
        case _:
            return repr(cell)


class Book:
    """A workbook that is being written."""

    def __init__(self, target: io.BytesIO, workbook: Any) -> None:
        self._target = target
        self._workbook = workbook
        self._bold = workbook.add_format({"bold": True})

    def table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[TableCell]]) -> None:
        """A sheet of rows under their names, which stay in sight."""
        sheet = self._workbook.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, columns, self._bold)
        for index, row in enumerate(rows, start=1):
            sheet.write_row(index, 0, [_Shortest(cell) if isinstance(cell, float) else cell for cell in row])

    def told(self, name: str, lines: Iterable[tuple[str, str]]) -> None:
        """A sheet of what is to be known, each beside its name."""
        sheet = self._workbook.add_worksheet(name)
        for index, (head, text) in enumerate(lines):
            sheet.write_string(index, 0, head, self._bold)
            sheet.write_string(index, 1, text)


@contextmanager
def workbook(target: io.BytesIO, title: str) -> Iterator[Book]:
    """A workbook that is written to `target` when the block ends."""
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(target, options) as made:
        made.set_properties({"created": _CREATED, "title": title})
        yield Book(target, made)
