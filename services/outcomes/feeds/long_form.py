"""The long form: one figure a row under `period,icc,category,count`, in any order, case and spacing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from services.outcomes.feeds.counts import read_count
from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.long_header import PLACE_COLUMNS, Peeked, long_columns
from services.outcomes.feeds.periods import outside, period_cell, spanning_period
from services.outcomes.feeds.places import OUT_OF_SCOPE, Gazetteer, KnownPlace, OutsidePlace, Place
from services.outcomes.feeds.reading import Figure, Reading, Totals
from services.outcomes.feeds.titles import read_titles
from services.outcomes.feeds.written_months import ENGLISH_MONTHS, read_month
from services.outcomes.feeds.wrong_periods import none_within
from shared.months import Month, Period
from shared.registry.names import fold, nearest
from shared.workbooks.findings import FileRefusedError
from shared.workbooks.identifiers import SHORTEST_NUMBER, check_note, check_text
from shared.workbooks.sheets import (
    Fault,
    Row,
    Sheet,
    column_letters,
)

MOST_NAMED: Final = 100
"""Places of which a warning says that they were left out; more are only counted."""

_TOTALS: Final = {"total", "grand total", "totals", "all"}


def read_long_form(
    found: Peeked, gazetteer: Gazetteer, reading: Reading, *, asked: Period | None, latest: Month
) -> None:
    """Read every row into figures and findings; the header's faults refuse the file at once.

    asked: the period of the request; rows outside it are errors, and a month stands for rows that name none.
    latest: the current month.
    Raises FileRefusedError (file.header, file.header_unknown, file.header_duplicate, file.no_rows).
    """
    sheet, header = found.sheet, found.header
    if header is None:
        raise ValueError("a long form has a header")
    rows = iter(sheet.rows)
    while next(rows) is not header:
        pass  # titles
    columns = long_columns(sheet, header, gazetteer.feed, asked)
    reader = _Reader(columns, gazetteer, reading, sheet, asked, latest, {})
    for title in found.titles:
        reader.check_texts(title)
    _read_rows(reader, rows)
    if header.left is not None:
        letters = column_letters(header.left + columns[reader.place_column()])
        reading.places_at = {"sheet": sheet.name, "letters": letters}
    reader.tell_outside(header.left)
    reader.tell_skipped(header.left)
    figures = reading.figures
    if not reading.read:
        raise FileRefusedError("file.no_rows", "The file has a header and no rows.")
    if asked is not None:
        reading.period = asked
    elif figures:
        months = ((figure.month, figure.row) for figure in figures)
        reading.period = spanning_period(
            months, where=lambda row: reader.place_of(row, "period", header.left)
        )
        reading.period_named = True
    _tell_other_quarter(found, reading)
    for table in gazetteer.feed.tables:
        counts = [figure.count or 0 for figure in figures if figure.table == table.key]
        if counts:
            reading.totals[table.key] = Totals(stated=None, computed=sum(counts), reconciled=True)


def _read_rows(reader: "_Reader", rows: Iterable[Row]) -> None:
    """Read the rows of figures; text that stands alone under the last of them is left aside with a warning."""
    remarks: list[Row] = []
    for row in rows:
        filled = row.filled()
        if filled and reader.is_remark(row, filled):
            remarks.append(row)
        elif filled:
            for one in (*remarks, row):  # between figures it is a fault
                reader.read(one)
            remarks.clear()
    if not remarks:
        return
    for one in remarks:
        reader.check_texts(one)
    first, last = remarks[0], remarks[-1]
    which = f"Row {first.number} holds" if first is last else f"Rows {first.number} to {last.number} hold"
    reader.reading.findings.warn(
        "row.invalid", f"{which} text and no figures; left aside.", **reader.sheet.at(first)
    )


def _tell_other_quarter(found: Peeked, reading: Reading) -> None:
    """Warn where the lines above name a quarter in which the rows do not lie: the rows are believed."""
    texts = [row.text(index) for row in found.titles for index in row.filled()]
    try:
        named = read_titles([[text] for text in texts], ()).periods
    except FileRefusedError:
        return  # titles that contradict each other say nothing of the rows
    period = reading.period
    if period is None or not named or any(period.first in one and period.last in one for one in named):
        return
    reading.findings.warn(
        "file.header",
        f"The title names {' or '.join(one.label for one in named)}; the rows are taken as {period.label}.",
        **found.sheet.at(found.titles[0]),
    )


@dataclass(slots=True)
class _Reader:
    """Reads one row after the other; seen: which row gave each figure."""

    columns: dict[str, int]
    gazetteer: Gazetteer
    reading: Reading
    sheet: Sheet
    asked: Period | None
    latest: Month
    seen: dict[tuple[str, Month, str, str], int]
    astray: dict[Month, list[int]] = field(default_factory=dict)
    inside: bool = False
    skipped: dict[str, list[int]] = field(default_factory=dict)

    def read(self, row: Row) -> None:
        self.reading.read += 1
        self.check_texts(row)
        width = max(self.columns.values()) + 1
        if (self.sheet.explicit and len(row.cells) < width) or any(index >= width for index in row.filled()):
            self._refuse(
                row,
                "row.field_count",
                f"The row has {len(row.cells)} cells, the header {width}. Keep blank cells.",
                None,
            )
            return
        month = self._month(row)
        category = self._category(row)
        place = self._place(row, month, category and category[0])
        count = self._count(row)
        if isinstance(place, OutsidePlace):
            self._skip(row)
        elif month and isinstance(place, KnownPlace) and category and not isinstance(count, Fault):
            where = self.sheet.at(row, self.columns["count"])
            self._keep(row, Figure(category[0], month, place.code, category[1], count, **where))

    def place_of(self, row: int, column: str, left: int | None) -> dict[str, Any]:
        """Where a cell of a row that was read stands, in the words of `Finding`. left: as in `Row`."""
        return {"column": column, **self.sheet.at(Row(row, (), left), self.columns[column])}

    def _keep(self, row: Row, figure: Figure) -> None:
        earlier = self.seen.setdefault(figure.key, row.number)
        if earlier != row.number:
            self._refuse(
                row, "row.duplicate", f"Row {earlier} already gives this figure. Keep one of them.", None
            )
        else:
            self.reading.figures.append(figure)

    def _month(self, row: Row) -> Month | None:
        """The row's month, None where it cannot be used; where it names none, the request's, if that is a month."""
        if self.asked is not None and len(self.asked.months) == 1 and self._names_no_month(row):
            return self.asked.first
        if self._missing(row, "period"):
            return None
        found = period_cell(row.cells[self.columns["period"]], latest=self.latest)
        if isinstance(found, Fault):
            self._refuse(row, found.code, found.detail, "period")
            return None
        if self.asked is not None and found not in self.asked:
            self.astray.setdefault(found, []).append(row.number)
            return None
        self.inside = True
        return found

    def _skip(self, row: Row) -> None:
        self.reading.skipped += 1
        text = row.text(self.columns[self.place_column()])
        if text in self.skipped or len(self.skipped) < MOST_NAMED:
            self.skipped.setdefault(text, []).append(row.number)

    def tell_skipped(self, left: int | None) -> None:
        """Name the places whose rows are left out although they are right, with the reason."""
        for text, rows in self.skipped.items():
            self.reading.findings.warn(
                "row.out_of_scope",
                f"{self.gazetteer.why_outside(text)}: {len(rows)} row{'s' if len(rows) > 1 else ''} left out.",
                **self.place_of(rows[0], self.place_column(), left),
            )

    def place_column(self) -> str:
        """The name of the column that says where."""
        return next(name for name in PLACE_COLUMNS if name in self.columns)

    def tell_outside(self, left: int | None) -> None:
        """Tell the rows whose month lies outside the request's period: each, or all at once where none lies within."""
        if self.asked is None or not self.astray:
            return
        wrong = None if self.inside else none_within(self.asked, self.astray, asked=True)
        fault = outside(self.asked)
        for row in sorted(number for rows in self.astray.values() for number in rows):
            where = self.place_of(row, "period", left)
            self.reading.findings.refuse(fault.code, wrong or fault.detail, **where)
            if wrong:
                return

    def _names_no_month(self, row: Row) -> bool:
        index = self.columns.get("period")
        return index is None or not (row.text(index) or (row.number, index) in self.sheet.bad_cells)

    def _place(self, row: Row, month: Month | None, table: str | None) -> Place | None:
        """The row's place. Who answers for it is judged at its month, and not at all where that cannot be used.

        table: the one its category belongs to, which says by which kind of place it counts.
        """
        column = self.place_column()
        text = row.text(self.columns[column])
        if self._missing(row, column) or self._is_total(row, column, text):
            return None
        found = self._look_up(column, text, (month or self.latest).first_day, table)
        if isinstance(found, Fault):
            if month is not None or found.code != OUT_OF_SCOPE:
                self._refuse(row, found.code, found.detail, column)
            return None
        if isinstance(found, KnownPlace) and found.alias:
            self.reading.note_alias("community", text, found.code)
        return found

    def _look_up(self, column: str, text: str, on: date, table: str | None) -> Place | None:
        if column == "icc":
            return self.gazetteer.community(text, on)
        if column == "practice":
            return self.gazetteer.practice(text, on)
        if table is None and any(one.places for one in self.gazetteer.feed.tables):
            return None  # the tables differ in their kinds of place, and the row's is not known
        kinds = self.gazetteer.feed.places_of(table) if table else self.gazetteer.feed.places
        return self.gazetteer.place(text, on, kinds)

    def _category(self, row: Row) -> tuple[str, str] | None:
        text = row.text(self.columns["category"])
        if self._missing(row, "category") or self._is_total(row, "category", text):
            return None
        feed: Feed = self.gazetteer.feed
        found = feed.by_name.get(fold(text))
        if found is None:
            near = nearest(text, [one.label for table in feed.tables for one in table.categories])
            hint = f" The nearest known is “{near}”." if near else ""
            self._refuse(row, "code.unknown", f"The feed has no such category.{hint}", "category")
            return None
        table, category = found
        if fold(text) not in {fold(category.label), fold(category.code)}:
            self.reading.note_alias("category", text, category.code)
        return table.key, category.code

    def _count(self, row: Row) -> int | Fault | None:
        index = self.columns["count"]
        found = read_count(row.cells[index] if index < len(row.cells) else None)
        if isinstance(found, Fault):
            self._refuse(row, found.code, found.detail, "count")
        return found

    def is_remark(self, row: Row, filled: Sequence[int]) -> bool:
        """Whether a row is no row of figures: one text of several words, of which none is a month or a name."""
        if len(filled) > 1 or not isinstance(row.cells[filled[0]], str) or filled[0] == self.columns["count"]:
            return False
        text = row.text(filled[0])
        words = text.split()
        if len(words) == 1 and not text.endswith(":"):
            return False
        known = self.gazetteer.names_a_place(text) or fold(text) in {*self.gazetteer.feed.by_name, *_TOTALS}
        return not known and not any(
            read_month(one, ENGLISH_MONTHS) for one in (text, words[0].strip(",;\t"))
        )

    def check_texts(self, row: Row) -> None:
        """Refuse what no cell of a return may hold."""
        note = self.columns.get("note")
        for index, cell in enumerate(row.cells):
            if cell is None or (index != note and isinstance(cell, str) and len(cell) < SHORTEST_NUMBER):
                continue  # most cells, and a file may have millions
            found = (check_note if index == note else check_text)(row.raw(index))
            if found is not None:
                names = {at: name for name, at in self.columns.items()}
                self.reading.findings.refuse(
                    found.code,
                    found.detail,
                    column=names.get(index) or column_letters(index),
                    **self.sheet.at(row, index),
                )

    def _missing(self, row: Row, column: str) -> bool:
        if (row.number, self.columns[column]) in self.sheet.bad_cells:
            return True  # told once, as what is wrong with the cell
        if row.text(self.columns[column]):
            return False
        self._refuse(row, "row.required", f"The row has no {column}.", column)
        return True

    def _is_total(self, row: Row, column: str, text: str) -> bool:
        if fold(text) not in _TOTALS:
            return False
        self._refuse(
            row, "file.total_row", "Totals are not data. Leave total rows out of the long form.", column
        )
        return True

    def _refuse(self, row: Row, code: str, detail: str, column: str | None) -> None:
        where = self.sheet.at(row, None if column is None else self.columns.get(column))
        self.reading.findings.refuse(code, detail, column=column, **where)
