"""Which councils' returns are due and overdue, in the words of the page of feeds. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.trajectories.dashboard.clients import ReturnTold, Told
from shared.months import MONTH_NAMES

_YEAR: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """A feed: what is overdue of each council, and what is due next."""

    title: str
    overdue: tuple[str, ...]
    due: tuple[str, ...]


def returns_told(told: Told, *, name_of: Callable[[str], str], today: date) -> list[ReturnLine]:
    """Every feed of which anything is awaited, as far as it fell due within a year: what is older nobody waits for."""
    lines = []
    for feed, returns in told:
        awaited = [one for one in returns if one.status in ("due", "overdue") and one.due_on > today - _YEAR]
        overdue, due = _overdue(awaited, name_of=name_of, today=today), _due(awaited, name_of=name_of)
        if awaited:
            lines.append(ReturnLine(feed.title, tuple(overdue), tuple(due)))
    return lines


def _overdue(returns: Sequence[ReturnTold], *, name_of: Callable[[str], str], today: date) -> Iterator[str]:
    late: dict[str, list[ReturnTold]] = {}
    for one in returns:
        if one.status == "overdue":
            late.setdefault(one.council, []).append(one)
    for council, own in sorted(late.items(), key=lambda item: min(one.due_on for one in item[1])):
        oldest = min(own, key=lambda one: one.due_on)
        days = (today - oldest.due_on).days
        count = "one return" if len(own) == 1 else f"{len(own)} returns"
        yield f"{name_of(council)}: {count}, {'since' if len(own) == 1 else 'the oldest since'} {day_words(oldest.due_on)} ({days:,} days)"


def _due(returns: Sequence[ReturnTold], *, name_of: Callable[[str], str]) -> Iterator[str]:
    awaited: dict[tuple[date, str], list[str]] = {}
    for one in returns:
        if one.status == "due":
            awaited.setdefault((one.due_on, one.period), []).append(name_of(one.council))
    for (due_on, period), councils in sorted(awaited.items()):
        yield f"{period} by {day_words(due_on)}: {', '.join(sorted(councils))}"


def day_words(day: date) -> str:
    """A day as people write it: `30 April 2020`."""
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"
