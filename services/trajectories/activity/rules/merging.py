"""What a file changes of what stands: a month of a practice is replaced whole, and others that count to the same place stay.

Several practices may be filed under one place: those outside the system, and one with those that it carries on. What each
of them gave is known as a *part* of its place; the place's own is its cell without its parts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from services.trajectories.activity.rules.kinds import Line

Pair = tuple[int, int | None]
"""A numerator and a denominator."""
Lines = dict[str, Pair]
"""The figures of a place and month by breakdown, `` for none."""


class Slot(NamedTuple):
    """What a file replaces: a measure in a month at a place. month: its number."""

    measure: str
    month: int
    place: str


Parts = dict[Slot, dict[str, Lines]]
"""By slot and code as it was sent."""


def given(lines: Iterable[Line]) -> Parts:
    """The lines of a file by slot and practice."""
    found: Parts = defaultdict(dict)
    for line in lines:
        of_practice = found[Slot(line.measure, line.month, line.place)].setdefault(line.sent, {})
        of_practice[line.key] = (line.numerator, line.denominator)
    return dict(found)


def merged(sent: Parts, standing: Mapping[Slot, Lines], parts: Parts) -> dict[Slot, Lines]:
    """What each slot is to say now. standing, parts: of the same slots, as they were."""
    found = {}
    for slot, by_practice in sent.items():
        kept = {code: lines for code, lines in parts.get(slot, {}).items() if code not in by_practice}
        own = (
            {}
            if slot.place in by_practice
            else _without(standing.get(slot, {}), parts.get(slot, {}).values())
        )
        found[slot] = _added([own, *kept.values(), *by_practice.values()])
    return found


def _added(several: Iterable[Lines]) -> Lines:
    total: Lines = {}
    for lines in several:
        for key, pair in lines.items():
            total[key] = (
                pair if key not in total else (total[key][0] + pair[0], _plus(total[key][1], pair[1], 1))
            )
    return total


def _without(whole: Lines, parts: Iterable[Lines]) -> Lines:
    rest = dict(whole)
    for lines in parts:
        for key, pair in lines.items():
            if key in rest:
                rest[key] = (rest[key][0] - pair[0], _plus(rest[key][1], pair[1], -1))
    return {key: pair for key, pair in rest.items() if pair[0] or pair[1]}


def _plus(one: int | None, other: int | None, sign: int) -> int | None:
    return None if one is None or other is None else one + sign * other


def total_of(lines: Lines) -> int:
    """The total of a slot: its plain line and those by age."""
    return sum(pair[0] for key, pair in lines.items() if not key or key.startswith("age="))
