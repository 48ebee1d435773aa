"""What to say of a file none of whose months lies in its period: once, with the period that fits them."""

import calendar
from collections.abc import Iterable
from itertools import groupby

from shared.months import Month, Period, financial_quarter


def none_within(period: Period, months: Iterable[Month | int], *, asked: bool) -> str | None:
    """That no month of a file lies in its period, and which period fits; None where one of them does.

    months: what rows say, with the year, or only a month's number.   asked: whether the request named the period, else the title did.
    """
    named = list(dict.fromkeys(months))
    numbers = {month.month for month in period}
    if any(one in period if isinstance(one, Month) else one in numbers for one in named):
        return None
    dated = sorted(one for one in named if isinstance(one, Month))
    if len(dated) == len(named):
        told, fitting = ", ".join(map(str, dated)), _quarters(dated)
    else:
        plain = [one.month if isinstance(one, Month) else one for one in named]
        told, fitting = ", ".join(calendar.month_name[one] for one in plain), _nearest_quarters(period, plain)
    return f"The rows are of {told}; {period.label} {_spelt(period)}. {_mend(fitting, asked=asked)}"


def _mend(fitting: list[str], *, asked: bool) -> str:
    if not fitting:
        return "Correct the months, or the period."
    fits = " or ".join(fitting)
    if not asked:
        return f"The months fit {fits}: correct the quarter in the title."
    return f"The months fit {fits}: send the file with ?period={fitting[0]}."


def _spelt(period: Period) -> str:
    first, last = (
        f"{calendar.month_name[month.month]} {month.year}" for month in (period.first, period.last)
    )
    return f"is {first}" if first == last else f"is {first} to {last}"


def _quarters(months: list[Month]) -> list[str]:
    """The period of months with their years: one month, or one quarter; none where they lie in several."""
    if len(months) == 1:
        return [str(months[0])]
    found = [label for label, _ in groupby(financial_quarter(month).label for month in months)]
    return found if len(found) == 1 else []


def _nearest_quarters(period: Period, numbers: list[int]) -> list[str]:
    """The quarters nearest to a period, after and before it, that hold months of these numbers."""
    quarters = [financial_quarter(period.first + 3 * by) for by in (1, -1, 2, -2, 3, -3)]
    wanted = set(numbers)
    return [one.label for one in quarters if wanted <= {month.month for month in one}][:2]
