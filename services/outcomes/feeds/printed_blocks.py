"""Finding the printed tables of a file: where each is headed, what stands above it, which rows belong to it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.outcomes.feeds.declarations import Layout
from services.outcomes.feeds.periods import read_label
from services.outcomes.feeds.places import Gazetteer
from services.outcomes.feeds.titles import read_titles
from shared.months import Month
from shared.registry.names import fold
from shared.workbooks.findings import FileRefusedError
from shared.workbooks.sheets import Fault, Row, Sheet

MOST_PRINTED_ROWS: Final = 5_000
"""A printed table is read by people; more rows than this are another kind of file."""


@dataclass(slots=True)
class Block:
    """One printed table. table: its key in the feed.   titles: the text above and in its heading."""

    sheet: Sheet
    table: str
    titles: list[str]
    header: Row
    body: list[Row] = field(default_factory=list)
    strays: list[Row] = field(default_factory=list)
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A layout's labels in folded form, for one feed's tables."""

    layout: Layout
    headings: dict[str, tuple[str, ...]]
    totals: frozenset[str]
    month_totals: frozenset[str]
    ignored: frozenset[str]
    categories: frozenset[str]
    is_column: Callable[[str], bool]

    @classmethod
    def of(cls, layout: Layout, gazetteer: Gazetteer) -> "Words":
        """Fold what a layout declares and what its tables' categories are called."""
        tables = gazetteer.feed.by_table
        columns = _folded([*layout.columns, *layout.outside, *layout.total_columns])
        printed = {name for heading in layout.tables.values() for name in heading.categories}
        return cls(
            layout=layout,
            headings={key: tuple(map(fold, heading.words)) for key, heading in layout.tables.items()},
            totals=_folded(layout.total_rows),
            month_totals=_folded(layout.month_totals),
            ignored=_folded(layout.ignored),
            categories=_folded(printed) | {name for key in layout.tables for name in tables[key].by_name},
            is_column=lambda text: fold(text) in columns or gazetteer.names_a_place(text),
        )

    def labels(self, row: Row) -> list[str]:
        """The row's label cells, folded; blanks left out."""
        return [text for index in range(self.layout.label_columns) if (text := fold(row.text(index)))]

    def is_line(self, row: Row) -> bool:
        """Whether a row's label is one that stands inside a table."""
        known = {*self.totals, *self.month_totals, *self.ignored, *self.categories}
        return any(label in known or label.split()[0] in self.layout.by_month for label in self.labels(row))

    def is_aside(self, row: Row) -> bool:
        """Whether a row begins with the label of one that says nothing of the table ("Source: …")."""
        return any(f"{label} ".startswith(f"{word} ") for label in self.labels(row) for word in self.ignored)

    def heading_in(self, texts: Iterable[str]) -> str | None:
        """The table whose heading words a text ends with or holds, the longest words winning."""
        found = [
            (len(word), key)
            for text in texts
            for key, words in self.headings.items()
            for word in words
            if word in text
        ]
        return max(found)[1] if found else None


def find_blocks(sheets: Sequence[Sheet], words: Words) -> list[Block]:
    """Every printed table of the sheets, in reading order; rows that belong to none are kept as strays of the last."""
    blocks: list[Block] = []
    for sheet in sheets:
        titles: list[str] = []
        block: Block | None = None
        for row in sheet.rows:
            filled = row.filled()
            if row.number > MOST_PRINTED_ROWS:
                raise FileRefusedError(
                    "file.too_many_rows",
                    f"A printed table has at most {MOST_PRINTED_ROWS} rows. Use the long form.",
                )
            if not filled or (len(filled) == 1 and words.is_aside(row)):
                continue
            key = _heading(row, titles, words)
            if key is not None:
                block = Block(sheet, key, [*titles, *_label_texts(row, words)], row)
                blocks.append(block)
                titles = []
            elif _is_title(row, block, words):
                titles.append(row.text(filled[0]))
            elif block is not None:
                _add(block, row, words)
    return blocks


def months_named(blocks: Iterable[Block], layout: Layout) -> list[Month | int]:
    """What the rows' labels say of their months: with the year, or only a month's number."""
    cells = (
        row.cells[index]
        for block in blocks
        for row in block.body
        if (index := _label(row, layout)) is not None
    )
    named = (read_label(cell, layout.by_month) for cell in cells)
    return [one for one in named if one is not None]


def _label(row: Row, layout: Layout) -> int | None:
    """The row's first label cell."""
    return next((index for index in range(layout.label_columns) if row.text(index)), None)


def _heading(row: Row, titles: list[str], words: Words) -> str | None:
    """The table a row heads: its label or the title above says so, and no figure stands in it.

    Where the label says something else ("Row Labels" in the corner of a pivot table), a column must be known.
    """
    beyond = [index for index in row.filled() if index >= words.layout.label_columns]
    cells = [row.cells[index] for index in beyond]
    if not cells or not all(isinstance(cell, str) and not cell.strip().isdecimal() for cell in cells):
        return None
    labels = words.labels(row)
    found = words.heading_in(labels) if labels else None
    known = not labels or any(words.is_column(row.text(index)) for index in beyond)
    return found or (words.heading_in(map(fold, titles[-2:])) if known else None)


def _is_title(row: Row, block: Block | None, words: Words) -> bool:
    filled = row.filled()
    if len(filled) != 1 or isinstance(row.cells[filled[0]], Fault | int | float):
        return False
    if block is None or block.closed:
        return True
    text = row.text(filled[0])
    names = words.heading_in([fold(text)]) or read_titles([[text]], words.layout.quarter).claims
    return bool(names) and not words.is_line(row)


def _add(block: Block, row: Row, words: Words) -> None:
    if block.closed:
        block.strays.append(row)
        return
    block.body.append(row)
    block.closed = bool(words.totals.intersection(words.labels(row)))


def _label_texts(row: Row, words: Words) -> list[str]:
    return [row.text(index) for index in range(words.layout.label_columns)]


def _folded(labels: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold, labels))
