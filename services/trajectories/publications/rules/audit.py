"""What a reader can work out from everything that is shown: proved by an exact solver, one supplier's counts at a time.

A hidden count is safe when four values of it are possible: for each there is a table of whole numbers that fits all
that is shown. Those tables are found by the solver (HiGHS) and checked here in integers, so nothing hangs on its
tolerances. What cannot be proved in time counts as unsafe.
"""

import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from services.trajectories.performance.rules.protection import Range
from services.trajectories.publications.rules.solver import Tables
from services.trajectories.publications.rules.walking import Walk

LEAST = 4
"""As many values of a hidden count stay possible."""
UNBOUNDED = 10**9
_NEAR = 12  # tables farther than this from the true one are not looked for: four values lie nearer
_ROUNDS = 8

Sum: TypeAlias = tuple[int, ...]
"""Variables by index; their sum is what is meant."""


@dataclass(slots=True)
class Problem:
    """Counts and all that readers know of their sums.

    values: the true counts.   equal: pairs of sums that readers know to be equal.   known: what readers know of sums.
    hidden: the sums that must keep their values.
    """

    values: list[int] = field(default_factory=list)
    equal: list[tuple[Sum, Sum]] = field(default_factory=list)
    known: dict[Sum, Range] = field(default_factory=dict)
    hidden: list[Sum] = field(default_factory=list)

    def add(self, value: int) -> int:
        """A count, by its number."""
        self.values.append(value)
        return len(self.values) - 1

    def total(self, parts: Sum, values: Sequence[int] | None = None) -> int:
        """A sum."""
        given = self.values if values is None else values
        return sum(given[one] for one in parts)

    def fits(self, values: Sequence[int]) -> bool:
        """Whether a table of counts is possible for all that is known."""
        return (
            min(values, default=0) >= 0
            and all(
                known.low <= self.total(parts, values) <= known.high for parts, known in self.known.items()
            )
            and all(self.total(left, values) == self.total(right, values) for left, right in self.equal)
        )


class Witnesses(defaultdict[Sum, set[int]]):
    """The values found possible for each hidden sum. They stay so when less is shown."""

    def __init__(self) -> None:
        super().__init__(set)

    def take(self, problem: Problem, values: Sequence[int]) -> None:
        """Keep what a table proves, if it fits all that is known."""
        if problem.fits(values):
            for parts in problem.hidden:
                self[parts].add(problem.total(parts, values))

    def walk(self, problem: Problem) -> None:
        """Keep what tables near the true one prove."""
        Walk(problem).gather(self, LEAST)


class Auditor:
    """Looks for the hidden sums of a problem that are not proved safe."""

    def __init__(self, problem: Problem, *, deadline: float, witnesses: Witnesses) -> None:
        """deadline: on this thread's clock, which runs while it works; what is not proved by then is unsafe."""
        self._problem = problem
        self._deadline = deadline
        self._witnesses = witnesses
        self._random = random.Random(len(problem.values))  # noqa: S311 -- the same search for the same problem
        self._made: _Model | None = None

    def unsafe(self) -> list[Sum]:
        """The hidden sums of which a reader may have fewer values left, as far as was looked."""
        self._take(self._problem.values)
        self._witnesses.walk(self._problem)
        for _ in range(_ROUNDS):
            still = self._open()
            if not still or time.thread_time() > self._deadline:
                return still
            self._take(self._model.least({parts: self._random.choice((-1, 1)) for parts in still}))
        return self._open()

    def _open(self) -> list[Sum]:
        return [parts for parts in self._problem.hidden if len(self._witnesses[parts]) < LEAST]

    @property
    def _model(self) -> "_Model":
        self._made = self._made or _Model(self._problem, self._deadline)
        return self._made

    def _take(self, values: Sequence[int] | None) -> None:
        if values is not None:
            self._witnesses.take(self._problem, values)


class _Model:
    """A problem as the solver has it."""

    def __init__(self, problem: Problem, deadline: float) -> None:
        self._problem = problem
        self._count = len(problem.values)
        self._deadline = deadline
        lows = [max(0, value - _NEAR) for value in problem.values]
        highs = [value + _NEAR for value in problem.values]
        self._tables = Tables(lows, highs)
        for parts, known in problem.known.items():
            high = None if known.high >= UNBOUNDED else known.high
            self._tables.add(dict.fromkeys(parts, 1), known.low, high)
        for left, right in problem.equal:
            weights = {one: left.count(one) - right.count(one) for one in {*left, *right}}
            self._tables.add(weights, 0, 0)

    def least(self, signs: dict[Sum, int]) -> list[int] | None:
        """A table with the least weighted sum; None where there is none, or not in time."""
        costs = [0.0] * self._count
        for parts, sign in signs.items():
            for one in parts:
                costs[one] += sign
        found = self._tables.nearly(costs, deadline=self._deadline)
        if found is not None and self._problem.fits(found):
            return found
        return self._tables.farthest(costs, deadline=self._deadline)


Step: TypeAlias = tuple[int, Range]
"""What it costs to tell less of a sum, and what is still known of it then."""


Offer: TypeAlias = tuple[int, list[Sum], list[int]]
"""What a value costs, of what less must be told, once for each step, and a table with it."""


class Relief:
    """Looks for the cheapest knowledge to take back, so that one more value of a hidden sum becomes possible.

    soft: sums of which less may be told, with the steps in which it may.
    """

    def __init__(self, problem: Problem, soft: Mapping[Sum, Sequence[Step]], deadline: float) -> None:
        self._problem = problem
        self._deadline = deadline
        self._count = count = len(problem.values)
        self._switches = [parts for parts, steps in soft.items() for _ in steps]
        lows = [max(0, value - _NEAR) for value in problem.values] + [0] * len(self._switches)
        highs = [value + _NEAR for value in problem.values] + [1] * len(self._switches)
        self._tables = Tables(lows, highs)
        switch = count
        for parts, known in problem.known.items():
            if parts not in soft:
                self._demand(parts, known, [])
        for parts, steps in soft.items():
            self._demand(parts, problem.known[parts], list(enumerate((left for _, left in steps), switch)))
            switch += len(steps)
        for left, right in problem.equal:
            weights = {one: left.count(one) - right.count(one) for one in {*left, *right}}
            self._tables.add(weights, 0, 0)
        self._costs = [0.0] * count + [float(cost) for steps in soft.values() for cost, _ in steps]

    def _demand(self, parts: Sum, known: Range, steps: Sequence[tuple[int, Range]]) -> None:
        """Demand what is known of a sum; each switch that is on lets go of a step of it."""
        lower = upper = dict.fromkeys(parts, 1)
        low, high = known
        most = self._problem.total(parts) + _NEAR * len(parts)
        for switch, left in steps:
            lower = {**lower, switch: low - left.low}
            upper = {**upper, switch: high - min(left.high, max(most, high))}
            low, high = left.low, min(left.high, max(most, high))
        self._tables.add(lower, known.low, None)
        if known.high < UNBOUNDED:
            self._tables.add(upper, None, known.high)

    def cheapest(self, parts: Sum, value: int) -> Offer | None:
        """What it costs for a sum to have a value; None where nothing helps."""
        row = self._tables.add(dict.fromkeys(parts, 1), value, value)
        try:
            found = self._tables.farthest(self._costs, deadline=self._deadline)
        finally:
            self._tables.drop(row)
        if found is None:
            return None
        switches = found[self._count :]
        cost = sum(cost for cost, on in zip(self._costs[self._count :], switches, strict=True) if on)
        given_up = [one for one, on in zip(self._switches, switches, strict=True) if on]
        return round(cost), given_up, found[: self._count]
