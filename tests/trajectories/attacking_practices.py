"""An attacker of one practice's counts, which are never published: who knows all of its neighbours, and so what it adds to every sum.

It is told which sums show the class of a practice's count, and which the larger one; what the classes are it knows by itself.
"""

import random
from itertools import chain
from typing import Any

from services.trajectories.publications.rules.making import FamilyCut
from tests.trajectories.attacking import Attacker, Found, cuts_of
from tests.trajectories.quarters import MONTHS, QUARTER, Atom, Quarter, Table, Target, restate

PRACTICES = ("A82025", "A82026", "A82027")


def attack_practices(seed: int, target: Target, *, resends: int) -> Found:
    """Invent a quarter of practices, of `small_target`, have some of it sent again, cut it each time, and attack each practice over all cuts."""
    chance = random.Random(seed)
    counts: dict[Atom, int] = {}
    (table,) = target.tables
    for practice in PRACTICES:
        most = chance.choice((2, 4, 8, 20))
        for month in MONTHS:
            counts |= {(table.key, practice, month, value): chance.randint(0, most) for value in table.values}
    quarters = [Quarter(counts, dict.fromkeys(PRACTICES, "activity"), target.tables)]
    for _ in range(resends):
        quarters.append(restate(chance, quarters[-1]))
    cuts = cuts_of(target, quarters)
    found = Found(quarters=1)
    for practice in PRACTICES:
        one = PracticeAttacker(practice, quarters, cuts).attack()
        found.hidden += one.hidden
        found.narrowed += one.narrowed
    found.count(cuts)
    return found


class PracticeAttacker(Attacker):
    """Knows the class of every sum of one practice that shows it, and which of its counts did not change."""

    def __init__(self, practice: str, quarters: list[Quarter], cuts: list[FamilyCut]) -> None:
        self._practice = practice
        self._before: dict[tuple[str, int], list[int]] = {}
        super().__init__(quarters, cuts, own=None)

    def _read(self, quarter: Quarter, cut: FamilyCut) -> None:
        numbers = {
            atom: self._number(atom, count)
            for atom, count in quarter.counts.items()
            if atom[1] == self._practice
        }
        (table,) = quarter.tables
        for (party, _), states in cut.states.items():
            if party.partition("|")[0] == f"practice:{self._practice}":
                self._read_state(states[-1], numbers, table)

    def _read_state(self, state: dict[str, Any], numbers: dict[Atom, int], table: Table) -> None:
        leaves = [self._atoms(name, numbers, table) for name in state["leaves"]]
        for name, atoms in zip(state["leaves"], leaves, strict=True):
            self._same_as_before(name, atoms)
        shown, coarse = (set(map(tuple, state[name])) for name in ("shown", "coarse"))
        for parts in map(tuple, state["sums"]):
            counted = sorted(chain.from_iterable(leaves[one] for one in parts))
            total = sum(self._true[one] for one in counted)
            if total:
                self._hidden.setdefault(tuple(counted), [state["leaves"][one] for one in parts])
            if parts in shown or (len(parts) == 1 and parts[0] not in state["closed"]):
                low, high = larger_class(total) if parts in coarse else class_of(total)
                self._rows.append((dict.fromkeys(counted, 1), low, high))

    def _atoms(self, name: str, numbers: dict[Atom, int], table: Table) -> list[int]:
        """The counts that one leaf adds up."""
        series, measure, _, period, part = name.split("|")
        months = [month for month in MONTHS if period in {str(month), QUARTER}]
        values = set(table.values)
        if part:
            values = {part.partition("=")[2]}
        elif counted := table.rates.get(measure):
            values = {counted} if series == "numerator" else values - {counted}
        return [
            numbers[table.key, self._practice, month, value] for month in months for value in sorted(values)
        ]

    def _same_as_before(self, name: str, atoms: list[int]) -> None:
        """A count that is as large as it was is known to be the same."""
        key = name, sum(self._true[one] for one in atoms)
        before = self._before.setdefault(key, atoms)
        weights = {one: (one in before) - (one in atoms) for one in {*before, *atoms}}
        if any(weights.values()):
            self._rows.append(({one: by for one, by in weights.items() if by}, 0, 0))


def class_of(count: int) -> tuple[int, int]:
    """0; 1 to 4, 5 to 8, 9 to 12; from 13 on by fives."""
    if count == 0:
        return 0, 0
    size, first = (4, 1) if count < 13 else (5, 13)
    low = first + (count - first) // size * size
    return low, low + size - 1


def larger_class(count: int) -> tuple[int, int]:
    """0 to 8, 9 to 17; from 18 on by tens."""
    size, first = (9, 0) if count < 18 else (10, 18)
    low = first + (count - first) // size * size
    return low, low + size - 1
