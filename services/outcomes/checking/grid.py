"""A return as its sender knows it, sheet by sheet and row by row, with what is wrong marked where it stands. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.outcomes.feeds.reading import ShownRow
from services.outcomes.submissions.schemas import FindingDocument
from shared.workbooks.sheets import column_letters

_CELL: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]*)")
_LETTERS: Final = re.compile(r"[A-Z]{1,3}")


@dataclass(frozen=True, slots=True)
class Marked:
    """A cell, or the head of a row or column. key: its address in the page.   wrong: what to correct in it."""

    key: str
    text: str
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet. name: None where the file is no workbook.   columns: their letters.   rows: (the row's number, its cells)."""

    name: str | None
    columns: tuple[Marked, ...]
    rows: tuple[tuple[Marked, tuple[Marked, ...]], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A finding. key: where in the grids it is marked; None where what it is about is not shown there."""

    finding: FindingDocument
    key: str | None


def grids_of(rows: Iterable[ShownRow], findings: Sequence[FindingDocument]) -> tuple[list[Grid], list[Told]]:
    """The sheets with what is wrong marked, and each finding with its place in them."""
    sheets: dict[str | None, list[ShownRow]] = {}
    for row in rows:
        sheets.setdefault(row.sheet, []).append(row)
    numbers = {name: number for number, name in enumerate(sheets, start=1)}
    told = [Told(one, _key_of(one, sheets.get(one.sheet, []), numbers)) for one in findings]
    wrong: dict[str, tuple[str, ...]] = {}
    for one in told:
        if one.key is not None:
            wrong[one.key] = (*wrong.get(one.key, ()), one.finding.detail)
    return [_grid(numbers[name], name, own, wrong) for name, own in sheets.items()], told


def _grid(
    sheet: int, name: str | None, rows: Sequence[ShownRow], wrong: Mapping[str, tuple[str, ...]]
) -> Grid:
    def marked(row: int | None, column: int | None, text: str) -> Marked:
        key = _key(sheet, row, column)
        return Marked(key, text, wrong.get(key, ()))

    width = max(len(row.cells) for row in rows)
    return Grid(
        name,
        tuple(marked(None, column, column_letters(column)) for column in range(width)),
        tuple(
            (
                marked(row.number, None, str(row.number)),
                tuple(
                    marked(row.number, column, row.cells[column] if column < len(row.cells) else "")
                    for column in range(width)
                ),
            )
            for row in rows
        ),
    )


def _key(sheet: int, row: int | None, column: int | None) -> str:
    letters = "" if column is None else column_letters(column)
    return f"sheet-{sheet}-{letters}{row or ''}"


def _key_of(
    finding: FindingDocument, rows: Sequence[ShownRow], numbers: Mapping[str | None, int]
) -> str | None:
    """The address in the page of what a finding is about: a cell, else a row or a column; None where it is not shown."""
    if not rows:
        return None
    row, column = _place(finding, rows[0])
    shown = (row is None or any(one.number == row for one in rows)) and (
        column is None or column < max(len(one.cells) for one in rows)
    )
    if (row is None and column is None) or not shown:
        return None
    return _key(numbers[finding.sheet], row, column)


def _place(finding: FindingDocument, header: ShownRow) -> tuple[int | None, int | None]:
    """The row, from 1, and the column, from 0, that a finding is about; None for all of them."""
    named = _CELL.fullmatch(finding.cell or "")
    if named is not None:
        return int(named[2]), _index(named[1])
    column = (finding.column or "").strip()
    names = [cell.strip().casefold() for cell in header.cells]
    if column and column.casefold() in names:
        return finding.row, names.index(column.casefold())
    return finding.row, _index(column) if _LETTERS.fullmatch(column) else None


def _index(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1
