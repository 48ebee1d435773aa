"""Which months a file is about: the quarter its title names, month labels, period cells."""

import calendar
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.outcomes.feeds.counts import CellValue
from services.outcomes.feeds.findings import FileRefusedError
from shared.months import Month, Period, financial_quarter, financial_year, parse_period
from shared.registry.names import fold

EARLIEST: Final = Month(2000, 1)
"""No return of these feeds is older; an earlier month is a typing mistake."""

_CENTURY: Final = 2000
_SHORT_YEAR: Final = 2
_ENGLISH: Final = {
    fold(name): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
}
_YEAR: Final = re.compile(r"(?:20)?[0-9]{2}", re.ASCII)
_ISO_FIRST: Final = re.compile(r"([0-9]{4}-[0-9]{2})-01(?:[ T]00:00:00)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class BadMonth:
    """A month that cannot be used: the code and the mend."""

    code: str
    detail: str


def title_period(titles: Iterable[str], patterns: Iterable[str]) -> Period | None:
    """The quarter a title names ("Qtr 4 2019/2020" is January to March 2020), None when none of them does.

    Raises FileRefusedError (file.header) when two titles differ or the year's parts do not follow each other.
    """
    compiled = [re.compile(pattern, re.IGNORECASE) for pattern in patterns]
    matches = (pattern.search(title) for title in titles for pattern in compiled)
    found = {(m["quarter"], m["start"], m.groupdict().get("end")) for m in matches if m}
    if not found:
        return None
    labels = {
        f"{start}-{end[-2:] if end else f'{(int(start) + 1) % 100:02d}'}-Q{quarter}"
        for quarter, start, end in found
    }
    if len(labels) > 1:
        raise FileRefusedError("file.header", "The titles name different quarters. Send one file for each.")
    try:
        return parse_period(labels.pop())
    except ValueError:
        raise FileRefusedError(
            "file.header", "The title names a financial year that does not exist. Write 2019/20."
        ) from None


def agreed_period(named: Period | None, asked: Period | None, *, row: int | None = None) -> Period:
    """The period of a printed table: what the file names, else what the request names; both must agree.

    A request may narrow nothing: Raises FileRefusedError (file.header) when they differ or neither says.
    """
    if named is None and asked is None:
        raise FileRefusedError(
            "file.header",
            "The file does not name its quarter. Send it with ?period=2019-20-Q4 (financial year and quarter).",
        )
    if named is not None and asked is not None and (named.first, named.last) != (asked.first, asked.last):
        raise FileRefusedError(
            "file.header",
            f"The file names {named.label}, the request {asked.label}. Correct one of them.",
            row=row,
        )
    period = named or asked
    if period is None:  # pragma: no cover - told apart above; said again for the type checker
        raise AssertionError
    return period


def month_label(value: CellValue, labels: Mapping[str, int], period: Period) -> Month | BadMonth | None:
    """The month a label cell of a printed table names; None when it is no month label.

    A label without a year means the month of that name within the period.
    """
    if isinstance(value, date):
        return _within(Month(value.year, value.month), period)
    words = fold(value).split() if isinstance(value, str) else []
    number, year = labels.get(" ".join(words)), None
    if number is None and len(words) > 1 and _YEAR.fullmatch(words[-1]):
        number, year = labels.get(" ".join(words[:-1])), _full_year(words[-1])
    if number is None:
        return None
    if year is not None:
        return _within(Month(year, number), period)
    found = [month for month in period.months if month.month == number]
    return found[0] if found else _outside(period)


def period_cell(value: CellValue, *, asked: Period | None, latest: Month) -> Month | BadMonth:
    """The month a `period` cell of the long form names.

    Accepted: "2020-01", a spreadsheet date, "2020-01-01", and what a spreadsheet turns 2020-01 into ("Jan-20").
    latest: the current month; a later one is refused.
    """
    month = _read_month(value)
    if month is None:
        return BadMonth(
            "date.format", "A month is written YYYY-MM, for example 2020-01, one row for each month."
        )
    if month > latest:
        return BadMonth("date.future", "This month has not begun. Check the year.")
    if month < EARLIEST:
        return BadMonth("date.implausible", "This month lies before 2000. Check the year.")
    return month if asked is None else _within(month, asked)


def spanning_period(months: Iterable[Month]) -> Period:
    """The smallest of month, quarter and financial year that holds every month of a long form.

    Raises FileRefusedError (file.header) where they lie in more than one financial year.
    """
    found = sorted(set(months))
    first, last = found[0], found[-1]
    if first == last:
        return Period(first, last, str(first))
    for period in (financial_quarter(first), financial_year(first)):
        if last in period:
            return period
    raise FileRefusedError(
        "file.header",
        "The rows lie in more than one financial year (April to March). Send one file for each year.",
    )


def _read_month(value: CellValue) -> Month | None:
    if isinstance(value, date):
        return Month(value.year, value.month) if 1000 <= value.year <= 9998 else None  # noqa: PLR2004 - Month's range
    if not isinstance(value, str):
        return None
    text = value.strip()
    if iso := _ISO_FIRST.fullmatch(text):
        text = iso[1]
    try:
        return Month.parse(text)
    except ValueError:
        words = fold(text).split()
    if len(words) == 2 and words[0] in _ENGLISH and _YEAR.fullmatch(words[1]):  # noqa: PLR2004 - month and year
        return Month(_full_year(words[1]), _ENGLISH[words[0]])
    return None


def _full_year(text: str) -> int:
    return int(text) + (_CENTURY if len(text) == _SHORT_YEAR else 0)


def _within(month: Month, period: Period) -> Month | BadMonth:
    return month if month in period else _outside(period)


def _outside(period: Period) -> BadMonth:
    return BadMonth("row.conflict", f"This month lies outside {period.label}. Send it with its own period.")
