"""The long form: one figure a row under `period,icc,category,count`, in any order, case and spacing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.outcomes.feeds.counts import read_count
from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.periods import period_cell, spanning_period
from services.outcomes.feeds.places import OUT_OF_SCOPE, Gazetteer, KnownPlace, OutsidePlace, Place
from services.outcomes.feeds.reading import Figure, FileRefusedError, Reading, Totals
from services.outcomes.feeds.sheets import (
    SHORTEST_NUMBER,
    Fault,
    Row,
    Sheet,
    check_note,
    check_text,
    column_letters,
)
from shared.months import Month, Period
from shared.registry.names import fold, nearest

PLACE_COLUMNS: Final = ("icc", "practice", "place")
_NEEDED: Final = ("period", "category", "count")
_COUNTED_BY: Final = {"icc": "community", "practice": "practice"}
_KNOWN: Final = {*_NEEDED, *PLACE_COLUMNS, "note"}
_TOTALS: Final = {"total", "grand total", "totals", "all"}
_SHAPE: Final = (
    "The long form is headed period, icc (or practice, or place), category, count and, if wanted, note."
)


def looks_long(header: Row) -> bool:
    """Whether a first row is the long form's: it names at least two of its needed columns."""
    names = {fold(header.text(index)) for index in header.filled()}
    return len(names & set(_NEEDED)) >= 2  # noqa: PLR2004 - one word alone may be a title


def read_long_form(
    sheet: Sheet, gazetteer: Gazetteer, reading: Reading, *, asked: Period | None, latest: Month
) -> None:
    """Read every row into figures and findings; the header's faults refuse the file at once.

    asked: the period of the request; rows outside it are errors, and a month stands for rows that name none.
    latest: the current month.
    Raises FileRefusedError (file.header, file.header_unknown, file.header_duplicate, file.no_rows).
    """
    rows = iter(sheet.rows)
    header = next(row for row in rows if row.filled())
    columns = _columns(sheet, header, gazetteer.feed, asked)
    reader = _Reader(columns, gazetteer, reading, sheet, asked, latest, {})
    for row in rows:
        if row.filled():
            reader.read(row)
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
    for table in gazetteer.feed.tables:
        counts = [figure.count or 0 for figure in figures if figure.table == table.key]
        if counts:
            reading.totals[table.key] = Totals(stated=None, computed=sum(counts), reconciled=True)


def _columns(sheet: Sheet, header: Row, feed: Feed, asked: Period | None) -> dict[str, int]:
    """Where each column stands; the widest index also says how long a full row is."""
    columns: dict[str, int] = {}
    for index in header.filled():
        name, where = fold(header.text(index)), sheet.at(header, index)
        if found := check_text(header.text(index)):
            raise FileRefusedError(found.code, found.detail, column=column_letters(index), **where)
        if name not in _KNOWN:
            near = nearest(name, sorted(_KNOWN))
            hint = f" The nearest is “{near}”." if near else ""
            raise FileRefusedError(
                "file.header_unknown",
                f"This column is not known.{hint} {_SHAPE}",
                column=column_letters(index),
                **where,
            )
        if name in columns:
            raise FileRefusedError("file.header_duplicate", "This column stands twice.", column=name, **where)
        columns[name] = index
    _check_columns(columns, sheet, header, feed, asked)
    return columns


def _check_columns(
    columns: Mapping[str, int], sheet: Sheet, header: Row, feed: Feed, asked: Period | None
) -> None:
    if "period" not in columns and asked is not None and len(asked.months) > 1:
        raise FileRefusedError(
            "file.header",
            f"The rows say no month, and {asked.label} has several. Add the column period (as "
            f"{asked.first}), or send each month for itself with ?period={asked.first}.",
            **sheet.at(header),
        )
    missing = [name for name in _NEEDED if name not in columns and not (name == "period" and asked)]
    places = [name for name in PLACE_COLUMNS if name in columns]
    if missing or len(places) != 1:
        raise FileRefusedError("file.header", _SHAPE, **sheet.at(header))
    if places[0] != "place" and places[0] not in feed.places:
        raise FileRefusedError(
            "file.header",
            f"The figures of this feed are not counted by {_COUNTED_BY[places[0]]}. "
            "Head the column place; the template shows what stands in it.",
            column=places[0],
            **sheet.at(header, columns[places[0]]),
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

    def read(self, row: Row) -> None:
        self.reading.read += 1
        self._check_texts(row)
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
            self.reading.skipped += 1
        elif month and isinstance(place, KnownPlace) and category and not isinstance(count, Fault):
            self._keep(row, Figure(category[0], month, place.code, category[1], count, row.number))

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
        found = period_cell(row.cells[self.columns["period"]], asked=self.asked, latest=self.latest)
        if isinstance(found, Fault):
            self._refuse(row, found.code, found.detail, "period")
            return None
        return found

    def _names_no_month(self, row: Row) -> bool:
        index = self.columns.get("period")
        return index is None or not (row.text(index) or (row.number, index) in self.sheet.bad_cells)

    def _place(self, row: Row, month: Month | None, table: str | None) -> Place | None:
        """The row's place. Who answers for it is judged at its month, and not at all where that cannot be used.

        table: the one its category belongs to, which says by which kind of place it counts.
        """
        column = next(name for name in PLACE_COLUMNS if name in self.columns)
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

    def _check_texts(self, row: Row) -> None:
        note = self.columns.get("note")
        for index, cell in enumerate(row.cells):
            if cell is None or (index != note and isinstance(cell, str) and len(cell) < SHORTEST_NUMBER):
                continue  # most cells, and a file may have millions
            found = (check_note if index == note else check_text)(row.text(index))
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
