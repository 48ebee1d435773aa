"""What a day's snapshot of the worklists says. Pure: counts of items in, lines of each place out."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from services.referrals.records.states import LIST_STAGES


@dataclass(frozen=True, slots=True)
class Standing:
    """How many items of a place stand at a stage, and how many of them are past their due time."""

    place: str
    stage: str
    items: int
    late: int


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One stage of a place's lists. overdue: how many of the waiting items."""

    place: str
    stage: str
    waiting: int
    overdue: int


@dataclass(frozen=True, slots=True, order=True)
class Rate:
    """One figure of casework in one line of one breakdown. month: its first day as a text.

    line: "age=75-84", empty where it has no breakdown.   denominator: None for a count.
    """

    measure: str
    place: str
    month: str
    line: str
    numerator: int
    denominator: int | None

    @property
    def breakdowns(self) -> tuple[tuple[str, str], ...]:
        """The line as a breakdown and its value."""
        name, _, value = self.line.partition("=")
        return ((name, value),) if self.line else ()


def lines_of(found: Iterable[Standing], *, known_places: Collection[str]) -> list[Line]:
    """Every stage of every place, in order.

    known_places: those that had lines before. They keep them, for a list that was worked off has 0 and is not unknown.
    """
    counted = {(one.place, one.stage): Line(one.place, one.stage, one.items, one.late) for one in found}
    places = {place for place, _ in counted} | set(known_places)
    return sorted(
        counted.get((place, stage), Line(place, stage, 0, 0)) for place in places for stage in LIST_STAGES
    )
