"""Templates in the shape in which a council prints its return: months above their categories, a column for each community."""

import calendar
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook

from services.outcomes.feeds.declarations import Feed, Heading, Layout, Table
from shared.months import Month, Period, financial_quarter
from shared.registry import Registry

Cell = tuple[int, int]
"""Row and column of a cell, both from 0."""

Line = list[str | tuple[Cell, ...] | None]
"""A row: texts, the cells that a total adds up, None for a cell to fill in."""

_HINT: Final = "Blank: nothing was recorded. 0: there were none."
_WHOLE_NUMBER: Final = "A count is a whole number, 0 or more."
_LABEL_WIDTH, _COLUMN_WIDTH = 38, 16
_LONGEST_SHEET: Final = 31
"""Of a sheet's name, in characters."""


@dataclass(frozen=True, slots=True)
class PrintedTemplate:
    """One table to fill in. title: of its sheet."""

    title: str
    rows: list[Line]


def printed_templates(
    feed: Feed, registry: Registry, layout: Layout, *, council: str, period: Period
) -> list[PrintedTemplate]:
    """A template for each table of a layout, with the communities that the council serves when the period begins."""
    served = set(registry.communities_of_council(council, period.first.first_day))
    names = {slug: name for name, slug in reversed(layout.columns.items())}
    columns = [
        names.get(one.slug, one.name)
        for one in registry.communities(period.first.first_day, "icc")
        if one.slug in served
    ]
    return [
        PrintedTemplate(
            feed.by_table[key].title,
            _Rows(feed.by_table[key], heading, layout, columns, period, _title(feed, heading, period)).rows(),
        )
        for key, heading in layout.tables.items()
    ]


def printed_csv(templates: Sequence[PrintedTemplate]) -> str:
    """The tables one below the other; totals are left blank, and a blank total states nothing."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for number, template in enumerate(templates):
        if number:
            writer.writerow([])
        writer.writerows([cell if isinstance(cell, str) else "" for cell in row] for row in template.rows)
    return "\ufeff" + out.getvalue()


def printed_xlsx(templates: Sequence[PrintedTemplate]) -> bytes:
    """The tables as a workbook, a sheet each; totals are formulas, and a cell to fill in takes only whole numbers."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for template in templates:
            _write_sheet(book, template, bold)
    return out.getvalue()


def _write_sheet(book: Workbook, template: PrintedTemplate, bold: Format) -> None:
    sheet = book.add_worksheet(template.title[:_LONGEST_SHEET])
    sheet.set_column(0, 0, _LABEL_WIDTH)
    sheet.set_column(1, len(template.rows[0]) - 1, _COLUMN_WIDTH)
    sheet.freeze_panes(1, 1)
    for at, row in enumerate(template.rows):
        heads = at == 0 or any(isinstance(cell, tuple) for cell in row[:-1])
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(at, column, cell, bold if heads else None)
            elif isinstance(cell, tuple):
                sheet.write_formula(at, column, _sum(cell), bold if heads else None)
            else:
                sheet.data_validation(at, column, at, column, _COUNT)


_COUNT: Final = {
    "validate": "integer",
    "criteria": ">=",
    "value": 0,
    "input_message": _HINT,
    "error_message": _WHOLE_NUMBER,
}


def _sum(cells: Sequence[Cell]) -> str:
    """A formula that adds cells up, as a range where they are one."""
    first, last = cells[0], cells[-1]
    if len(cells) == (last[0] - first[0] + 1) * (last[1] - first[1] + 1):
        return f"=SUM({xl_rowcol_to_cell(*first)}:{xl_rowcol_to_cell(*last)})"
    return f"=SUM({','.join(xl_rowcol_to_cell(*cell) for cell in cells)})"


def _title(feed: Feed, heading: Heading, period: Period) -> str:
    """What heads a table: the feed, the quarter as councils write it, the words by which the table is known."""
    quarter = financial_quarter(period.first)
    named = ""
    if (period.first, period.last) == (quarter.first, quarter.last):
        start = int(quarter.label[:4])
        named = f" - Qtr {quarter.label[-1]} {start}/{start + 1}"
    return f"{feed.feed.replace('-', ' ').capitalize()}{named} - {heading.words[0]}"


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one table, from its header to its grand total."""

    table: Table
    heading: Heading
    layout: Layout
    columns: Sequence[str]
    period: Period
    title: str

    def rows(self) -> list[Line]:
        labels, totals = self.layout.label_columns, self.layout.total_columns[:1]
        blank = [""] * (labels - 1)
        found: list[list[str | tuple[Cell, ...] | None]] = [[self.title, *blank, *self.columns, *totals]]
        months: list[int] = []
        for month in self.period.months:
            own = self._month_label(month)
            months.append(len(found))
            categories = range(len(found) + 1, len(found) + 1 + len(self.table.categories))
            found.append([own, *blank, *self._down(list(categories)), *self._across(len(found))])
            for name in self._categories():
                text = [name] if labels == 1 else [own, name]
                found.append([*text, *([None] * len(self.columns)), *self._across(len(found))])
        if self.layout.total_rows:
            total = [self.layout.total_rows[0], *blank]
            found.append([*total, *self._down(months), *self._across(len(found))])
        return found

    def _month_label(self, month: Month) -> str:
        """The month as the layout writes it, with its year: that names the period, whatever the title says."""
        printed = next(
            (name for name, number in self.layout.months.items() if number == month.month),
            calendar.month_name[month.month],
        )
        return f"{printed} {month.year}"

    def _categories(self) -> Iterator[str]:
        printed = {code: name for name, code in reversed(self.heading.categories.items())}
        return (printed.get(one.code, one.label) for one in self.table.categories)

    def _down(self, rows: Sequence[int]) -> list[tuple[Cell, ...]]:
        first = self.layout.label_columns
        return [tuple((row, first + at) for row in rows) for at in range(len(self.columns))]

    def _across(self, row: int) -> list[tuple[Cell, ...]]:
        if not self.layout.total_columns:
            return []
        first = self.layout.label_columns
        return [tuple((row, first + at) for at in range(len(self.columns)))]
