"""What is wrong with a file, or odd, said so that the sender can mend it."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

KEPT_FINDINGS: Final = 10_000
"""Errors kept for errors.csv; more are only counted, so that a broken export cannot fill the database."""

LONGEST_NAME: Final = 255
"""What is told of a header, a sheet's name or an alias: they are as long as their file likes."""

_LONGEST_DETAIL: Final = 1_000
_LONG_NUMBER: Final = re.compile(r"[0-9](?:[\s.\u2010-\u2015-]?[0-9]){8,}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One error or warning of a file.

    code: a code of the interface ("number.suppressed").   detail: what to do about it, never a cell's free text.
    row: 1-based, as the sheet shows it.   column: the printed header.   sheet: a workbook's sheet, by name.
    cell: its address as Excel writes it, "F7"; of a whole row its first cell.
    """

    code: str
    detail: str
    row: int | None = None
    column: str | None = None
    sheet: str | None = None
    cell: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The member of `errors` and `warnings`; sheet and cell only where the file has them."""
        where = {"sheet": None if self.sheet is None else told_name(self.sheet), "cell": self.cell}
        return {
            "code": self.code,
            "row": self.row,
            "column": None if self.column is None else told_name(self.column),
            "detail": printable(self.detail[:_LONGEST_DETAIL]),
            **{name: told for name, told in where.items() if told is not None},
        }


def told_name(name: str) -> str:
    """A name out of a file as it is told: as long as a name may be, and without what could be a person's number."""
    return printable(_LONG_NUMBER.sub("…", name[:LONGEST_NAME]))


def printable(text: str) -> str:
    """The text on one line, with a mark for each character that no answer, table or database can carry."""
    return "".join(
        one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in " ".join(text.split())
    )


@dataclass(slots=True)
class Findings:
    """The errors and warnings of one file, all of them counted."""

    errors: list[Finding] = field(default_factory=list)
    errors_total: int = 0
    warnings: list[Finding] = field(default_factory=list)

    def refuse(self, code: str, detail: str, **place: Any) -> None:
        """Note an error: `row`, `column`, `sheet` and `cell` say where."""
        self.add(Finding(code, detail, **place))

    def add(self, error: Finding) -> None:
        """Note an error as it was found."""
        self.errors_total += 1
        if len(self.errors) < KEPT_FINDINGS:
            self.errors.append(error)

    def withdraw(self, code: str) -> None:
        """Take back the errors of a code: something else has been found that explains them all."""
        kept = [one for one in self.errors if one.code != code]
        self.errors_total -= len(self.errors) - len(kept)
        self.errors = kept

    def warn(self, code: str, detail: str, **place: Any) -> None:
        """Note something the sender should know that does not refuse the file."""
        if len(self.warnings) < KEPT_FINDINGS:
            self.warnings.append(Finding(code, detail, **place))


class FileRefusedError(Exception):
    """The file cannot be read at all; carries the one finding that says why."""

    def __init__(self, code: str, detail: str, **place: Any) -> None:
        super().__init__(code)
        self.finding = Finding(code, detail, **place)
