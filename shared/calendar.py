"""Working days in England: what "within two working days" means for a clock that is due.

Bank holidays are data (`calendar_england.json`) with a last day that they cover. Beyond it only weekends are known,
and the log says so once, so that somebody extends the file before a due date is wrong by a holiday.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field

SHIPPED: Final = Path(__file__).parent / "calendar_england.json"
"""The bank holidays that ship with the platform."""

_SATURDAY: Final = 5
_ONE_DAY: Final = timedelta(days=1)


class _Holiday(BaseModel):
    """One bank holiday of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    date: date
    title: Annotated[str, Field(min_length=1)]


class _CalendarFile(BaseModel):
    """The file: which days it covers and the holidays among them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    schema_version: Literal[1]
    division: str
    source: str
    covers_from: date
    covers_until: date
    holidays: tuple[_Holiday, ...]


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are worked: Monday to Friday except the holidays.

    holidays: by day, the holiday's title.   covers_from, covers_until: the days for which holidays are known.
    """

    holidays: Mapping[date, str]
    covers_from: date
    covers_until: date

    def is_working_day(self, day: date) -> bool:
        """Whether a day is neither a weekend day nor a known bank holiday."""
        if not self.covers_from <= day <= self.covers_until:
            _warn_once(self.covers_from, self.covers_until)
        return day.weekday() < _SATURDAY and day not in self.holidays

    def add_working_days(self, day: date, days: int) -> date:
        """The working day so many working days after a day; a negative number goes back.

        The day itself never counts, whether it is worked or not: 1 after a Friday or a Saturday is the Monday.
        0 is the day itself, or the next working day where it is none.
        """
        step = -_ONE_DAY if days < 0 else _ONE_DAY
        if days == 0:
            while not self.is_working_day(day):
                day += step
            return day
        for _ in range(abs(days)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after start and up to end; 0 when end is not after start."""
        return sum(self.is_working_day(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


def load_calendar(path: Path = SHIPPED) -> WorkingCalendar:
    """The calendar of a file; raises pydantic's ValidationError, a ValueError, when the file is not sound."""
    file = _CalendarFile.model_validate_json(path.read_bytes())
    return WorkingCalendar(
        {day.date: day.title for day in file.holidays}, file.covers_from, file.covers_until
    )


@cache
def england() -> WorkingCalendar:
    """The calendar that ships with the platform, read at the first asking."""
    return load_calendar()


def is_working_day(day: date, *, calendar: WorkingCalendar | None = None) -> bool:
    """Whether a day is worked in England, or by another calendar."""
    return (calendar or england()).is_working_day(day)


def add_working_days(day: date, days: int, *, calendar: WorkingCalendar | None = None) -> date:
    """The working day so many working days after a day in England; see `WorkingCalendar.add_working_days`."""
    return (calendar or england()).add_working_days(day, days)


@cache
def _warn_once(covers_from: date, covers_until: date) -> None:
    structlog.get_logger(__name__).warning(
        "calendar.not_covered", covers_from=covers_from.isoformat(), covers_until=covers_until.isoformat()
    )
