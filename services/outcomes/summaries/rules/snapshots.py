"""What is taken of a quarter for publication, place by place, and what is shown of it. Pure."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, NamedTuple

from services.outcomes.instruments.declarations import Instrument
from services.outcomes.summaries.rules.pairs import Changes, ChangeStatistics
from services.outcomes.summaries.rules.protection import (
    Face,
    Spread,
    State,
    face_of,
    moves,
    spread_of,
    states_of,
    statistics_of,
    sum_of_faces,
    sum_of_spreads,
    whole_face_of,
)
from services.outcomes.summaries.rules.tables import First, Pair, bands_of, distribution, paired

CHANGED: Final = ("improved", "same", "worse")
_BYTES: Final = 6
"""Of a person's number: few enough for every JSON reader, and one in a million quarters has two alike."""


class Person(NamedTuple):
    """One person of a quarter. ids: of the measurements that make the group's content."""

    person: str
    place: str
    ids: tuple[str, ...]
    group: First | Pair


@dataclass(frozen=True, slots=True)
class Taken:
    """One part of a quarter at one place.

    n, bands: people by band.   pairs, changed, matrix, changes: of pairs, empty for firsts; matrix by "low>high".
    """

    people: frozenset[int] = frozenset()
    n: int = 0
    bands: Mapping[str, int] = field(default_factory=dict)
    pairs: int = 0
    changed: Mapping[str, int] = field(default_factory=dict)
    matrix: Mapping[str, int] = field(default_factory=dict)
    changes: Changes | None = None

    def to_json(self) -> dict[str, Any]:
        """The figures as they are kept."""
        changes = self.changes
        return {
            "n": self.n,
            "bands": dict(self.bands),
            "pairs": self.pairs,
            "changed": dict(self.changed),
            "matrix": dict(self.matrix),
            "changes": None if changes is None else [changes.n, str(changes.total), str(changes.squares)],
        }

    @classmethod
    def of_json(cls, people: Iterable[int], counts: Mapping[str, Any]) -> "Taken":
        """The figures as they were kept."""
        changes = counts["changes"]
        known = None if changes is None else Changes(changes[0], Fraction(changes[1]), Fraction(changes[2]))
        return cls(frozenset(people), **{**counts, "changes": known})


@dataclass(frozen=True, slots=True)
class Placed:
    """A place's figures and where it stands. fresh: whether they are to be kept anew."""

    state: State
    taken: Taken
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a part. pairs: their number alone, its cells are those of `changed`."""

    people: Face
    changed: Face
    matrix: Face
    statistics: ChangeStatistics | None


def taken_of(people: Iterable[Person], instrument: Instrument) -> dict[str, Taken]:
    """What each place has of a part of a quarter."""
    by_place: dict[str, list[Person]] = defaultdict(list)
    for one in people:
        by_place[one.place].append(one)
    return {place: _taken(own, instrument) for place, own in by_place.items()}


def _taken(people: Sequence[Person], instrument: Instrument) -> Taken:
    bands, groups = bands_of(instrument), [one.group for one in people]
    total = distribution(groups, bands)
    numbers = frozenset(map(_number, people))
    pairs = [group for group in groups if isinstance(group, Pair)]
    if not pairs:
        return Taken(numbers, total.n, total.bands)
    found = paired(pairs, bands, instrument, instrument.default_threshold)
    changed = (
        {}
        if found.improved is None
        else dict(zip(CHANGED, (found.improved, found.same or 0, found.worse or 0), strict=True))
    )
    matrix = {f"{first}>{later}": n for first, row in found.matrix.items() for later, n in row.items()}
    return Taken(numbers, total.n, total.bands, found.n, changed, matrix, found.changes)


def _number(person: Person) -> int:
    text = "|".join((person.person, *person.ids))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=_BYTES).digest())


def placed(before: Mapping[str, Placed], now: Mapping[str, Taken]) -> dict[str, Placed]:
    """Every place's figures, taken anew where they may be, and where it stands.

    before: as it was published.   now: as it is.
    """
    figures: dict[str, Taken] = {}
    for place in before.keys() | now.keys():
        old, new = before.get(place), now.get(place, Taken())
        people = frozenset() if old is None else old.taken.people
        fresh = moves(None if old is None else old.state, before=people, now=new.people)
        figures[place] = new if old is None or fresh else old.taken
    states = states_of(
        {place: one.state for place, one in before.items()},
        {place: (one.n, one.pairs) for place, one in figures.items()},
    )
    return {
        place: Placed(
            state,
            figures[place],
            place not in before or before[place] != Placed(state, figures[place]),
        )
        for place, state in states.items()
    }


def shown_at(places: Mapping[str, Placed], place: str, instrument: Instrument) -> Shown:
    """What is shown of one place."""
    found = places.get(place)
    if found is None:
        return _group([], instrument)
    return _group([found.taken], instrument) if found.state == "alone" else _nothing(instrument)


def shown_of_whole(places: Mapping[str, Placed], instrument: Instrument) -> Shown:
    """What is shown of all places together: nothing, while some stand apart."""
    if any(one.state == "apart" for one in places.values()):
        return _nothing(instrument)
    groups = [[one.taken] for one in places.values() if one.state == "alone"]
    if together := [one.taken for one in places.values() if one.state == "together"]:
        groups.append(together)
    return _sum([_faces(group, instrument) for group in groups], instrument)


class _Faces(NamedTuple):
    people: Face
    changed: Face
    matrix: Face
    spread: Spread | None
    scored: bool


def _faces(group: Sequence[Taken], instrument: Instrument) -> _Faces:
    """What a group of people shows, whose places are told of together."""
    pairs = sum(one.pairs for one in group)
    changes = [one.changes for one in group if one.changes is not None]
    total = Changes(
        sum(one.n for one in changes),
        sum((one.total for one in changes), Fraction()),
        sum((one.squares for one in changes), Fraction()),
    )
    return _Faces(
        face_of(sum(one.n for one in group), _added([one.bands for one in group], bands_of(instrument))),
        face_of(pairs, _added([one.changed for one in group], CHANGED)),
        whole_face_of(pairs, _added([one.matrix for one in group], _cells(instrument))),
        spread_of(total),
        total.n > 0,
    )


def _added(tables: Sequence[Mapping[str, int]], cells: Iterable[str]) -> dict[str, int]:
    return {cell: sum(one.get(cell, 0) for one in tables) for cell in cells}


def _cells(instrument: Instrument) -> list[str]:
    bands = bands_of(instrument)
    return [f"{first}>{later}" for first in bands for later in bands]


def _group(group: Sequence[Taken], instrument: Instrument) -> Shown:
    return _sum([_faces(group, instrument)], instrument)


def _sum(faces: Sequence[_Faces], instrument: Instrument) -> Shown:
    spreads = [one.spread for one in faces if one.spread is not None]
    complete = len(spreads) == sum(one.scored for one in faces)
    return Shown(
        sum_of_faces([one.people for one in faces], bands_of(instrument)),
        sum_of_faces([one.changed for one in faces], CHANGED),
        sum_of_faces([one.matrix for one in faces], _cells(instrument)),
        statistics_of(sum_of_spreads(spreads)) if complete else None,
    )


def _nothing(instrument: Instrument) -> Shown:
    return Shown(
        Face(None, dict.fromkeys(bands_of(instrument))),
        Face(None, dict.fromkeys(CHANGED)),
        Face(None, dict.fromkeys(_cells(instrument))),
        None,
    )
