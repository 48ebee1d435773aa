"""Dates and instants as clients send them: `YYYY-MM-DD`, and RFC 3339 with an offset. Instants become UTC.

A value is compared with the present only when the caller gives it (`context={"now": …}`). No clock is read here, so
that rules stay testable.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.months import london_day

EARLIEST = date(1850, 1, 1)
"""Nothing that concerns a living person happened before."""
LATEST = date(9998, 12, 31)
"""The last day of the last month that a `Month` can be."""
CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a client's clock may run ahead."""


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?P<offset>[Zz]|[+-]\d{2}:(?P<minutes>\d{2}))?\Z",
    re.ASCII,
)
_LAST_MINUTE = 59


def parse_date(value: object) -> date:
    """A calendar date from its text. PydanticCustomError: date.type, date.format, date.invalid, date.implausible."""
    if not isinstance(value, str):
        if type(value) is date:
            return value
        raise PydanticCustomError("date.type", "This must be a date as a text, YYYY-MM-DD.")
    if not _DATE.match(value):
        raise PydanticCustomError("date.format", "This must be a date, YYYY-MM-DD.")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("date.invalid", "There is no such day.") from None
    if not EARLIEST <= day <= LATEST:
        raise PydanticCustomError("date.implausible", "The date lies too far from today.")
    return day


def parse_instant(value: object) -> datetime:
    """An instant in UTC from its text. PydanticCustomError: date.type, date.format, date.offset_required, date.invalid, date.implausible."""
    if not isinstance(value, str):
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
        raise PydanticCustomError("date.type", "This must be an instant as a text, RFC 3339 with offset.")
    match = _INSTANT.match(value)
    if match is None:
        raise PydanticCustomError("date.format", "This must be an instant, RFC 3339 with offset.")
    if match["offset"] is None:
        raise PydanticCustomError("date.offset_required", "The instant needs an offset, such as Z or +01:00.")
    if match["minutes"] is not None and int(match["minutes"]) > _LAST_MINUTE:
        raise PydanticCustomError("date.invalid", "There is no such offset.")
    try:
        instant = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("date.invalid", "There is no such instant.") from None
    if not EARLIEST <= instant.date() <= LATEST:
        raise PydanticCustomError("date.implausible", "The instant lies too far from today.")
    return instant


def _now(info: ValidationInfo) -> datetime | None:
    context: Any = info.context
    now = context.get("now") if isinstance(context, dict) else None
    return now if isinstance(now, datetime) else None


def _past_date(value: object, info: ValidationInfo) -> date:
    day, now = parse_date(value), _now(info)
    if now is not None and day > london_day(now):
        raise PydanticCustomError("date.future", "The date must not lie in the future.")
    return day


def _past_instant(value: object, info: ValidationInfo) -> datetime:
    moment, now = parse_instant(value), _now(info)
    if now is not None and moment > now + CLOCK_TOLERANCE:
        raise PydanticCustomError("date.future", "The instant must not lie in the future.")
    return moment


_DATE_SCHEMA = WithJsonSchema({"type": "string", "format": "date"})
_INSTANT_SCHEMA = WithJsonSchema({"type": "string", "format": "date-time"})

CalendarDate = Annotated[date, BeforeValidator(parse_date), _DATE_SCHEMA]
"""Any plausible date, past or to come."""
PastDate = Annotated[date, BeforeValidator(_past_date), _DATE_SCHEMA]
"""Today or earlier, where the validation knows the present."""
AwareInstant = Annotated[datetime, BeforeValidator(parse_instant), _INSTANT_SCHEMA]
"""Any plausible instant, in UTC."""
PastInstant = Annotated[datetime, BeforeValidator(_past_instant), _INSTANT_SCHEMA]
"""Now or earlier, in UTC, where the validation knows the present; a client's clock may run a little ahead."""
