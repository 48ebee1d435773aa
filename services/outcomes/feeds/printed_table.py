"""A printed table as it was read: its columns, its rows, and the figure in each cell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from services.outcomes.feeds.places import Place
from services.outcomes.feeds.printed_blocks import Block
from shared.months import Month
from shared.workbooks.sheets import Row

Cell = tuple[int, int]
"""Row number and column index of a figure."""


@dataclass(frozen=True, slots=True)
class Column:
    """A community's column. place: None where its name could not be read; it still takes part in the sums."""

    index: int
    label: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of figures. category: None where the label could not be read.   month: None on the grand total's row.

    kind: a repeated row is one that its month has already, so nothing is added up with it or against it.
    section: which month's part of the table it stands in, counted from 1; also where the month's name is wrong.
    """

    kind: Literal["category", "repeated", "month", "total"]
    row: int
    label: str
    month: Month | None
    section: int
    category: str | None = None


@dataclass(slots=True)
class PrintedTable:
    """One printed table as read. values: every figure cell that could be read.   total: the total column's index.

    absent: the communities that the council serves and that have no column.   lacks_month: whether a month's own row
    seems to be missing, so that the months do not add up to the whole.
    """

    block: Block
    heading: str
    categories: Sequence[tuple[str, str]] = ()
    columns: list[Column] = field(default_factory=list)
    total: int | None = None
    total_label: str | None = None
    lines: list[Line] = field(default_factory=list)
    values: dict[Cell, int | None] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    lacks_month: bool = False

    @property
    def indexes(self) -> list[int]:
        """The indexes of every column that holds figures, the total's last."""
        return [*(column.index for column in self.columns), *([] if self.total is None else [self.total])]

    def label(self, index: int) -> str:
        """A column's printed header."""
        if index == self.total and self.total_label:
            return self.total_label
        return next((column.label for column in self.columns if column.index == index), self.heading)

    def absent_categories(self, section: int) -> list[str]:
        """The labels of the categories that have no row in a month's section."""
        here = {line.category for line in self.lines if line.section == section and line.kind != "month"}
        return [label for code, label in self.categories if code not in here]

    def at(self, cell: Cell) -> dict[str, Any]:
        """Where a finding of a figure stands, in the words of `Finding`."""
        row, index = cell
        return self.block.sheet.at(Row(row, (), self.block.header.left), index)
