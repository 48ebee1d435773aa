"""The council's printed layout: a column for each community, month rows with category rows under them, totals.

This reads the table as it stands, cell by cell: it moves nothing to fill a gap and refuses a short row. Only category
rows become figures; `reconciliation` checks what they add up to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from services.outcomes.feeds.counts import read_count
from services.outcomes.feeds.declarations import Category
from services.outcomes.feeds.periods import month_label, printed_period
from services.outcomes.feeds.places import OUTSIDE, UNKNOWN, Gazetteer, KnownPlace, Place
from services.outcomes.feeds.printed_blocks import Block, Words, find_blocks, months_named
from services.outcomes.feeds.printed_labels import Labels
from services.outcomes.feeds.printed_table import Column, Line, PrintedTable
from services.outcomes.feeds.reading import Figure, Reading
from services.outcomes.feeds.titles import read_titles
from services.outcomes.feeds.wrong_periods import none_within
from shared.months import Month, Period
from shared.registry.names import fold, nearest
from shared.workbooks.findings import FileRefusedError
from shared.workbooks.sheets import Fault, Row, Sheet

_NO_MONTHS: Final = "No row of the table names a month. Write each above its categories: January, Jan-20, 2020-01 or 01/01/2020."


def read_printed(
    sheets: Sequence[Sheet], words: Words, gazetteer: Gazetteer, reading: Reading, *, asked: Period | None
) -> list[PrintedTable]:
    """Read every printed table of the sheets into figures and findings, but not its sums.

    Raises FileRefusedError (file.header, file.sheet_ambiguous, file.no_rows).
    """
    blocks = find_blocks(sheets, words)
    if not blocks:
        return []
    for block in blocks:
        if [one.table for one in blocks].count(block.table) > 1:
            raise FileRefusedError(
                "file.sheet_ambiguous",
                "The same table stands in the file twice. Keep one of them.",
                **block.sheet.at(block.header),
            )
    months = months_named(blocks, words.layout)
    if not months:
        first = blocks[0]
        raise FileRefusedError("date.format", _NO_MONTHS, **first.sheet.at((first.body or [first.header])[0]))
    titles = read_titles([block.titles for block in blocks], words.layout.quarter)
    where = blocks[0].sheet.at(blocks[0].header)
    reading.period, reading.period_named = printed_period(titles, months, asked, where=where)
    period = reading.period
    if told := none_within(period, months, asked=asked is not None):
        named = _first_month_row(blocks[0], words)
        raise FileRefusedError("row.conflict", told, **blocks[0].sheet.at(named))
    return [
        _BlockReader(
            words,
            gazetteer,
            reading,
            period,
            _empty_table(b, words, gazetteer),
            Labels(words.layout, gazetteer.feed.by_table[b.table]),
        ).read()
        for b in blocks
    ]


def _first_month_row(block: Block, words: Words) -> Row:
    """The first row that names a month, or the header."""
    return next(
        (row for row in block.body if months_named([replace(block, body=[row])], words.layout)), block.header
    )


def _empty_table(block: Block, words: Words, gazetteer: Gazetteer) -> PrintedTable:
    categories = [(one.code, one.label) for one in gazetteer.feed.by_table[block.table].categories]
    return PrintedTable(block, words.layout.tables[block.table].words[0], categories)


@dataclass(slots=True)
class _BlockReader:
    """Reads one printed table row by row, following the month that the rows stand under."""

    words: Words
    gazetteer: Gazetteer
    reading: Reading
    period: Period
    table: PrintedTable
    labels: Labels
    month: Month | None = None
    section: int = 0
    entered: str | None = None
    seen: dict[tuple[Month | None, str | None], int] = field(default_factory=dict)
    repeated: dict[int, list[tuple[Row, int]]] = field(default_factory=dict)

    def read(self) -> PrintedTable:
        self._read_header()
        for row in self.table.block.body:
            self._read_row(row)
        for row in self.table.block.strays:
            self._refuse(
                row,
                "file.total_row",
                "Figures stand under the grand total. Move them above it or delete them.",
                None,
            )
        self._tell_repeated()
        self._tell_skipped()
        return self.table

    def _read_header(self) -> None:
        header, layout = self.table.block.header, self.words.layout
        totals = set(map(fold, layout.total_columns))
        used: dict[str, str] = {}
        for index in header.filled():
            label = header.text(index)
            if index < layout.label_columns:
                continue
            if (beside := self.words.heading_in([fold(label)])) and not self.words.is_column(label):
                raise FileRefusedError(
                    "file.sheet_ambiguous",
                    f"Two tables stand side by side: “{self.words.layout.tables[beside].words[0]}” begins here. "
                    "Put one below the other, or each on a sheet of its own.",
                    column=label,
                    **self.table.block.sheet.at(header, index),
                )
            if fold(label) in totals:
                if self.table.total is not None:
                    told = "The total stands in two columns. Keep one."
                    self._refuse(header, "file.header_duplicate", told, label, index)
                self.table.total, self.table.total_label = index, label
                continue
            place = self._place(header, label, index)
            if isinstance(place, KnownPlace) and used.setdefault(place.code, label) != label:
                self._refuse(
                    header,
                    "file.header_duplicate",
                    f"“{used[place.code]}” names the same community. Keep one column.",
                    label,
                    index,
                )
            elif isinstance(place, KnownPlace) and label in [one.label for one in self.table.columns]:
                self._refuse(header, "file.header_duplicate", "This column stands twice.", label, index)
            self.table.columns.append(Column(index, label, place))
        if not self.table.columns:
            raise FileRefusedError(
                "file.header", "The table has no community columns.", **self.table.block.sheet.at(header)
            )
        self._find_absent()

    def _find_absent(self) -> None:
        """Which of the council's communities have no column; none where a column's name could not be read."""
        here = [column.place for column in self.table.columns]
        known = {place.code for place in here if isinstance(place, KnownPlace)}
        if None not in here:
            on = self.period.first.first_day
            self.table.absent = [
                name for slug, name in self.gazetteer.own_communities(on) if slug not in known
            ]

    def _tell_skipped(self) -> None:
        """Name each column that is left out although it is right: its place lies outside the system."""
        rows = sum(1 for line in self.table.lines if line.kind == "category")
        for column in self.table.columns:
            if column.place == OUTSIDE and rows:
                self.reading.findings.warn(
                    "row.out_of_scope",
                    f"{self.gazetteer.why_outside(column.label)}: the {rows} figures of this column were added to "
                    "the totals and left out of what is stored.",
                    column=column.label,
                    **self.table.block.sheet.at(self.table.block.header, column.index),
                )

    def _place(self, header: Row, label: str, index: int) -> Place | None:
        declared = {fold(name): slug for name, slug in self.words.layout.columns.items()}
        if fold(label) in set(map(fold, self.words.layout.outside)):
            return OUTSIDE
        name = declared.get(fold(label), label)
        found = self.gazetteer.community(name, self.period.first.first_day)
        if isinstance(found, Fault):
            total = nearest(label, self.words.layout.total_columns) if found.code == UNKNOWN else None
            told = f"The nearest known heading is “{total}”." if total else found.detail
            self._refuse(header, found.code, told, label, index)
            return None
        if isinstance(found, KnownPlace) and (found.alias or name != label):
            self.reading.note_alias("community", label, found.code)
        return found

    def _read_row(self, row: Row) -> None:
        line = self._line(row)
        if line is None:
            return
        self.table.lines.append(line)
        width = max(self.table.indexes) + 1
        label_only = not any(index >= self.words.layout.label_columns for index in row.filled())
        if (
            self.table.block.sheet.explicit
            and len(row.cells) < width
            and not (label_only and line.kind == "month")
        ):
            self._refuse(
                row,
                "row.field_count",
                f"The row has {len(row.cells)} cells, the header {width}. Keep blank cells, so that every figure stays under its community.",
                self.table.heading,
            )
            self._count_figures(line)
            return
        for index in row.filled():
            if index >= self.words.layout.label_columns and index not in self.table.indexes:
                told = "A figure stands in a column without a name."
                self._refuse(row, "row.field_count", told, None, index)
        for index in self.table.indexes:
            count = read_count(row.cells[index] if index < len(row.cells) else None)
            if isinstance(count, Fault):
                self._refuse(row, count.code, count.detail, self.table.label(index), index)
            elif line.kind != "repeated":
                self.table.values[row.number, index] = count
        self._count_figures(line)

    def _line(self, row: Row) -> Line | None:
        """What a row is: a month, a category under the month that stands, a total; None for what is left aside."""
        labels = [index for index in range(self.words.layout.label_columns) if row.text(index)]
        if not labels:
            self._refuse(row, "row.required", "The row has figures and no label.", self.table.heading)
            return None
        text = row.text(labels[-1])
        if fold(text) in self.words.totals:
            return Line("total", row.number, text, None, 0)
        if fold(text) in self.words.month_totals:
            return Line("month", row.number, text, self.month, self.section)
        month = month_label(row.cells[labels[0]], self.words.layout.by_month, self.period)
        month = month or self.labels.misspelt_month(row.text(labels[0]))
        if month is not None:
            self._enter(row, month, label=fold(row.text(labels[0])), repeatable=len(labels) > 1)
            if len(labels) == 1:
                return Line("month", row.number, text, self.month, self.section)
        if fold(text) in self.words.ignored:
            return None
        return self._category_or_total(row, text)

    def _enter(self, row: Row, month: Month | Fault, *, label: str, repeatable: bool) -> None:
        """Follow a month label; repeatable: whether the layout may write it on each of its rows."""
        if repeatable and label == self.entered:
            return
        self.section, self.entered = self.section + 1, label
        self.month = None
        if isinstance(month, Fault):
            self._refuse(row, month.code, month.detail, self.table.heading)
            return
        # Under a month that stands twice nothing is held against the first one's rows: that would tell one slip many times.
        self.month = month if self._once(row, month, None) else None

    def _category_or_total(self, row: Row, text: str) -> Line:
        if wrong := self.labels.misspelt_total(text):
            self._refuse(row, wrong.code, wrong.detail, self.table.heading)
            return Line("total", row.number, text, None, 0)
        category = self._category(row, text)
        if not self.section:
            self._refuse(row, "row.required", "The row stands above the first month.", self.table.heading)
        code = category.code if category else None
        first = (
            category is None or self.month is None or self._first_of_its_month(row, self.month, category.code)
        )
        kind: Literal["category", "repeated"] = "category" if first else "repeated"
        return Line(kind, row.number, text, self.month, self.section, code)

    def _category(self, row: Row, text: str) -> Category | None:
        found = self.labels.category(text)
        if found is None:
            near = self.labels.nearest_category(text)
            hint = f" The nearest known is “{near}”." if near else ""
            self._refuse(row, "code.unknown", f"The table has no such category.{hint}", self.table.heading)
        elif fold(text) not in {fold(found.label), fold(found.code)}:
            self.reading.note_alias("category", text, found.code)
        return found

    def _first_of_its_month(self, row: Row, month: Month, category: str) -> bool:
        """Whether a category stands for the first time under its month; what is repeated is told once the table is read."""
        earlier = self.seen.setdefault((month, category), row.number)
        if earlier != row.number:
            self.repeated.setdefault(self.section, []).append((row, earlier))
        return earlier == row.number

    def _tell_repeated(self) -> None:
        """Tell each row that its month has already, or once that several are: then the month above them is missing."""
        for rows in self.repeated.values():
            row, earlier = rows[0]
            told = f"Row {earlier} already has this label. Keep one of them."
            if len(rows) > 1:
                self.table.lacks_month = True
                told = f"From here on rows stand under one month twice (row {earlier} has this label too): is the row of another month missing above?"
            self._refuse(row, "row.duplicate", told, self.table.heading)

    def _once(self, row: Row, month: Month, category: str | None) -> bool:
        """Whether a label stands for the first time; an error where it does not."""
        earlier = self.seen.setdefault((month, category), row.number)
        if earlier == row.number:
            return True
        self._refuse(
            row,
            "row.duplicate",
            f"Row {earlier} already has this label. Keep one of them.",
            self.table.heading,
        )
        return False

    def _count_figures(self, line: Line) -> None:
        """Turn a category's row into figures, one for each community."""
        if line.kind not in {"category", "repeated"}:
            return
        for column in self.table.columns:
            self.reading.read += 1
            cell = (line.row, column.index)
            if column.place == OUTSIDE:
                self.reading.skipped += 1
            elif (
                isinstance(column.place, KnownPlace)
                and line.month
                and line.category
                and cell in self.table.values
            ):
                self.reading.figures.append(
                    Figure(
                        self.table.block.table,
                        line.month,
                        column.place.code,
                        line.category,
                        self.table.values[cell],
                        **self.table.at(cell),
                    )
                )

    def _refuse(self, row: Row, code: str, detail: str, column: str | None, index: int | None = None) -> None:
        """Note an error. index: of its cell; None for the row's label."""
        where = self.table.block.sheet.at(row, index)
        self.reading.findings.refuse(code, detail, column=column, **where)
