"""Keeping people out: what is told of a file in which people were found."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.outcomes.feeds.reading import Reading
from shared.workbooks.identifiers import PII

_PLAIN_COLUMNS: Final = frozenset({"period", "icc", "practice", "place", "category", "count", "note"})


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
