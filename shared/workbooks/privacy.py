"""Keeping people out: what is looked at in every sheet, and what is told of a file in which people were found."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from shared.workbooks.findings import Findings
from shared.workbooks.identifiers import PII, check_text
from shared.workbooks.people import PEOPLE, row_of_people
from shared.workbooks.sheets import Row, Sheet, column_letters


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


def tell_only_of_people(
    findings: Findings, sheets: Sequence[str | None], *, plain_columns: Collection[str]
) -> bool:
    """Where people were found, tell that alone, by cells' addresses: headers, labels and sheets' names may be theirs.

    sheets: the names of the file's sheets in their order.   plain_columns: headers that are no person's. Returns whether
    people were found.
    """
    people = [one for one in findings.errors if one.code == PII]
    if not people:
        return False
    found = [one for one in people if one.cell] or people
    findings.errors = [
        replace(
            one,
            sheet=None,
            column=one.column if one.column in plain_columns or _is_letters(one.column) else None,
            detail=f"{_where(one.sheet, sheets)}{one.detail}",
        )
        for one in found
    ]
    findings.errors_total = len(found)
    findings.warnings = []
    return True


def _is_letters(column: str | None) -> bool:
    return column is not None and column.isascii() and column.isupper() and len(column) <= 3  # noqa: PLR2004 - XFD


def _where(sheet: str | None, sheets: Sequence[str | None]) -> str:
    return f"Sheet {sheets.index(sheet) + 1}: " if sheet in sheets and len(sheets) > 1 else ""
