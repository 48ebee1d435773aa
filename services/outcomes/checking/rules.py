"""How returns are put into words for an officer. Pure."""

from collections.abc import Sequence
from datetime import date, datetime

from services.outcomes.completeness.rules import Return
from shared.months import LONDON, MONTH_NAMES, Month, Period
from shared.registry import Registry


def day_words(day: date) -> str:
    """A day as people write it: `30 April 2020`."""
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def period_words(period: Period) -> str:
    """A period as people say it: `January to March 2020`, or `January 2020`."""
    if period.first == period.last:
        return _month(period.first)
    first = _month(period.first)
    if period.first.year == period.last.year:
        first = MONTH_NAMES[period.first.month - 1]
    return f"{first} to {_month(period.last)}"


def instant_words(instant: datetime) -> str:
    """An instant as a clock in England shows it: `9 April 2020, 11:00`."""
    local = instant.astimezone(LONDON)
    return f"{day_words(local.date())}, {local:%H:%M}"


def months_words(months: Sequence[Month]) -> str:
    """Some months: `January 2020, March 2020`."""
    return ", ".join(map(_month, months))


def place_name(registry: Registry, slug: str) -> str:
    """What people call a council or a community; its key where the registry gives it no name."""
    found = registry.council(slug) or registry.community(slug)
    return slug if found is None else found.name


def return_words(one: Return) -> str:
    """Where a return stands, in words."""
    late = "" if one.days_late is None else f"{one.days_late:,} day{'' if one.days_late == 1 else 's'}"
    came = "" if one.received_at is None else day_words(one.received_at.astimezone(LONDON).date())
    words = {
        "supplied": f"came in time, on {came}",
        "late": f"came {late} late, on {came}",
        "due": "not sent yet",
        "overdue": f"{late} overdue",
    }[one.status]
    if one.missing and one.status in {"supplied", "late"}:
        words += ", with something missing"
    if one.missing and one.status in {"due", "overdue"}:
        words += ", sent in part"
    if one.restated:
        words += f", restated {one.restated} time{'' if one.restated == 1 else 's'}"
    return words


def _month(month: Month) -> str:
    return f"{MONTH_NAMES[month.month - 1]} {month.year}"
