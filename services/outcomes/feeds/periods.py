"""Which months a file is about: the period of a printed table, its month labels, the long form's period cells."""

import calendar
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from services.outcomes.feeds.titles import Titles, check_titles
from services.outcomes.feeds.written_months import ENGLISH_MONTHS, read_month
from shared.months import Month, Period, financial_quarter, financial_year
from shared.registry.names import fold, nearest
from shared.workbooks.findings import FileRefusedError
from shared.workbooks.sheets import CellValue, Fault, without_note_mark

EARLIEST: Final = Month(2000, 1)
"""No return of these feeds is older; an earlier month is a typing mistake."""

_NO_MONTH: Final = Fault(
    "date.format", "A month is written YYYY-MM, for example 2020-01, one row for each month."
)
_NO_FIRST_DAY: Final = Fault(
    "date.format",
    "This is a day, and only a month's first or last day stands for the month. A spreadsheet stores a typed "
    "“May-20” as 20 May of this year: write the month as 2020-05, in a cell formatted as text.",
)


def printed_period(
    titles: Titles, months: Sequence[Month | int], asked: Period | None, *, where: Mapping[str, Any]
) -> tuple[Period, bool]:
    """The period of a printed table, and whether the file itself names it.

    titles: what its titles say.   months: what its rows say: months with their year, or only a month's number.
    asked: the request's period, which may not contradict the file.   where: what to tell of the table's place.
    Raises FileRefusedError (file.header) where nobody says, or they differ.
    """
    possible = titles.periods
    named = possible[0] if len(possible) == 1 else None if possible else _dated_period(months)
    period = named or asked
    if period is None:
        raise FileRefusedError("file.header", _ask_for(possible), **where)
    wanted = asked or period
    check_titles(titles, wanted, where=where)
    return wanted, named is not None and (named.first, named.last) == (wanted.first, wanted.last)


def _dated_period(months: Sequence[Month | int]) -> Period | None:
    """The period of rows of which at least one carries its year; the others lie in the same financial year."""
    dated = [month for month in months if isinstance(month, Month)]
    if not dated:
        return None
    year = financial_year(min(dated))
    within = {month.month: month for month in year.months}
    return spanning_period((month if isinstance(month, Month) else within[month], None) for month in months)


def _ask_for(possible: Sequence[Period]) -> str:
    if not possible:
        return "The file does not name its quarter. Send it with ?period=2019-20-Q4 (financial year and quarter)."
    readings = " or ".join(
        f"{one.label} ({calendar.month_name[one.first.month]} {one.first.year} "
        f"to {calendar.month_name[one.last.month]} {one.last.year})"
        for one in possible
    )
    return f"The title may mean {readings}. Say which: send the file with ?period={possible[-1].label}, for example."


def month_label(value: CellValue, labels: Mapping[str, int], period: Period) -> Month | Fault | None:
    """The month a label cell of a printed table names; None when it is no month label.

    A label without a year means the month of that name within the period.
    """
    named = read_label(value, labels)
    if named is None:
        return _NO_FIRST_DAY if isinstance(value, date) else None
    if isinstance(named, Month):
        return _within(named, period)
    found = [month for month in period.months if month.month == named]
    return found[0] if found else outside(period)


def read_label(value: CellValue, labels: Mapping[str, int]) -> Month | int | None:
    """What a label cell names: a month with its year, only a month's number, or (None) no month at all."""
    if isinstance(value, str) and (number := labels.get(fold(without_note_mark(value.strip())))) is not None:
        return number
    return read_month(value, labels)


def period_cell(value: CellValue, *, latest: Month) -> Month | Fault:
    """The month a `period` cell of the long form names.

    Accepted: "2020-01", a spreadsheet date, and what programs make of it: "Jan-20", "01/01/2020", "2020-01-01".
    latest: the current month; a later one is refused.
    """
    month = read_month(value, ENGLISH_MONTHS)
    if month is None:
        return _NO_FIRST_DAY if isinstance(value, date) else _no_month(value)
    if month > latest:
        return Fault("date.future", "This month has not begun. Check the year.")
    if month < EARLIEST:
        return Fault("date.implausible", "This month lies before 2000. Check the year.")
    return month


def _no_month(value: CellValue) -> Fault:
    """That a cell names no month, with the name of the one that it nearly names."""
    name = value.strip("0123456789-/' ") if isinstance(value, str) else ""
    near = nearest(name, calendar.month_name[1:]) if name else None
    hint = f" The nearest month is “{near}”." if near else ""
    return Fault(_NO_MONTH.code, f"{_NO_MONTH.detail}{hint}")


def spanning_period(
    rows: Iterable[tuple[Month, int | None]], *, where: Callable[[int], Mapping[str, Any]] | None = None
) -> Period:
    """The month or the quarter in which all rows lie. rows: each one's month and number.

    where: the place of a row's month, in the words of `Finding`.
    Nothing longer is inferred: one mistyped month would make a quarter's return speak for a year.
    Raises FileRefusedError (file.header) where they lie in several quarters; it names the first row of the smallest.
    """
    by_quarter: dict[Period, list[tuple[Month, int | None]]] = {}
    for month, row in rows:
        by_quarter.setdefault(financial_quarter(month), []).append((month, row))
    months = {month for found in by_quarter.values() for month, _ in found}
    if len(by_quarter) > 1:
        detail, row = _several_quarters(by_quarter)
        raise FileRefusedError("file.header", detail, **(where(row) if where and row else {}))
    (quarter,) = by_quarter
    return quarter if len(months) > 1 else Period(min(months), min(months), str(min(months)))


def _several_quarters(
    by_quarter: Mapping[Period, Sequence[tuple[Month, int | None]]],
) -> tuple[str, int | None]:
    """What to say of rows in several quarters, and the first row of the quarter that has the fewest."""
    fullest_first = sorted(by_quarter.items(), key=lambda one: (-len(one[1]), one[0].first))
    told = ", ".join(
        f"{quarter.label} ({', '.join(sorted({str(month) for month, _ in found}))}: {len(found)} "
        f"row{'s' if len(found) > 1 else ''})"
        for quarter, found in fullest_first
    )
    years = {financial_year(quarter.first).label for quarter in by_quarter}
    whole = (
        f"or, where all of them are meant, send the file with ?period={years.pop()}"
        if len(years) == 1
        else "and send one file for each financial year (April to March)"
    )
    return (
        f"The months lie in several quarters: {told}. Correct the month that is wrong; {whole}.",
        fullest_first[-1][1][0][1],
    )


def _within(month: Month, period: Period) -> Month | Fault:
    return month if month in period else outside(period)


def outside(period: Period) -> Fault:
    """That a month lies outside the period its file is about."""
    return Fault("row.conflict", f"This month lies outside {period.label}. Send it with its own period.")
