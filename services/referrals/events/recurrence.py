"""The days of an event that recurs (RFC 5545, RRULE), found day by day within five years. Pure.

A library that follows a rule until it comes true does not end for one that never does: the thirtieth of February, say.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, islice
from typing import Final

from shared.months import LONDON

MOST_OCCURRENCES: Final = 366
FURTHEST: Final = timedelta(days=366 * 5)
_PARTS: Final = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST"}
)
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LONGEST_RULE: Final = 500
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}")
_BY: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}")
_BY_DAY: Final = re.compile(r"(?P<nth>[+-]?[1-9][0-9]?)?(?P<day>MO|TU|WE|TH|FR|SA|SU)")
_UNTIL_FORMS: Final = ("%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M%S", "%Y%m%d")
_MONTHS: Final = 12
_LONGEST_MONTH: Final = 31
_WEEK: Final = 7


class RecurrenceRefused(Exception):  # noqa: N818 -- a finding about text, raised and caught within a parse
    """A rule that is none, or has a part that is not followed here."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """The days of a recurrence. starts: aware UTC, in order.   cut: whether there are more, which are left out."""

    starts: tuple[datetime, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule as it was understood. by_day: which of its kind in the month or year, None for each, and the weekday, Monday being 0."""

    frequency: str
    interval: int
    count: int | None
    until: datetime | None
    by_day: tuple[tuple[int | None, int], ...]
    by_month: frozenset[int]
    by_month_day: frozenset[int]
    by_position: tuple[int, ...]
    week_begins: int


def expand(rule: str | None, starts_at: datetime) -> Expanded:
    """The beginnings of an event that recurs, at the same hour of London's clocks, 366 at most. Raises RecurrenceRefused.

    starts_at: aware. It is an occurrence even where the rule does not name its day.
    """
    if rule is None:
        return Expanded((starts_at,), cut=False)
    first = starts_at.astimezone(LONDON).replace(tzinfo=None)
    understood = _understood(rule)
    furthest = first + FURTHEST
    last = furthest if understood.until is None else min(understood.until, furthest)
    most = MOST_OCCURRENCES + 1 if understood.count is None else min(understood.count, MOST_OCCURRENCES + 1)
    found = [first, *islice(_later(understood, first, last), most - 1)]
    short = understood.count is None or len(found) < understood.count
    cut = len(found) > MOST_OCCURRENCES or (
        short and (understood.until is None or understood.until > furthest)
    )
    starts = (day.replace(tzinfo=LONDON).astimezone(UTC) for day in found[:MOST_OCCURRENCES])
    return Expanded(tuple(starts), cut=cut)


def _later(rule: _Rule, first: datetime, last: datetime) -> Iterator[datetime]:
    """The occurrences after the first, to the last moment."""
    begin = _period_begins(rule, first.date())
    period_of_first = _period(rule, begin)
    days = (
        begin + timedelta(days=number)
        for number in range((last.date() - begin).days + _LONGEST_MONTH * _MONTHS)
    )
    for period, within in groupby(days, key=lambda day: _period(rule, day)):
        if (period - period_of_first) % rule.interval:
            continue
        matching = [day for day in within if _matches(rule, day, first.date())]
        for day in _positioned(matching, rule.by_position):
            moment = datetime.combine(day, first.time())
            if moment > last:
                return
            if moment > first:
                yield moment


def _period_begins(rule: _Rule, day: date) -> date:
    match rule.frequency:
        case "WEEKLY":
            return day - timedelta(days=(day.weekday() - rule.week_begins) % _WEEK)
        case "MONTHLY":
            return day.replace(day=1)
        case "YEARLY":
            return day.replace(month=1, day=1)
        case _:
            return day


def _period(rule: _Rule, day: date) -> int:
    """A number for the day, week, month or year of a day, each one more than the last."""
    match rule.frequency:
        case "WEEKLY":
            return (day.toordinal() - (day.weekday() - rule.week_begins) % _WEEK) // _WEEK
        case "MONTHLY":
            return day.year * _MONTHS + day.month
        case "YEARLY":
            return day.year
        case _:
            return day.toordinal()


