"""What a discharge must say. Pure."""

from collections.abc import Iterator
from typing import Final, Literal, get_args

from services.referrals.cases.rules import DEATH, Outcome
from shared.problems import FieldError

AvoidedKind = Literal[
    "hospital-admission",
    "ed-attendance",
    "gp-visit",
    "gp-advice",
    "district-nurse-visit",
    "outpatient",
    "secondary-care-referral",
    "appointment-saved",
    "bed-day",
]
AVOIDED_KINDS: Final[tuple[AvoidedKind, ...]] = get_args(AvoidedKind)
Judge = Literal["case-manager", "person", "carer", "gp", "hospital", "mdt", "partner"]
JUDGES: Final[tuple[Judge, ...]] = get_args(Judge)
MOST_AVOIDED: Final = 20
MOST_OF_A_KIND: Final = 1000


def death_faults(outcome: Outcome, *, dead: bool, avoided: int) -> Iterator[FieldError]:
    """What is wrong with avoided activity of somebody who died. dead: whether a death was recorded before."""
    if avoided and (dead or outcome == DEATH):
        yield FieldError("state.transition", "/avoided", "A death is never an activity avoided.")
