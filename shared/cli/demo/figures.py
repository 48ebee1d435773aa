"""Reads what the demonstration rests on: `bay.toml`."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shared.months import Month

AGES = ("0-4", "5-17", "18-24", "25-64", "65-74", "75-84", "85-and-over")
OLD = AGES[4:]


@dataclass(frozen=True, slots=True)
class Leaning:
    """What is assumed of a community. level: admissions for each person, against the Bay, as a factor.

    drift: how the level moves in a year, as a part of it.   ages: parts of 1,000 in each age band.
    """

    level: float
    drift: float
    ages: Sequence[int]


@dataclass(frozen=True, slots=True)
class Falls:
    """The falls programme. effect, elsewhere: by what part falls are fewer in its community and in the others.

    a_year: falls admissions a year for each person aged 65 and over.
    """

    community: str
    effect: float
    elsewhere: float
    a_year: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The real series of 36 months, and what is assumed beside them."""

    source: str
    first_month: Month
    admissions: Sequence[int]
    attendances: Sequence[int]
    usual: Leaning
    communities: Mapping[str, Leaning]
    admission_rates: Sequence[float]
    attendance_rates: Sequence[float]
    falls: Falls

    def leaning(self, community: str) -> Leaning:
        """What is assumed of a community; the usual where nothing is said of it."""
        return self.communities.get(community, self.usual)

    def index_of(self, month: Month) -> int:
        """Which month of the real series stands for a month: the same of the calendar, some whole years before.

        Any 36 months in a row have each month of the series once.
        """
        return (month - self.first_month) % len(self.admissions)


@cache
def read_figures() -> Figures:
    """The figures that ship with the platform."""
    told = tomllib.loads(Path(__file__).with_name("bay.toml").read_text())
    real, assumed, falls = told["real"], told["assumed"], told["assumed"]["falls"]
    usual = Leaning(1.0, 0.0, assumed["usual_ages"])
    return Figures(
        source=real["source"],
        first_month=Month.parse(real["first_month"]),
        admissions=real["admissions"],
        attendances=real["attendances"],
        usual=usual,
        communities={
            slug: Leaning(one["level"], one["drift"], one.get("ages", usual.ages))
            for slug, one in assumed["communities"].items()
        },
        admission_rates=assumed["admission_rates"],
        attendance_rates=assumed["attendance_rates"],
        falls=Falls(
            falls["community"], falls["effect"], falls["elsewhere"], falls["a_year_per_1000_aged_65"] / 1000
        ),
    )
