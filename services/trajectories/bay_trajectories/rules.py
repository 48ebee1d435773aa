"""What a Bay-wide trajectory must say, and a year's figure spread over its months. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import accumulate

from services.trajectories.measures.catalogue import Measure
from shared.months import Month, month_range
from shared.problems import FieldError

YEAR = 12
APRIL = 4
MOST = 10_000_000
"""The largest month of a plan: a year of the whole country is less."""
_YEAR = re.compile(r"(\d{4})(?:[-/](\d{2}|\d{4}))?", re.ASCII)


def financial_year_of(label: str) -> tuple[Month, ...] | None:
    """April to March of a year written 2020-21, 2020/21, 2020-2021 or 2020; None for any other label."""
    match = _YEAR.fullmatch(label.strip())
    if match is None:
        return None
    begins, ends = int(match[1]), match[2]
    if ends is not None and (begins + 1) % 10 ** len(ends) != int(ends):
        return None
    if not 1900 <= begins <= 2200:  # noqa: PLR2004 -- no plan is meant outside these
        return None
    first = Month(begins, APRIL)
    return tuple(month_range(first, first + (YEAR - 1)))


def is_shared_out(measure: Measure) -> bool:
    """Whether a measure may have a trajectory: a count of what practices had, that adds over months."""
    return measure.kind == "count" and measure.supply == "practice" and measure.over_months == "sum"


def measure_faults(measure: Measure | None) -> Iterator[FieldError]:
    """Why a measure has no trajectory. measure: None when the catalogue does not know it."""
    if measure is None:
        yield FieldError("code.unknown", "/measure", "There is no such measure; GET /v1/measures lists them.")
    elif not is_shared_out(measure):
        yield FieldError(
            "code.invalid", "/measure", "Only a count of what practices had in a month is shared out."
        )


def month_of(text: str) -> Month | None:
    """The month of a member's name; None where it is none."""
    try:
        return Month.parse(text)
    except ValueError:
        return None


def months_of(given: Mapping[str, int]) -> dict[Month, int]:
    """The months that can be read, in order, with their units."""
    read = {month_of(text): units for text, units in given.items()}
    return dict(sorted((month, units) for month, units in read.items() if month is not None))


def month_faults(given: Mapping[str, int], year: Sequence[Month] | None) -> Iterator[FieldError]:
    """What is wrong with the months of a plan. year: the months that its label means, None for a label of its own."""
    for text, units in given.items():
        if month_of(text) is None:
            yield FieldError("date.format", "/months", "A month is written YYYY-MM, for example 2020-04.")
        elif not 0 <= units <= MOST:
            yield FieldError("number.range", f"/months/{text}", f"A month has 0 to {MOST} units.")
    months = months_of(given)
    if not months:
        yield FieldError("body.required", "/months", "A plan has twelve months.")
        return
    wanted = year or month_range(min(months), min(months) + (YEAR - 1))
    for month in wanted:
        if month not in months:
            yield FieldError("body.required", f"/months/{month}", "A plan has every month of its year.")
    for month in months:
        if month not in wanted:
            yield FieldError(
                "date.implausible", f"/months/{month}", "This month lies outside the plan's year."
            )


def oddities(
    status: str, months: Mapping[Month, int], set_by: str | None, agreed_on: date | None
) -> Iterator[FieldError]:
    """What is odd about a plan that is taken all the same."""
    if not any(months.values()):
        yield FieldError("number.range", "/months", "Every month of this plan is 0.")
    if status == "agreed" and set_by is None:
        yield FieldError("body.required", "/set_by", "The plan is agreed and does not say by whom.")
    if status == "agreed" and agreed_on is None:
        yield FieldError("body.required", "/agreed_on", "The plan is agreed and does not say when.")


def spread_by_days(annual: int, months: Sequence[Month]) -> dict[Month, int]:
    """A year's figure over its months by their calendar days, in whole numbers that add up to it.

    annual: units, >= 0.   Each running total is the exact one, cut to a whole number.
    """
    days = [month.days for month in months]
    totals = [annual * passed // sum(days) for passed in accumulate(days)]
    befores = [0, *totals[:-1]]
    return {month: after - before for month, after, before in zip(months, totals, befores, strict=True)}
