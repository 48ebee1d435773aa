"""Which month a cell names, however a spreadsheet, a database or a reporting tool writes it.

A date stands for its month only as the month's first or last day, at midnight. Another day may be a date of another
order, as 04/01/2020 is, or something else altogether: "May-20" typed into Excel is stored as 20 May of this year.
"""

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from shared.months import LONDON, Month
from shared.registry.names import fold
from shared.workbooks.sheets import CellValue, without_note_mark

_CENTURY: Final = 2000
_SHORT_YEAR: Final = 2
_LONG_DATE: Final = 3
"""Words of a date that names its month: 1 May 2018."""

ENGLISH_MONTHS: Final = {
    fold(name): number
    for names in (calendar.month_name, calendar.month_abbr, (*[""] * 9, "Sept"))
    for number, name in enumerate(names)
    if name
}
_YEAR: Final = re.compile(r"(?:20)?[0-9]{2}", re.ASCII)
_DAY_NUMBER: Final = re.compile(r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?", re.ASCII)
_MONTHS: Final = (
    re.compile(r"(?P<year>[0-9]{4})[-/](?P<month>[0-9]{2})", re.ASCII),
    re.compile(r"(?P<year>20[0-9]{2})(?P<month>[0-9]{2})", re.ASCII),
    re.compile(r"(?P<month>[0-9]{1,2})[-/](?P<year>[0-9]{4})", re.ASCII),
)
_DAYS: Final = (
    re.compile(r"(?P<day>[0-9]{1,2})(?P<mark>[/.-])(?P<month>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4}|[0-9]{2})", re.ASCII),
    re.compile(r"(?P<year>[0-9]{4})(?P<mark>[/.-])(?P<month>[0-9]{2})(?P=mark)(?P<day>[0-9]{2})", re.ASCII),
    re.compile(r"(?P<year>20[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})", re.ASCII),
)  # fmt: skip
_MIDNIGHT: Final = re.compile(
    r"(?:[ T]+|, ?)(?:00?:00(?::00(?:[.,]0{1,9})?)?|12:00(?::00)? ?am)(?: ?(?:Z|UTC|GMT|BST|[+-][0-9]{2}:?[0-9]{2}))?$",
    re.ASCII | re.IGNORECASE,
)
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_HALF_A_SECOND: Final = timedelta(milliseconds=500)
_LONGEST: Final = 60


def read_month(value: CellValue, labels: Mapping[str, int]) -> Month | None:
    """The month of a date, or of a text or number that names month and year. labels: month numbers by folded name."""
    if isinstance(value, datetime):
        return _of_instant(value)
    if isinstance(value, date):
        return _of_day(value.year, value.month, value.day)
    if isinstance(value, float):
        value = f"{value:.0f}" if value.is_integer() else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = without_note_mark(str(value).strip())
    return _read_text(text, labels) if len(text) <= _LONGEST else None


def _read_text(text: str, labels: Mapping[str, int]) -> Month | None:
    if usual := _MONTHS[0].fullmatch(text):  # most cells, and a file may have millions
        return _month(int(usual["year"]), int(usual["month"]))
    if _INSTANT.fullmatch(text) and not _MIDNIGHT.search(text):
        return _of_zoned(text)
    text = _MIDNIGHT.sub("", text)
    for pattern in _MONTHS:
        if found := pattern.fullmatch(text):
            return _month(int(found["year"]), int(found["month"]))
    for pattern in _DAYS:
        if found := pattern.fullmatch(text):
            return _of_day(_full_year(found["year"]), int(found["month"]), int(found["day"]))
    words = fold(text).split()
    return _named(words, labels) or _long_date(words, labels)


def _named(words: Sequence[str], labels: Mapping[str, int]) -> Month | None:
    """The month of a text such as "Jan 20", "January 2020" or "2020 January"."""
    for year, name in ((words[-1], words[:-1]), (words[0], words[1:])) if len(words) > 1 else ():
        number = labels.get(" ".join(name))
        if number is not None and _YEAR.fullmatch(year) and (year == words[-1] or len(year) > _SHORT_YEAR):
            return _month(_full_year(year), number)
    return None


def _long_date(words: Sequence[str], labels: Mapping[str, int]) -> Month | None:
    """The month of a text such as "1 May 2018", "01-May-18" or "May 1st, 2018"."""
    if len(words) < _LONG_DATE or not _YEAR.fullmatch(words[-1]):
        return None
    for day, name in ((words[0], words[1:-1]), (words[-2], words[:-2])):
        number, found = labels.get(" ".join(name)), _DAY_NUMBER.fullmatch(day)
        if number is not None and found:
            return _of_day(_full_year(words[-1]), number, int(found["day"]))
    return None


def _of_instant(value: datetime) -> Month | None:
    """The month of a spreadsheet's date, whose time may be off by the noise of binary fractions."""
    if value > datetime.max.replace(tzinfo=value.tzinfo) - _HALF_A_SECOND:
        return None
    nearest = (value + _HALF_A_SECOND).replace(microsecond=0)
    whole_day = (nearest.hour, nearest.minute, nearest.second) == (0, 0, 0)
    return _of_day(nearest.year, nearest.month, nearest.day) if whole_day else None


def _of_zoned(text: str) -> Month | None:
    """The month of an instant that is midnight in London, as a program in summer writes its local first of May."""
    try:
        there = datetime.fromisoformat(text).astimezone(UTC).astimezone(LONDON)
    except (ValueError, OverflowError):
        return None
    return _of_instant(there)


def _of_day(year: int, number: int, day: int) -> Month | None:
    month = _month(year, number)
    return month if month is not None and day in {1, month.days} else None


def _month(year: int, month: int) -> Month | None:
    try:
        return Month(year, month)
    except ValueError:
        return None


def _full_year(text: str) -> int:
    return int(text) + (_CENTURY if len(text) == _SHORT_YEAR else 0)
