"""What a day's snapshot of the worklists says. Pure: counts of open referrals in, lines of each place out."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.referrals.records.states import Status

WAITS_FOR: Final[Mapping[Status, str]] = {
    "received": "triage",
    "information-requested": "information",
    "accepted": "first-contact",
}
"""The stage at which an open referral stands on a list."""
# The clock of triage stands still while the sender is asked.
_CLOCK_STANDS: Final = frozenset({"information"})


@dataclass(frozen=True, slots=True)
class Open:
    """How many referrals of a place have an open status, and how many of them are past the limit that counts then."""

    place: str
    status: Status
    referrals: int
    late: int


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One stage of a place's lists. overdue: how many of the waiting items."""

    place: str
    stage: str
    waiting: int
    overdue: int


def lines_of(found: Iterable[Open], *, known_places: Collection[str]) -> list[Line]:
    """Every stage of every place, in order.

    known_places: those that had lines before. They keep them, for a list that was worked off has 0 and is not unknown.
    """
    counted = {(one.place, WAITS_FOR[one.status]): one for one in found}
    places = {place for place, _ in counted} | set(known_places)
    return sorted(
        _line(place, stage, counted.get((place, stage))) for place in places for stage in WAITS_FOR.values()
    )


def _line(place: str, stage: str, found: Open | None) -> Line:
    if found is None:
        return Line(place, stage, 0, 0)
    return Line(place, stage, found.referrals, 0 if stage in _CLOCK_STANDS else found.late)
