"""What an annual plan must say, and what its workforce counts as. Pure."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Protocol

from shared.months import Month, Period, parse_period
from shared.problems import FieldError

YEAR = 12
HUNDREDTHS = 100
CORE_FUNCTIONS = {
    "risk-stratification": "Risk stratification and targeted assessment",
    "care-planning": "Anticipatory and personalised care planning",
    "self-care": "The promotion of self-care",
    "mdt-working": "Multidisciplinary team working",
    "use-of-data": "Use of data to measure and monitor performance",
    "workforce": "A quality-proficient workforce",
    "resources-and-culture": "Resources, and a culture that supports improvement",
}
"""The core functions of an integrated care community. Source: ICC annual report 2019/20, "ICCs continued objectives"."""
LOCAL = "local"
_ALSO = {
    "anticipatory-and-personalised-care-planning": "care-planning",
    "anticipatory-care-planning": "care-planning",
    "personalised-care-planning": "care-planning",
    "mdt": "mdt-working",
    "multidisciplinary-team-working": "mdt-working",
    "data": "use-of-data",
    "quality-proficient-workforce": "workforce",
    "quality-workforce": "workforce",
    "resources": "resources-and-culture",
    "culture": "resources-and-culture",
}


class Post(Protocol):
    """A role of the workforce, in whole-time equivalents."""

    @property
    def funded_wte(self) -> float:
        """What is paid for."""
        ...

    @property
    def in_post_wte(self) -> float:
        """Who is there."""
        ...


def year_of(text: str) -> Period | None:
    """A financial year as it is written, 2020-21; None where it is none."""
    try:
        period = parse_period(text)
    except ValueError:
        return None
    return period if len(period.months) == YEAR else None


def core_function_of(text: str) -> str | None:
    """The key of a core function, or `local`; None where it is none. Words may be joined by blanks, and have other names."""
    key = "-".join(text.strip().lower().replace("_", "-").split())
    key = _ALSO.get(key, key)
    return key if key in CORE_FUNCTIONS or key == LOCAL else None


def posts_faults(workforce: Sequence[Post]) -> Iterator[FieldError]:
    """What is wrong with the numbers of a workforce: whole-time equivalents are counted in hundredths."""
    for at, post in enumerate(workforce):
        for name in ("funded_wte", "in_post_wte"):
            value = Fraction(repr(float(getattr(post, name))))
            if (value * HUNDREDTHS).denominator != 1:
                detail = "Whole-time equivalents have at most two decimals."
                yield FieldError("number.format", f"/workforce/{at}/{name}", detail)


def established(workforce: Sequence[Post]) -> tuple[int, int] | None:
    """In post and funded, in hundredths of a whole-time equivalent; None where nothing is funded.

    Posts that are filled beyond what is funded for a role count as filled: no other role's vacancy is hidden by them.
    """
    hundredths = [
        tuple(round(Fraction(repr(float(value))) * HUNDREDTHS) for value in (one.in_post_wte, one.funded_wte))
        for one in workforce
    ]
    funded = sum(own for _, own in hundredths)
    return (sum(min(there, own) for there, own in hundredths), funded) if funded else None


def month_counted(year: Period, today: Month) -> Month:
    """The month that a plan's workforce is counted in: the present one, within the plan's year."""
    return min(max(today, year.first), year.last)
