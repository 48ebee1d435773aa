"""When a return is due, and which signals its date gives."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final, Literal

from services.outcomes.feeds.declarations import Feed
from shared.months import Month, Period, financial_quarter, month_range

Kind = Literal["feed.due", "feed.late", "feed.revised"]
KINDS: Final = ("feed.due", "feed.late", "feed.revised")

TOLD_BEFORE: Final = timedelta(days=5)
"""How long before its day a return that is still absent is asked for."""


def return_of(feed: Feed, month: Month) -> Period:
    """The return in which a month is sent: its quarter, or the month itself, as the feed declares."""
    return financial_quarter(month) if feed.due_every == "quarter" else Period(month, month, str(month))


def returns_between(feed: Feed, first: Month, last: Month) -> list[Period]:
    """The returns in which the months from first to last are sent, in their order."""
    return returns_of(feed, month_range(first, last))


def returns_of(feed: Feed, months: Iterable[Month]) -> list[Period]:
    """The returns in which months are sent, each once, in order."""
    return sorted({return_of(feed, month) for month in months}, key=lambda period: period.first)


def due_on(feed: Feed, period: Period) -> date:
    """The day by which a return is awaited: so many days after the period's last."""
    return period.last.last_day + timedelta(days=feed.due_days)


def signals_by_date(due: date, *, today: date) -> Iterator[Kind]:
    """The signals about a return that is absent today, the earlier one only while it can still be of use."""
    if due - TOLD_BEFORE <= today <= due:
        yield "feed.due"
    if today > due:
        yield "feed.late"
