"""Keeping people out: what is looked at in every sheet, and what is told of a file in which people were found."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from services.outcomes.feeds.reading import Reading
from shared.workbooks.findings import Findings
from shared.workbooks.identifiers import PII, check_text
from shared.workbooks.people import PEOPLE, row_of_people
from shared.workbooks.sheets import Row, Sheet, column_letters

_PLAIN_COLUMNS: Final = frozenset({"period", "icc", "practice", "place", "category", "count", "note"})


def look_through(sheet: Sheet, rows: Sequence[Row], findings: Findings) -> None:
    """Refuse what names a person in a sheet's name or cells."""
    if sheet.name is not None and (found := check_text(sheet.name)):
        findings.refuse(found.code, found.detail, sheet=sheet.name)
    for row in rows:
        for index in row.filled():
            if found := check_text(row.raw(index)):
                findings.refuse(
                    found.code, found.detail, column=column_letters(index), **sheet.at(row, index)
                )
    refuse_people(sheet, rows, findings)


def refuse_people(sheet: Sheet, rows: Iterable[Row], findings: Findings) -> None:
    """Refuse a sheet that looks like a list of people."""
    if (row := row_of_people(rows)) is not None:
        findings.refuse(PEOPLE.code, PEOPLE.detail, **sheet.at(row))


def tell_only_of_people(reading: Reading, sheets: Sequence[str | None]) -> None:
    """Where people were found, tell that alone, by cells' addresses: headers, labels and sheets' names may be theirs.

    sheets: the names of the file's sheets in their order.
    """
    findings = reading.findings
    people = [one for one in findings.errors if one.code == PII]
    if not people:
        return
    found = [one for one in people if one.cell] or people
    findings.errors = [
        replace(
            one,
            sheet=None,
            column=one.column if one.column is None or _is_plain(one.column) else None,
            detail=f"{_where(one.sheet, sheets)}{one.detail}",
        )
        for one in found
    ]
    findings.errors_total = len(found)
    findings.warnings = []
    reading.aliases.clear()
    reading.figures.clear()
    reading.totals.clear()


def _is_plain(column: str) -> bool:
    return column in _PLAIN_COLUMNS or (column.isascii() and column.isupper() and len(column) <= 3)  # noqa: PLR2004 - XFD


def _where(sheet: str | None, sheets: Sequence[str | None]) -> str:
    return f"Sheet {sheets.index(sheet) + 1}: " if sheet in sheets and len(sheets) > 1 else ""