def _matches(rule: _Rule, day: date, first: date) -> bool:
    length = monthrange(day.year, day.month)[1]
    if rule.by_month and day.month not in rule.by_month:
        return False
    if rule.by_month_day and not {day.day, day.day - length - 1} & rule.by_month_day:
        return False
    if rule.by_day:
        return any(_is_nth(rule, day, nth) for nth, weekday in rule.by_day if weekday == day.weekday())
    return bool(rule.by_month_day) or _like_first(rule, day, first)


def _like_first(rule: _Rule, day: date, first: date) -> bool:
    """Whether a day is the first one's, as far as the rule leaves that open."""
    match rule.frequency:
        case "WEEKLY":
            return day.weekday() == first.weekday()
        case "MONTHLY":
            return day.day == first.day
        case "YEARLY":
            return day.day == first.day and (bool(rule.by_month) or day.month == first.month)
        case _:
            return True


def _is_nth(rule: _Rule, day: date, nth: int | None) -> bool:
    """Whether a day is the nth of its weekday in its month, or in its year where the rule names no months."""
    if nth is None:
        return True
    in_year = rule.frequency == "YEARLY" and not rule.by_month
    begin = day.replace(month=1, day=1) if in_year else day.replace(day=1)
    end = day.replace(month=12, day=31) if in_year else day.replace(day=monthrange(day.year, day.month)[1])
    return nth in {(day - begin).days // _WEEK + 1, -((end - day).days // _WEEK) - 1}


def _positioned(days: list[date], positions: tuple[int, ...]) -> list[date]:
    if not positions:
        return days
    places = {position - 1 if position > 0 else len(days) + position for position in positions}
    return [day for place, day in enumerate(days) if place in places]


def _understood(rule: str) -> _Rule:
    """A rule of its text. Raises RecurrenceRefused."""
    pairs = [part.partition("=") for part in rule.strip().upper().removeprefix("RRULE:").split(";") if part]
    parts = {name: value for name, _, value in pairs}
    if len(rule) > _LONGEST_RULE or len(parts) < len(pairs) or not parts.keys() <= _PARTS:
        raise RecurrenceRefused
    frequency, begins = parts.get("FREQ"), parts.get("WKST", "MO")
    by_day = tuple(_weekday(one) for one in _listed(parts, "BYDAY"))
    nth = any(one is not None for one, _ in by_day)
    if (
        frequency not in {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
        or begins not in _DAYS
        or (nth and frequency not in {"MONTHLY", "YEARLY"})
    ):
        raise RecurrenceRefused
    return _Rule(
        frequency=frequency,
        interval=_number(parts.get("INTERVAL", "1")),
        count=_number(parts["COUNT"]) if "COUNT" in parts else None,
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
        by_day=by_day,
        by_month=frozenset(_within(parts, "BYMONTH", 1, _MONTHS)),
        by_month_day=frozenset(_within(parts, "BYMONTHDAY", -_LONGEST_MONTH, _LONGEST_MONTH)),
        by_position=tuple(_within(parts, "BYSETPOS", -366, 366)),
        week_begins=_DAYS.index(begins),
    )


def _listed(parts: Mapping[str, str], name: str) -> list[str]:
    return parts[name].split(",") if name in parts else []


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise RecurrenceRefused
    return int(text)


def _within(parts: Mapping[str, str], name: str, low: int, high: int) -> list[int]:
    texts = _listed(parts, name)
    if not all(map(_BY.fullmatch, texts)) or not all(low <= int(one) <= high for one in texts):
        raise RecurrenceRefused
    return [int(one) for one in texts]


def _weekday(text: str) -> tuple[int | None, int]:
    match = _BY_DAY.fullmatch(text)
    if match is None:
        raise RecurrenceRefused
    return None if match["nth"] is None else int(match["nth"]), _DAYS.index(match["day"])


def _until(text: str) -> datetime:
    """The last moment, as a clock of London shows it; a day is meant to its end."""
    for form in _UNTIL_FORMS:
        try:
            read = datetime.strptime(text, form)  # noqa: DTZ007 -- its zone is told below
        except ValueError:
            continue
        if form.endswith("Z"):
            return read.replace(tzinfo=UTC).astimezone(LONDON).replace(tzinfo=None)
        return read if "T" in form else read + timedelta(days=1, seconds=-1)
    raise RecurrenceRefused
