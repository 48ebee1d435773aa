"""The bands by which people are described in figures: the same for every author, so that figures compare. Pure.

An author decides a band when it makes a row and keeps only the band; None is somebody whose band nobody knows.
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

UNKNOWN: Final = "unknown"
AGES: Final = ("0-4", "5-17", "18-24", "25-64", "65-74", "75-84", "85-and-over")
_AGES_BEGIN: Final = (5, 18, 25, 65, 75, 85)
FAIRNESS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "age": (*AGES, UNKNOWN),
        "sex": ("female", "male", "other", UNKNOWN),
        "deprivation": ("1", "2", "3", "4", "5", UNKNOWN),
        "ethnicity": ("asian", "black", "mixed", "white", "other", UNKNOWN),
    }
)
"""The breakdowns that describe people, with their values: each by itself, and none crossed with another."""

# Z is not stated and 99 is not known, so neither has a group. Chinese people are of the group the dictionary lists them
# under. Source: NHS Data Dictionary, ETHNIC CATEGORY.
_ETHNIC_GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        category: group
        for group, categories in {
            "white": "ABC",
            "mixed": "DEFG",
            "asian": "HJKL",
            "black": "MNP",
            "other": "RS",
        }.items()
        for category in categories
    }
)


def age_band(born: date, on: date) -> str:
    """The band of a person's age in whole years on a day, which is not before the birth.

    Who is born on 29 February is a year older on 1 March of a common year, as in the law of England.
    """
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return AGES[bisect_right(_AGES_BEGIN, years)]


def sex_band(gender: str | None) -> str | None:
    """The line of a recorded gender; None for one that is not known, or not recorded."""
    return None if gender == UNKNOWN else gender


def ethnic_group(category: str | None) -> str | None:
    """The group of an ethnic category of the NHS Data Dictionary; None for one that is not stated, or none."""
    return None if category is None else _ETHNIC_GROUPS.get(category)
