"""What may be signalled."""

from dataclasses import dataclass
from typing import Final, Literal

from shared.months import Month

Kind = Literal[
    "performance.special-cause",
    "trajectory.above-two-months",
    "trajectory.drafted",
    "trajectory.approved",
]
KINDS: Final = (
    "performance.special-cause",
    "trajectory.above-two-months",
    "trajectory.drafted",
    "trajectory.approved",
)
Basis = Literal["exact", "published"]


@dataclass(frozen=True, slots=True)
class Noticed:
    """What was noticed of a figure. place: as a query names it.   variation: of a special cause, as charts call it."""

    measure: str
    place: str
    month: Month
    kinds: tuple[Kind, ...]
    variation: str | None
