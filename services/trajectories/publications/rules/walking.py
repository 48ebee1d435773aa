"""Tables of counts found by walking from one to the next: cheap, and enough for nearly every hidden count.

A step changes one count by 1 and mends what it breaks, one sum after another. Whatever it finds fits all that is known, as
every step is checked in integers; what it does not find is left to the solver.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.trajectories.publications.rules.audit import Problem, Sum

_ROUNDS = 60
_MOST_CHANGES = 24
_AFRESH = 8  # rounds after which a walk begins at the true counts again


class Walk:
    """The tables within reach of the true one."""

    def __init__(self, problem: "Problem") -> None:
        self._problem = problem
        self._random = random.Random(len(problem.values))  # noqa: S311 -- the same walk for the same problem
        self._values = list(problem.values)
        self._equal = [_weights(left, right) for left, right in problem.equal]
        self._known = list(problem.known.items())
        self._hidden = list(problem.hidden)
        self._equal_of = _by_count(self._equal)
        self._known_of = _by_count([parts for parts, _ in self._known])
        self._hidden_of = _by_count(self._hidden)
        self._begin()

    def _begin(self) -> None:
        """Back to the true counts."""
        self._values = list(self._problem.values)
        self._totals = [self._problem.total(parts) for parts, _ in self._known]
        self._sums = [self._problem.total(parts) for parts in self._hidden]

    def gather(self, witnesses: "Mapping[Sum, set[int]]", least: int) -> None:
        """Walk until each hidden sum was met with enough values, in so many rounds of a step for each that was not."""
        for turn in range(_ROUNDS):
            wanted = [parts for parts in self._hidden if len(witnesses[parts]) < least]
            if not wanted:
                return
            if turn % _AFRESH == 0:
                self._begin()
            for parts in wanted:
                changes = self._step(self._random.choice(parts), self._random.choice((-1, 1)))
                for place in self._take(changes):
                    witnesses[self._hidden[place]].add(self._sums[place])

    def _step(self, start: int, by: int) -> dict[int, int]:
        """Changes of counts that keep all equal sums equal; nothing where there was no way on."""
        changes: dict[int, int] = {}
        broken: dict[int, int] = defaultdict(int)
        one, change = start, by
        while True:
            if one in changes or self._values[one] + change < 0 or len(changes) == _MOST_CHANGES:
                return {}
            changes[one] = change
            for row in self._equal_of[one]:
                broken[row] += self._equal[row][one] * change
                if not broken[row]:
                    del broken[row]
            if not broken:
                return changes
            row = next(iter(broken))
            free = [other for other in self._equal[row] if other not in changes]
            if not free:
                return {}
            one = free[int(self._random.random() * len(free))]
            change = -broken[row] * self._equal[row][one]

    def _take(self, changes: Mapping[int, int]) -> set[int]:
        """Make changes, if the table that comes of them fits; the places of the hidden sums that changed."""
        by_row: dict[int, int] = defaultdict(int)
        for one, change in changes.items():
            for row in self._known_of[one]:
                by_row[row] += change
        for row, change in by_row.items():
            known = self._known[row][1]
            if change and not known.low <= self._totals[row] + change <= known.high:
                return set()
        for row, change in by_row.items():
            self._totals[row] += change
        met: set[int] = set()
        for one, change in changes.items():
            self._values[one] += change
            for place in self._hidden_of[one]:
                self._sums[place] += change
                met.add(place)
        return met


def _weights(left: "Sum", right: "Sum") -> dict[int, int]:
    """How often each count is in the one sum more than in the other."""
    weights = {one: left.count(one) - right.count(one) for one in (*left, *right)}
    return {one: weight for one, weight in weights.items() if weight}


def _by_count(rows: "Sequence[Mapping[int, int] | Sum]") -> "defaultdict[int, list[int]]":
    """In which rows each count is."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        for one in row:
            found[one].append(number)
    return found
