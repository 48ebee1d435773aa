"""What is wrong with a file: every fault with its row, column, cell and code, counted even where it is not kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from services.trajectories.activity.rules.kinds import Refusal
from shared.workbooks.findings import KEPT_FINDINGS, FileRefusedError, Finding, Findings
from shared.workbooks.identifiers import check_text
from shared.workbooks.sheets import Fault, column_letters

QUARANTINED: Final = 100
"""So many bad rows of records are left aside, or two in a hundred where that is more."""


_NO_UTF8: Final = re.compile("[\udc80-\udcff]")
"""What stands for bytes that are no UTF-8."""


class Broken(str):
    """A cell that cannot be read whatever stands in it. Its text is one that every reading refuses."""

    fault: Fault
    __slots__ = ("fault",)

    @classmethod
    def of(cls, fault: Fault) -> "Broken":
        """The cell with what is wrong with it."""
        cell = cls("\0")
        cell.fault = fault
        return cell


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a table stands in its file. sheet: of a workbook, by name.

    at: the 0-based column of the file in which each column of the table stands; None where cells have no address (JSON lines).
    """

    at: Sequence[int] | None = None
    sheet: str | None = None

    def cell(self, row: int, index: int) -> str | None:
        """The address of a cell as Excel writes it: "C7"."""
        return None if self.at is None else f"{column_letters(self.at[index])}{row}"


@dataclass(slots=True)
class FileFindings(Findings):
    """The faults of a file. rows: how many rows have one.   final: a fault that no leaving aside of rows can mend.

    columns: where the table stands.   places: where each printed header stands in the table.
    """

    rows: int = 0
    final: bool = False
    columns: Columns = Columns()
    places: dict[str, int] = field(default_factory=dict)
    _last: int | None = None

    def add(self, error: Finding) -> None:
        """Note a fault of a row, or of the file where it names none."""
        Findings.add(self, error)
        if error.row is None or error.row != self._last:
            self.rows, self._last = self.rows + 1, error.row

    def refuse_row(self, code: str, detail: str, *, row: int, column: str | None = None) -> None:
        """Note a fault of a row. column: the printed header of the cell that is wrong, None for the whole row."""
        if self.errors_total >= KEPT_FINDINGS:  # it is only counted, and has no address
            self.add(Finding(code, "", row=row))
            return
        index = 0 if column is None else self.places.get(column, 0)
        self.add(
            Finding(
                code,
                detail,
                row=row,
                column=column,
                sheet=self.columns.sheet,
                cell=self.columns.cell(row, index),
            )
        )

    def refuse_cell(self, refusal: Refusal, text: str, *, row: int, column: str) -> None:
        """Note what is wrong with a cell. One that may name a person ends the file: nothing of it is left aside."""
        _refuse_bytes(text, row)
        told: Refusal | Fault = refusal
        if isinstance(text, Broken):
            told = text.fault
        elif refusal.code != "number.range" and (found := check_text(text)):  # a number too large is a number
            told, self.final = found, True
        self.refuse_row(told.code, told.detail, row=row, column=column)


def _refuse_bytes(text: str, row: int) -> None:
    """Raises FileRefusedError where a cell holds bytes that are no UTF-8."""
    if not text.isascii() and _NO_UTF8.search(text):
        detail = "The file is not UTF-8. In Excel choose “CSV UTF-8” when saving."
        raise FileRefusedError("file.encoding", detail, row=row)


def is_quarantine(bad: int, read: int) -> bool:
    """Whether so many bad rows of a file of records may be left aside."""
    return bad <= max(QUARANTINED, read // 50)
