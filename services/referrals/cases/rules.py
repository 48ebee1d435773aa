"""What holds for everything that is recorded of a case. Pure."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final, Literal, get_args

from shared.months import london_day
from shared.problems import FieldError

CaseStatus = Literal["open", "discharged"]
Outcome = Literal[
    "goals-met",
    "goals-partly-met",
    "declined",
    "moved-away",
    "admitted-to-care-home",
    "admitted-to-hospital",
    "deceased",
    "no-contact",
    "referred-on",
    "withdrawn",
]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
"""How a case ends."""
DEATH: Final[Outcome] = "deceased"


def order_faults(day: date, *, referred_at: datetime, pointer: str) -> Iterator[FieldError]:
    """What is wrong with the day of something of a case: nothing of it happens before the referral."""
    if day < london_day(referred_at):
        yield FieldError("date.order", pointer, "The day lies before the referral.")
