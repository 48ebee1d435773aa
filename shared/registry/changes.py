"""When a registry changes: between two such months everything that it says of a month's first day stays the same."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta

from shared.months import Month
from shared.registry.entries import Dated, Entry, RegistryFile, Succession


class Changes:
    """The months of a registry, each known by the first one that is like it."""

    def __init__(self, file: RegistryFile) -> None:
        days = {day for entry in _entries(file) for day in _days(entry)}
        self._months = sorted({_first_month(day) for day in days})

    def like(self, month: Month) -> Month:
        """The first month since which nothing has changed; one before every change is like itself."""
        at = bisect_right(self._months, month)
        return self._months[at - 1] if at else month


def _entries(entry: Entry) -> Iterator[Entry]:
    """An entry with all that it consists of."""
    yield entry
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Entry):
                yield from _entries(part)


def _days(entry: Entry) -> Iterator[date]:
    """The days from which on something holds, or holds no longer."""
    if isinstance(entry, Dated):
        yield entry.valid_from
        if entry.valid_to is not None and entry.valid_to < date.max:
            yield entry.valid_to + timedelta(days=1)
    if isinstance(entry, Succession):
        yield entry.from_day


def _first_month(day: date) -> Month:
    """The first month whose first day is not before a day."""
    month = Month.of(day)
    return month if day.day == 1 else month + 1
