"""The long form: one figure a row under `period,icc,category,count`, in any order, case and spacing."""

from dataclasses import dataclass
from itertools import chain
from typing import Final

from services.outcomes.feeds.counts import BadCount, read_count
from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.figures import Figure, Reading, Totals
from services.outcomes.feeds.findings import FileRefusedError
from services.outcomes.feeds.notes import check_note
from services.outcomes.feeds.periods import BadMonth, period_cell, spanning_period
from services.outcomes.feeds.places import OUT_OF_SCOPE, BadPlace, Gazetteer, KnownPlace, OutsidePlace, Place
from services.outcomes.feeds.sheets import Row, Sheet
from shared.months import Month, Period
from shared.registry.names import fold, nearest

PLACE_COLUMNS: Final = ("icc", "practice", "place")
_NEEDED: Final = ("period", "category", "count")
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

    asked: the period of the request; rows outside it are errors.   latest: the current month.
    Raises FileRefusedError (file.header, file.header_unknown, file.header_duplicate, file.no_rows).
    """
    rows = iter(sheet.rows)
    header = next(row for row in rows if row.filled())
    reader = _Reader(_columns(header), gazetteer, reading, sheet, asked, latest, {})
    for row in rows:
        if row.filled():
            reader.read(row)
    figures = reading.figures
    if not reading.read:
        raise FileRefusedError("file.no_rows", "The file has a header and no rows.")
    months = {figure.month for figure in figures}
    if asked is not None:
        reading.period = asked
    elif months:
        reading.period, reading.period_named = spanning_period(months), True
    _tell_absent_months(reading, sheet)
    for table in gazetteer.feed.tables:
        counts = [figure.count or 0 for figure in figures if figure.table == table.key]
        if counts:
            reading.totals[table.key] = Totals(stated=None, computed=sum(counts), reconciled=True)


def _tell_absent_months(reading: Reading, sheet: Sheet) -> None:
    """A return stands for every month of its period; where it has no rows, what stood before is withdrawn with it."""
    present = {figure.month for figure in reading.figures}
    absent = [str(month) for month in reading.period.months if month not in present] if reading.period else []
    if absent:
        reading.findings.warn(
            "row.required",
            f"There are no rows for {', '.join(absent)} of {reading.period}; nothing stands for them after this return.",
            sheet=sheet.name,
        )


def _columns(header: Row) -> dict[str, int]:
    """Where each column stands; the widest index also says how long a full row is."""
    columns: dict[str, int] = {}
    for index in header.filled():
        name = fold(header.text(index))
        if name not in _KNOWN:
            near = nearest(name, sorted(_KNOWN))
            hint = f" The nearest is “{near}”." if near else ""
            raise FileRefusedError(
                "file.header_unknown",
                f"This column is not known.{hint}",
                row=header.number,
                column=header.text(index),
            )
        if name in columns:
            raise FileRefusedError(
                "file.header_duplicate",
                "This column stands twice.",
                row=header.number,
                column=header.text(index),
            )
        columns[name] = index
    missing = [name for name in _NEEDED if name not in columns]
    if missing or len(set(columns) & set(PLACE_COLUMNS)) != 1:
        raise FileRefusedError("file.header", _SHAPE, row=header.number)
    return columns


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
        place, category = self._place(row, month), self._category(row)
        count = self._count(row)
        self._check_note(row)
        if isinstance(place, OutsidePlace):
            self.reading.skipped += 1
        elif month and isinstance(place, KnownPlace) and category and not isinstance(count, BadCount):
            self._keep(row, Figure(category[0], month, place.code, category[1], count))

    def _keep(self, row: Row, figure: Figure) -> None:
        earlier = self.seen.setdefault(figure.key, row.number)
        if earlier != row.number:
            self._refuse(
                row, "row.duplicate", f"Row {earlier} already gives this figure. Keep one of them.", None
            )
        else:
            self.reading.figures.append(figure)

    def _month(self, row: Row) -> Month | None:
        """The row's month, None where it cannot be used."""
        if self._missing(row, "period"):
            return None
        found = period_cell(row.cells[self.columns["period"]], asked=self.asked, latest=self.latest)
        if isinstance(found, BadMonth):
            self._refuse(row, found.code, found.detail, "period")
            return None
        return found

    def _place(self, row: Row, month: Month | None) -> Place | None:
        """The row's place. Who answers for it is judged at its month, and not at all where that cannot be used."""
        column = next(name for name in PLACE_COLUMNS if name in self.columns)
        text = row.text(self.columns[column])
        if self._missing(row, column) or self._is_total(row, column, text):
            return None
        look_up = {
            "icc": self.gazetteer.community,
            "practice": self.gazetteer.practice,
            "place": self.gazetteer.place,
        }
        found = look_up[column](text, (month or self.latest).first_day)
        if isinstance(found, BadPlace):
            if month is not None or found.code != OUT_OF_SCOPE:
                self._refuse(row, found.code, found.detail, column)
            return None
        if isinstance(found, KnownPlace) and found.alias:
            self.reading.note_alias("community", text, found.code)
        return found

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

    def _count(self, row: Row) -> int | BadCount | None:
        index = self.columns["count"]
        found = read_count(row.cells[index] if index < len(row.cells) else None)
        if isinstance(found, BadCount):
            self._refuse(row, found.code, found.detail, "count")
        return found

    def _check_note(self, row: Row) -> None:
        found = check_note(row.text(self.columns["note"])) if "note" in self.columns else None
        if found is not None:
            self._refuse(row, found.code, found.detail, "note")

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
        self.reading.findings.refuse(code, detail, row=row.number, column=column, sheet=self.sheet.name)


def first_filled(sheet: Sheet) -> tuple[Row | None, Sheet]:
    """The first row that holds something, and the sheet with it put back."""
    rows = iter(sheet.rows)
    for row in rows:
        if row.filled():
            return row, Sheet(
                chain([row], rows), sheet.name, explicit=sheet.explicit, bad_cells=sheet.bad_cells
            )
    return None, sheet
