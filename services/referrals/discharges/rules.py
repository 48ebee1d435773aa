"""What a discharge must say. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
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


@dataclass(frozen=True, slots=True)
class Judged:
    """What one statement about a case judged to be avoided of a kind, between two days. counted: what of it counts."""

    kind: str
    since: date
    until: date
    counted: int


def left_to_count(
    said: Sequence[tuple[str, int]], *, before: Sequence[Judged], since: date, until: date
) -> list[int]:
    """How much of each entry of a statement counts: kind by kind what goes beyond what was counted of the same days before.

    A discharge and the benefit of a meeting may speak of one and the same visit, and nobody can tell; so it counts once.
    """
    left: Counter[str] = Counter()
    for kind, count in said:
        left[kind] += count
    for one in before:
        if one.kind in left and one.since <= until and since <= one.until:
            left[one.kind] -= one.counted
    counts = []
    for kind, count in said:
        counts.append(max(0, min(count, left[kind])))
        left[kind] -= counts[-1]
    return counts


def death_faults(outcome: Outcome, *, dead: bool, avoided: int) -> Iterator[FieldError]:
    """What is wrong with avoided activity of somebody who died. dead: whether a death was recorded before."""
    if avoided and (dead or outcome == DEATH):
        yield FieldError("state.transition", "/avoided", "A death is never an activity avoided.")
