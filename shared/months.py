"""Calendar months and reporting periods: the grain of every figure on the platform.

A month is a type of its own, so that no instant, first-of-month date or "2020-1" can pass for one. It ends at
midnight in Europe/London, which is why an instant must be aware before it belongs to a month. Periods follow
the English financial year: April to March, quarter 1 is April to June, quarter 4 is January to March.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, Self, overload
from zoneinfo import ZoneInfo

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

LONDON: Final = ZoneInfo("Europe/London")

_MONTHS_A_YEAR: Final = 12
_APRIL: Final = 4
_MONTH: Final = re.compile(r"([1-9][0-9]{3})-(0[1-9]|1[0-2])", re.ASCII)
_YEAR_AND_QUARTER: Final = re.compile(r"([1-9][0-9]{3})-([0-9]{2})(?:-Q([1-4]))?", re.ASCII)


MONTH_NAMES: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
"""In English whatever the machine's locale is; January is the first."""


def london_day(instant: datetime) -> date:
    """The day it is in England at an aware instant."""
    return instant.astimezone(LONDON).date()


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One calendar month in Europe/London; ordered, hashable, written "2020-01".

    year: 1000..9998 (four digits, and its last month must end).   month: 1..12.
    Raises ValueError outside those ranges.
    """

    year: int
    month: int

    def __post_init__(self) -> None:
        """Refuse a month that no calendar has, wherever it was made."""
        if not 1000 <= self.year <= 9998 or not 1 <= self.month <= _MONTHS_A_YEAR:  # noqa: PLR2004 - the docstring's range
            message = "a month lies between 1000-01 and 9998-12"
            raise ValueError(message)

    def __hash__(self) -> int:
        """A number of its own for each month; months are keys of every figure."""
        return self.year * _MONTHS_A_YEAR + self.month

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read exactly "YYYY-MM"; ValueError for anything else, blanks and other digits included."""
        match = _MONTH.fullmatch(text)
        if match is None:
            message = "a month is written YYYY-MM, for example 2020-01"
            raise ValueError(message)
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, moment: date | datetime) -> "Month":
        """The month a date lies in, or an aware instant as a clock in Europe/London shows it.

        Raises ValueError for a naive datetime: near midnight its month would be a guess.
        """
        if isinstance(moment, datetime):
            if moment.tzinfo is None:
                message = "an instant needs an offset before it belongs to a month"
                raise ValueError(message)
            moment = moment.astimezone(LONDON)
        return _known(moment.year, moment.month)

    @property
    def first_day(self) -> date:
        """The first day of the month."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The last day of the month."""
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    @property
    def days(self) -> int:
        """How many days the month has, 28..31: the exposure of counts that run daily."""
        return self.last_day.day

    def __add__(self, months: int) -> "Month":
        """The month so many months later; a negative number goes back."""
        index = self._index + months
        return _known(index // _MONTHS_A_YEAR, index % _MONTHS_A_YEAR + 1)

    @overload
    def __sub__(self, other: "Month") -> int: ...
    @overload
    def __sub__(self, other: int) -> "Month": ...
    def __sub__(self, other: "Month | int") -> "int | Month":
        """Months between two months (positive when self is later), or the month so many earlier."""
        if isinstance(other, Month):
            return self._index - other._index
        return self + -other

    def __str__(self) -> str:
        """The month as every answer writes it: "2020-01"."""
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def _index(self) -> int:
        return self.year * _MONTHS_A_YEAR + self.month - 1

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Let a body or query member be a Month: a "YYYY-MM" string in, the same string out."""
        return core_schema.no_info_plain_validator_function(
            _validate_month, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """What the OpenAPI page says of a month."""
        return {"type": "string", "pattern": f"^{_MONTH.pattern}$", "examples": ["2020-01"]}


@lru_cache(maxsize=4096)
def _known(year: int, month: int) -> Month:
    """A month, made once: months are keys of every figure, and one and the same is found without comparing it."""
    return Month(year, month)


def _validate_month(value: object) -> Month:
    if isinstance(value, Month):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("date.type", "A month is a string, written YYYY-MM.")
    try:
        return Month.parse(value)
    except ValueError:
        raise PydanticCustomError("date.format", "A month is written YYYY-MM, for example 2020-01.") from None


def month_range(first: Month, last: Month) -> list[Month]:
    """Every month from first to last, both included; empty when last lies before first."""
    return [first + offset for offset in range(last - first + 1)]


@dataclass(frozen=True, slots=True)
class Period:
    """A run of whole months that a figure or a return is about, with the label it was asked by.

    first, last: both included, first <= last (ValueError otherwise).   label: "2019-20-Q4", "2019-20" or "2020-01".
    """

    first: Month
    last: Month
    label: str

    def __post_init__(self) -> None:
        """Refuse a period that ends before it begins."""
        if self.last < self.first:
            message = "a period ends no earlier than it begins"
            raise ValueError(message)

    @property
    def months(self) -> list[Month]:
        """The months of the period in order."""
        return month_range(self.first, self.last)

    def __contains__(self, month: Month) -> bool:
        """Whether the month lies in the period."""
        return self.first <= month <= self.last

    def __iter__(self) -> Iterator[Month]:
        """The months of the period in order."""
        return iter(self.months)

    def __str__(self) -> str:
        """The label."""
        return self.label


def parse_period(text: str) -> Period:
    """Read a month "2020-01", a financial year "2019-20" or a quarter of one "2019-20-Q4".

    A year's second part must follow its first. Up to 2011-12 a year could also be read as a month (2011-12 is
    December 2011): then the month is meant, since that is how months are written everywhere.
    Raises ValueError for anything else.
    """
    if _MONTH.fullmatch(text):
        month = Month.parse(text)
        return Period(month, month, text)
    match = _YEAR_AND_QUARTER.fullmatch(text)
    if match is None or (int(match[1]) + 1) % 100 != int(match[2]):
        message = "a period is written 2019-20-Q4, 2019-20 or 2020-01"
        raise ValueError(message)
    first = Month(int(match[1]), _APRIL)
    if match[3] is None:
        return Period(first, first + 11, text)
    return Period(first + 3 * (int(match[3]) - 1), first + 3 * int(match[3]) - 1, text)


def financial_year(month: Month) -> Period:
    """The financial year (April to March) a month lies in, labelled "2019-20"."""
    start = month.year if month.month >= _APRIL else month.year - 1
    return Period(Month(start, _APRIL), Month(start + 1, _APRIL - 1), f"{start:04d}-{(start + 1) % 100:02d}")


def financial_quarter(month: Month) -> Period:
    """The quarter of the financial year a month lies in, labelled "2019-20-Q4"."""
    year = financial_year(month)
    quarter = (month - year.first) // 3
    first = year.first + 3 * quarter
    return Period(first, first + 2, f"{year.label}-Q{quarter + 1}")


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or that month's last day where it has no such day."""
    month = Month.of(day) + months
    return month.first_day.replace(day=min(day.day, month.days))
