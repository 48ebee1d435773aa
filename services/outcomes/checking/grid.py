"""A return as its sender knows it, row by row, with the cells that are wrong. Pure."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from services.outcomes.submissions.schemas import FindingDocument

MOST_ROWS: Final = 200
MOST_COLUMNS: Final = 60
MOST_BYTES: Final = 500_000
"""Of a longer file the beginning is shown; what is wrong with the rest is told beside it."""
_CELL: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]*)")


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell as it was written. wrong: what to correct, None where nothing is."""

    text: str
    wrong: str | None


def grid_of(content: bytes, findings: Iterable[FindingDocument]) -> list[list[GridCell]]:
    """The rows of a CSV file, marked. What cannot be read as rows gives none: the findings say why."""
    text = content[:MOST_BYTES].decode("utf-8-sig", "replace")
    try:
        rows = list(islice(csv.reader(io.StringIO(text, newline="")), MOST_ROWS))
    except csv.Error:
        return []
    header = [name.strip().casefold() for name in rows[0]] if rows else []
    wrong: dict[tuple[int, int | None], str] = {}
    for one in findings:
        place = _place(one, header)
        if place is not None:
            wrong.setdefault(place, one.detail)
    return [
        [
            GridCell(
                cell, wrong.get((number, column)) or (wrong.get((number, None)) if column == 0 else None)
            )
            for column, cell in enumerate(row[:MOST_COLUMNS])
        ]
        for number, row in enumerate(rows, start=1)
    ]


def _place(finding: FindingDocument, header: list[str]) -> tuple[int, int | None] | None:
    """The row, from 1, and the column, from 0, that a finding is about; the first column stands for a whole row."""
    named = _CELL.fullmatch(finding.cell or "")
    if named is not None:
        column = 0
        for letter in named[1]:
            column = column * 26 + ord(letter) - ord("A") + 1
        return int(named[2]), column - 1
    if finding.row is None:
        return None
    name = (finding.column or "").strip().casefold()
    return finding.row, header.index(name) if name in header else None
