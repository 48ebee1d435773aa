"""A file's own first rows as text, for a page that shows its sender what is wrong in them."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from services.outcomes.feeds.reading import ShownRow
from shared.workbooks.findings import FileRefusedError, told_name
from shared.workbooks.sheets import CellValue, Fault, Percentage, Row, Sheet

MOST_ROWS: Final = 200
"""Of each sheet: what is wrong further down is told beside them."""
MOST_COLUMNS: Final = 60
_MOST_SHEETS: Final = 10
_LONGEST: Final = 120


@dataclass(slots=True)
class Watched:
    """A sheet that keeps the first rows that a reader takes from it."""

    sheet: Sheet
    kept: list[Row] = field(default_factory=list)

    @classmethod
    def of(cls, sheet: Sheet) -> "Watched":
        """The sheet, with its rows watched."""
        watched = cls(sheet)
        watched.sheet = replace(sheet, rows=watched.passing(iter(sheet.rows)))
        return watched

    def passing(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The rows as they come, the first of them kept."""
        for row in rows:
            if len(self.kept) < MOST_ROWS:
                self.kept.append(row)
            yield row

    def shown(self) -> Iterator[ShownRow]:
        """The first rows as text, those too that no reader came to."""
        # Where the file breaks further down, what was wrong before has been told already.
        with suppress(FileRefusedError):
            for _ in islice(self.sheet.rows, MOST_ROWS - len(self.kept)):
                pass
        name = None if self.sheet.name is None else told_name(self.sheet.name)
        for row in self.kept:
            yield ShownRow(name, row.number, tuple(map(cell_text, row.cells[:MOST_COLUMNS])))


def rows_shown(watched: list[Watched]) -> list[ShownRow]:
    """The first rows of the first sheets."""
    return [row for one in watched[:_MOST_SHEETS] for row in one.shown()]


def cell_text(value: CellValue) -> str:
    """A cell as a spreadsheet shows it, near enough to be found again."""
    match value:
        case None:
            return ""
        case Fault():
            return "#"
        case Percentage():
            return f"{value * 100:g}%"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            text = str(value)
            return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
