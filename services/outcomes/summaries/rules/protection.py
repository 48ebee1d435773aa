"""What of a summary is published: which people stand together, and which of their counts are shown. Pure.

The rule for small numbers is that of NHS Digital's secondary care publications since September 2018: counts of 1 to 7
people are hidden, others rounded to the nearest 5. Nothing is published twice in two shapes that could be subtracted:

- one instrument and one quarter at a time, so that no two ranges of days overlap;
- the people of a quarter are parted into groups that share nobody: a community with enough people is a group, those with
  too few are one group together. The whole is the sum of what the groups show, never a count of its own;
- a community stays in the group that it was first published in, and its figures move only when eight of its people or
  more were measured anew, so that what was published before says nothing about single people.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Final, Literal, TypeAlias

from services.outcomes.summaries.rules.pairs import Changes, ChangeStatistics
from services.outcomes.summaries.rules.student import t_quantile

THRESHOLD, BASE = 7, 5
POLICY: Final = f"small-numbers-1-{THRESHOLD}-round-{BASE}"
LEAST_POOL: Final = 3
"""Communities that stand together: of two, each could subtract itself and see the other."""
LEAST_MOVE: Final = THRESHOLD + 1
_REST: Final = ""
"""People without a band: nobody is shown them, but they are what is left of the total."""

State: TypeAlias = Literal["alone", "together", "apart"]
"""alone: a group of its own.   together: one of those that stand together.   apart: not published, nor in the whole."""
Cells: TypeAlias = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Face:
    """A table as it is shown: None is hidden."""

    n: int | None
    cells: dict[str, int | None]

    @property
    def hides(self) -> bool:
        """Whether something is hidden."""
        return self.n is None or None in self.cells.values()


@dataclass(frozen=True, slots=True)
class Spread:
    """Changes as they are shown. mean, deviation: to one decimal.   n: people, rounded."""

    n: int
    mean: Fraction
    deviation: Fraction


def is_small(count: int) -> bool:
    """Whether a count is hidden."""
    return 1 <= count <= THRESHOLD


def rounded(count: int) -> int:
    """The nearest 5; half way, which no count is, goes up."""
    return (2 * count + BASE) // (2 * BASE) * BASE


def face_of(n: int, cells: Cells) -> Face:
    """A table of n people by cell, some of whom may be in none.

    Where a cell is hidden another one is too, and both have more than 7 people together: else the rest of the total
    would say how many are in it.
    """
    if is_small(n):
        return Face(None, dict.fromkeys(cells))
    hidden = _hidden({**cells, _REST: n - sum(cells.values())})
    return Face(rounded(n), {key: None if key in hidden else rounded(count) for key, count in cells.items()})


def _hidden(cells: Cells) -> set[str]:
    hidden = {key for key, count in cells.items() if is_small(count)}
    others = sorted((count, key) for key, count in cells.items() if count > THRESHOLD)
    while hidden and others and (len(hidden) < 2 or sum(cells[key] for key in hidden) <= THRESHOLD):  # noqa: PLR2004
        hidden.add(others.pop(0)[1])
    return hidden


def whole_face_of(n: int, cells: Cells) -> Face:
    """A table that is shown wholly or not at all: its rows and columns are totals that are shown elsewhere."""
    face = face_of(n, cells)
    return Face(face.n, dict.fromkeys(cells)) if face.hides else face


def spread_of(changes: Changes | None) -> Spread | None:
    """The changes of a group; None where there are none, or of too few people."""
    if changes is None or changes.n <= THRESHOLD:
        return None
    mean = changes.total / changes.n
    deviation = sqrt((changes.squares - changes.total * mean) / (changes.n - 1))
    return Spread(rounded(changes.n), Fraction(round(mean, 1)), Fraction(round(Fraction(deviation), 1)))


def sum_of_faces(faces: Sequence[Face], cells: Iterable[str]) -> Face:
    """What several groups show together: a cell that one of them hides is hidden."""
    numbers = [face.n for face in faces]
    return Face(
        _sum(numbers),
        {cell: _sum([face.cells[cell] for face in faces]) for cell in cells},
    )


def _sum(numbers: Sequence[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def sum_of_spreads(spreads: Sequence[Spread]) -> Spread | None:
    """The changes of several groups together, made of what each shows."""
    if not spreads:
        return None
    n = sum(one.n for one in spreads)
    mean = sum((one.mean * one.n for one in spreads), Fraction()) / n
    squares = sum(
        (one.deviation**2 * (one.n - 1) + (one.mean - mean) ** 2 * one.n for one in spreads), Fraction()
    )
    return Spread(n, mean, Fraction(sqrt(squares / (n - 1))))


def statistics_of(spread: Spread | None) -> ChangeStatistics | None:
    """The statistics that are shown, to one decimal."""
    if spread is None:
        return None
    mean, deviation = float(spread.mean), float(spread.deviation)
    margin = t_quantile(spread.n - 1) * deviation / sqrt(spread.n)
    effect = round(mean / deviation, 1) if deviation else None
    return ChangeStatistics(round(mean, 1), round(mean - margin, 1), round(mean + margin, 1), effect)


def states_of(before: Mapping[str, State], people: Mapping[str, Sequence[int]]) -> dict[str, State]:
    """Where each place stands. before: those that were published keep their state.   people: of each table of a place.

    Places where nobody was measured have no state. Nobody joins those that stand together once they were published.
    """
    kept = {place: state for place, state in before.items() if state != "apart" and place in people}
    new = {place: numbers for place, numbers in people.items() if place not in kept and any(numbers)}
    alone = [place for place, numbers in new.items() if not any(map(is_small, numbers))]
    few = [place for place in new if place not in alone]
    states: dict[str, State] = {**kept, **dict.fromkeys(alone, "alone")}
    sums = [
        sum(new[place][number] for place in few) for number in range(len(next(iter(people.values()), ())))
    ]
    if "together" in kept.values():
        return states
    enough = len(few) >= LEAST_POOL and not any(map(is_small, sums))
    return {**states, **dict.fromkeys(few, "together" if enough else "apart")}


def moves(state: State | None, *, before: frozenset[int], now: frozenset[int]) -> bool:
    """Whether a place's figures are taken anew. before, now: what each of its people gives, as numbers that differ.

    Every person who was added, left or measured anew is at least in one of the two differences.
    """
    if state in (None, "apart"):
        return before != now
    return max(len(now - before), len(before - now)) >= LEAST_MOVE
