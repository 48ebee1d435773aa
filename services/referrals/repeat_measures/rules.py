"""When a measure is to be repeated. Pure.

Source: the interface, *Repeat measures due*: six months after the first, then every twelve.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from shared.months import months_after


@dataclass(frozen=True, slots=True)
class Measured:
    """The latest measurement of a person with one instrument. first: whether it was the first of its episode."""

    instrument: str
    first: bool
    taken_on: date


@dataclass(frozen=True, slots=True)
class Repeated:
    """One instrument that is repeated: what it is called, and after how many months."""

    title: str
    months_after_first: int
    months_after_others: int


@dataclass(frozen=True, slots=True)
class Repeats:
    """Which measures are repeated.

    instruments: by the key that outcomes has for them.   usual: of every pathway that `pathways` does not name.
    shown_before: for how long an item stands on a list before it is due.
    """

    instruments: Mapping[str, Repeated]
    usual: frozenset[str]
    pathways: Mapping[str, frozenset[str]]
    shown_before: timedelta

    def of_pathway(self, pathway: str) -> frozenset[str]:
        """The instruments that are repeated for people on a pathway."""
        return self.pathways.get(pathway, self.usual)

    def due_on(self, measured: Measured) -> date:
        """The day on which a measure is to be repeated."""
        repeated = self.instruments[measured.instrument]
        months = repeated.months_after_first if measured.first else repeated.months_after_others
        return months_after(measured.taken_on, months)


def due_of(
    measured: Iterable[Measured], *, repeats: Repeats, wanted: Collection[str], today: date
) -> dict[str, date]:
    """Instrument → the day on which it is due again, of what stands on a list today.

    wanted: the instruments that are repeated for this person; what was never measured is not repeated.
    """
    due = {one.instrument: repeats.due_on(one) for one in measured if one.instrument in wanted}
    return {instrument: day for instrument, day in due.items() if day - repeats.shown_before <= today}
