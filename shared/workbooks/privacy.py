"""Keeping people out: what is looked at in every sheet."""

from collections.abc import Iterable, Sequence

from shared.workbooks.findings import Findings
from shared.workbooks.identifiers import check_text
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
