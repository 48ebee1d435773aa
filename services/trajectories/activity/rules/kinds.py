"""Which measures a file may be about, which columns it has, and what a row of it is."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

from shared.facts.fairness import AGES, FAIRNESS

Kind = Literal["counts", "admissions", "attendances"]

NON_ELECTIVE: Final = "non-elective-admissions"
EMERGENCY: Final = "emergency-admissions"
FRAILTY: Final = "emergency-frailty-admissions"
LENGTH_OF_STAY: Final = "emergency-length-of-stay"
FALLS: Final = "falls-admissions-65"
ATTENDANCES: Final = "ed-attendances"
REGISTERED: Final = "registered"

OF_ADMISSIONS: Final = (NON_ELECTIVE, EMERGENCY, FRAILTY, LENGTH_OF_STAY, FALLS)
PER_REGISTERED: Final = (FALLS, ATTENDANCES, "outpatient-first-attendances", "gp-appointments")
"""The rates whose denominator is a list size."""
MEASURES: Final = (*OF_ADMISSIONS, *PER_REGISTERED[1:], REGISTERED)

OLD: Final = ("65-74", "75-84", "85-and-over")
VERY_OLD: Final = ("75-84", "85-and-over")

BREAKDOWNS: Final[Mapping[str, str]] = {"age_band": "age", "sex": "sex", "deprivation": "deprivation"}
"""The columns that break a count down, with the breakdown's name."""

COLUMNS: Final[Mapping[Kind, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "counts": (("month", "practice", "count"), ("denominator", *BREAKDOWNS)),
    "admissions": (("admitted_on", "practice", "method"), ("discharged_on", "age", "frailty", "cause")),
    "attendances": (("attended_on", "practice", "type"), ("age", "planned")),
}
"""Of each kind of file the columns it must have, and those it may have."""


def kind_of(columns: Sequence[str]) -> Kind:
    """What a file with these columns holds: records by the day that they name, else monthly counts."""
    if "admitted_on" in columns:
        return "admissions"
    return "attendances" if "attended_on" in columns else "counts"


def values_of(column: str) -> tuple[str, ...]:
    """The values of a column that breaks a count down."""
    return FAIRNESS[BREAKDOWNS[column]]


def bands_of(measure: str) -> tuple[str, ...]:
    """The age bands that a measure is about."""
    return OLD if measure == FALLS else AGES


class Line(NamedTuple):
    """One figure of a file. sent: the practice code as it was sent.   place: where it counts.   key: `age=75-84`, or empty."""

    measure: str
    month: int
    sent: str
    place: str
    key: str
    numerator: int
    denominator: int | None


class Refusal(Exception):  # noqa: N818 -- a reading's own word
    """Why a cell is refused: the code and how to mend it, never what it says."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail
