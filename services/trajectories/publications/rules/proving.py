"""Taking back what is shown of one party's quarter until no hidden count can be worked out, now or as it was before."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.trajectories.performance.rules.protection import Policy, Range
from services.trajectories.publications.rules.audit import (
    LEAST,
    UNBOUNDED,
    Auditor,
    Offer,
    Problem,
    Relief,
    Step,
    Sum,
    Witnesses,
)
from services.trajectories.publications.rules.faces import coarse_class, practice_class, supplied
from services.trajectories.publications.rules.leaves import Leaf

SECONDS = 15.0
"""Of a core, for proving one party's quarter; what is not proved then is not published."""
MOST_STATES = 12
"""Figures that were restated more often than this show sums of leaves only."""
_MOST_REPAIRS = 20
# What is lost with a sum: nothing where its leaves show it too, the true rounding of larger sums, half of what a practice adds to them, a sum of small counts,
# a 0, a value of a breakdown or of a rate, the total of a month. A count that is small is worth less: only larger sums show it.
_SPARE, _EXACT, _COARSE, _SUM, _NOTHING, _LEAF, _LEAF_TOTAL = 2, 3, 4, 10, 50, 60, 150


@dataclass(frozen=True, slots=True)
class Terms:
    """How a party's quarter is decided.

    practice: whose counts are never shown themselves.   whole: whether they come as a return, or their time is over, so that
    sums may show themselves.   derived: keys of rates made of other measures.   open_leaves: those that may be shown at all.
    rates: the numerators of rates, with all sums that are shown with them or not at all.
    """

    policy: Policy
    practice: bool
    whole: bool
    derived: frozenset[str]
    open_leaves: frozenset[Leaf]
    rates: Mapping[Sum, set[Sum]]


@dataclass(slots=True)
class State:
    """What one cut discloses of a quarter: counts by number, and what readers know of their sums.

    ties: pairs of sums that are equal.   shown: sums of several leaves that show themselves.   exact: leaves that are taken for known exactly.
    closed: leaves that are not shown.   silent: sums of which not even it is told that they are small.
    coarse: sums of a practice that show the larger class.   cells: the facts it was made of, kept of the newest state only.
    refused: what was to be shown after it and was not proved safe.
    """

    leaves: list[str]
    values: list[int]
    sums: list[Sum]
    ties: list[tuple[Sum, ...]]
    policy: str
    shown: list[Sum] = field(default_factory=list)
    exact: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    silent: list[Sum] = field(default_factory=list)
    coarse: list[Sum] = field(default_factory=list)
    known: list[tuple[Sum, int, int]] = field(default_factory=list)
    hidden: list[Sum] = field(default_factory=list)
    cells: list[Any] = field(default_factory=list)
    refused: str = ""

    def says_the_same(self, other: "State") -> bool:
        """Whether another state is of the same counts and sums."""
        return (self.leaves, self.values, self.sums, self.policy) == (
            other.leaves,
            other.values,
            other.sums,
            other.policy,
        )

    @property
    def digest(self) -> str:
        """A digest of the counts and sums."""
        told = [self.leaves, self.values, self.sums, self.policy]
        return hashlib.blake2b(orjson.dumps(told), digest_size=16).hexdigest()

    def stored(self) -> dict[str, Any]:
        """The state as it is kept."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "State":
        """A state that was kept."""
        state = cls(**stored)
        state.sums = [tuple(one) for one in state.sums]
        state.shown = [tuple(one) for one in state.shown]
        state.silent = [tuple(one) for one in state.silent]
        state.coarse = [tuple(one) for one in state.coarse]
        state.hidden = [tuple(one) for one in state.hidden]
        state.ties = [tuple(tuple(side) for side in tie) for tie in state.ties]
        state.known = [(tuple(parts), low, high) for parts, low, high in state.known]
        return state


class Proof:
    """Closes and takes back sums of the present state until no hidden count is unsafe, now or as it was before."""

    def __init__(
        self,
        order: Sequence[Leaf],
        now: State,
        earlier: Sequence[State],
        *,
        terms: Terms,
    ) -> None:
        """order: the leaves by number.   now: decided in place.   earlier: what was disclosed before."""
        self._policy, self._practice, self._derived = terms.policy, terms.practice, terms.derived
        self._now, self._rates = now, terms.rates
        self._order = order
        self._numbers = {leaf: number for number, leaf in enumerate(order)}
        self._deadline = 0.0
        self._problem = Problem()
        self._versions: dict[tuple[str, int], int] = {}
        for state in earlier:
            self._add_state(state)
        self._columns = self._columns_of(now)
        self._problem.equal = list(dict.fromkeys(self._problem.equal))
        self._before = dict(self._problem.known)
        self._hidden_before = list(self._problem.hidden)
        whole = terms.whole and len(earlier) < MOST_STATES
        single = {parts for parts in now.sums if len(parts) == 1}
        leaves = {parts for parts in single if order[parts[0]] in terms.open_leaves}
        # A sum of nothing shows what its leaves do; so does whatever may not show itself.
        sums = {parts for parts in now.sums if whole and any(now.values[one] for one in parts)}
        self._open = leaves | (sums - single)
        self._single = single
        self._silent: set[Sum] = set()
        self._coarse: set[Sum] = set()
        self._exact = {one for (one,) in leaves if whole and not self._practice and self._is_total(one)}
        self._often = len(earlier) >= MOST_STATES

    def _is_total(self, number: int) -> bool:
        """Whether a leaf is the total of a month, and not small."""
        leaf, count = self._order[number], self._now.values[number]
        plain = leaf.series == "numerator" and not leaf.part and leaf.measure not in self._derived
        return plain and not self._policy.hides(count)

    def run(self) -> bool:
        """Decide; False where it was not proved that nothing hidden is given away."""
        proved = not self._often and self._settle()
        if not proved and self._practice:
            self._coarse = set(self._open)
            proved = self._settle()
        if not proved and (self._often or not self._before):
            self._give_up()
            proved = self._settle()
        self._write()
        return proved

    def withhold(self) -> None:
        """Show nothing at all, so that nothing is known but what adds up: with any table all its multiples are possible."""
        self._now.known = []
        self._now.hidden = [parts for parts in self._now.sums if any(self._now.values[one] for one in parts)]
        self._now.shown, self._now.exact, self._now.silent, self._now.coarse = [], [], [], []
        self._now.closed = list(range(len(self._now.leaves)))

    def _settle(self) -> bool:
        """Take back what gives something away until nothing does; whether that was proved, in time."""
        witnesses = Witnesses()
        self._deadline = time.thread_time() + SECONDS
        for _ in range(_MOST_REPAIRS):
            self._describe()
            unsafe = Auditor(self._problem, deadline=self._deadline, witnesses=witnesses).unsafe()
            if not unsafe:
                return True
            if not self._repair(unsafe, witnesses) or time.thread_time() > self._deadline:
                return False
        return False

    def _columns_of(self, state: State) -> list[int]:
        """The variables of a state's counts, one for each value that a count ever had, and their ties."""
        columns = [self._column(leaf, value) for leaf, value in zip(state.leaves, state.values, strict=True)]
        for left, right in state.ties:
            self._problem.equal.append(
                (tuple(columns[one] for one in left), tuple(columns[one] for one in right))
            )
        return columns

    def _column(self, leaf: str, value: int) -> int:
        key = (leaf, value)
        if key not in self._versions:
            self._versions[key] = self._problem.add(value)
        return self._versions[key]

    def _add_state(self, state: State) -> None:
        columns = self._columns_of(state)
        for parts, low, high in state.known:
            self._know(tuple(sorted(columns[one] for one in parts)), low, high)
        self._problem.hidden += [tuple(sorted(columns[one] for one in parts)) for parts in state.hidden]

    def _know(self, parts: Sum, low: int, high: int) -> None:
        before = self._problem.known.get(parts, Range(0, UNBOUNDED))
        self._problem.known[parts] = Range(max(low, before.low), min(high, before.high))

    def _parts(self, numbers: Sum) -> Sum:
        return tuple(sorted(self._columns[one] for one in numbers))

    def _describe(self) -> None:
        """Put into the problem what the present state would disclose."""
        self._problem.known = dict(self._before)
        self._problem.hidden = list(self._hidden_before)
        self._now.known, self._now.hidden = [], []
        for numbers in self._now.sums:
            known, hidden = self._disclosed(numbers)
            if known is not None:
                self._now.known.append((numbers, *known))
                self._know(self._parts(numbers), *known)
            if hidden or self._is_of_hidden_rate(numbers):
                self._now.hidden.append(numbers)
                self._problem.hidden.append(self._parts(numbers))
        self._problem.hidden = list(dict.fromkeys(self._problem.hidden))

    def _disclosed(self, numbers: Sum) -> tuple[Range | None, bool]:
        """What everybody knows of a sum, and whether it is hidden. Which are hidden for being small is taken for known."""
        count = self._total(numbers)
        closed = any((one,) in self._single and (one,) not in self._open for one in numbers)
        if self._practice:
            # A practice's counts are not published, so all of them must keep their values.
            return self._known_of_practice(numbers, count), count > 0
        if all(self._order[one].series == "rest" for one in numbers):
            # Of several months they are nobody's figure; of one they are as good as a count.
            few = self._policy.hides(count) and len(numbers) == 1
            return None if closed else self._known_of_rest(numbers, count), few
        if self._policy.hides(count):
            # Where something is closed whatever its count is, nobody knows what is small.
            told = numbers not in self._silent and (numbers in self._open or not closed)
            return Range(1, self._policy.threshold) if told else None, True
        if len(numbers) == 1 and numbers[0] in self._exact:
            return Range(count, count), False
        if numbers in self._open:
            return self._policy.shown_as_same(count), False
        return None, count > 0 and not self._shows_by_leaves(numbers)

    def _known_of_practice(self, numbers: Sum, count: int) -> Range | None:
        if numbers not in self._open:
            return None
        return (coarse_class if numbers in self._coarse else practice_class)(self._policy, count)

    def _is_of_hidden_rate(self, numbers: Sum) -> bool:
        """Whether a sum is the numerator of a rate that is not shown, be it because of what it divides by."""
        together = self._rates.get(numbers, ())
        return self._total(numbers) > 0 and not all(map(self._is_shown, together))

    def _is_shown(self, numbers: Sum) -> bool:
        known_exactly = all(one in self._exact for one in numbers)
        return not self._policy.hides(self._total(numbers)) and (
            known_exactly or numbers in self._open or self._shows_by_leaves(numbers)
        )

    def _total(self, numbers: Sum) -> int:
        return sum(self._now.values[one] for one in numbers)

    def _known_of_rest(self, numbers: Sum, count: int) -> Range | None:
        """Those who are left are never shown. Beside enough who count, readers know whether they are few."""
        beside = [self._numbers.get(self._order[one]._replace(series="numerator")) for one in numbers]
        if self._policy.hides(sum(self._now.values[one] for one in beside if one is not None)):
            return None
        if count == 0:
            return Range(0, 0)
        few, many = Range(1, self._policy.threshold), Range(self._policy.threshold + 1, UNBOUNDED)
        return few if self._policy.hides(count) else many

    def _shows_by_leaves(self, numbers: Sum) -> bool:
        """Whether the faces of its leaves prove a sum large enough."""
        closed = any((one,) in self._single and (one,) not in self._open for one in numbers)
        lows = (supplied(self._policy, self._now.values[one]).low for one in numbers)
        return not closed and sum(lows) > self._policy.threshold

    def _repair(self, unsafe: Sequence[Sum], witnesses: Witnesses) -> bool:
        """Take back what it costs least to, for each unsafe count; False when nothing helped."""
        helped, relief = False, self._relief()
        for parts in unsafe:
            # That each hidden count is 1 at least, and its sum 7 at most, may say enough without anything shown.
            while len(witnesses[parts]) < LEAST:
                offer = self._offer(relief, parts, witnesses[parts])
                if offer is None:
                    break
                _, given_up, table = offer
                helped = True
                if given_up:
                    self._take_back(given_up)
                    self._describe()
                    relief = self._relief()
                known = len(witnesses[parts])
                witnesses.take(self._problem, table)
                if len(witnesses[parts]) == known:
                    break
        return helped

    def _relief(self) -> Relief:
        soft = {
            columns: steps
            for numbers in self._candidates()
            if (steps := self._steps_left(columns := self._parts(numbers), numbers))
        }
        return Relief(self._problem, soft, self._deadline)

    def _offer(self, relief: Relief, parts: Sum, found: set[int]) -> Offer | None:
        """The cheapest that makes one more value of a hidden sum possible, the nearest first; None where nothing does."""
        true = self._problem.total(parts)
        for near in ((1, -1, 2, -2), (3, -3)):
            offers = []
            for by in near:
                value = true + by
                if value in found or value < 0:
                    continue
                offer = relief.cheapest(parts, value)
                if offer is not None and not offer[0]:
                    return offer
                offers += [] if offer is None else [offer]
            if offers:
                return min(offers)
        return None

    def _take_back(self, given_up: Sequence[Sum]) -> None:
        """Tell less of sums, once for each step."""
        numbers_of = {self._parts(numbers): numbers for numbers in self._candidates()}
        for columns in given_up:
            self._tell_less(numbers_of[columns])

    def _tell_less(self, numbers: Sum) -> None:
        """Of a practice's sum the larger class, of a count that is known exactly its rounding, or else nothing."""
        if self._practice and numbers not in self._coarse:
            self._coarse.add(numbers)
        elif len(numbers) == 1 and numbers[0] in self._exact:
            self._exact.discard(numbers[0])
        else:
            self._open.discard(numbers)
            if len(numbers) > 1 and not self._practice and self._policy.hides(self._total(numbers)):
                self._silent.add(numbers)

    def _steps_left(self, columns: Sum, numbers: Sum) -> list[Step]:
        """The steps in which less may be told of a sum than now: never less than was told before."""
        now = self._problem.known[columns]
        before = self._before.get(columns, Range(0, UNBOUNDED))
        steps = []
        for cost, left in self._steps(numbers):
            still = Range(max(left.low, before.low), min(left.high, before.high))
            if still != now:
                steps.append((cost, still))
                now = still
        return steps

    def _steps(self, numbers: Sum) -> list[Step]:
        """In which steps less may be told of a sum: what each costs, and what is still known then."""
        nothing = Range(0, UNBOUNDED)
        if self._practice:
            coarse = coarse_class(self._policy, self._total(numbers))
            larger = [] if numbers in self._coarse else [(_COARSE, coarse)]
            return [*larger, (_SUM if len(numbers) > 1 else _LEAF_TOTAL, nothing)]
        if len(numbers) > 1:
            return [(_SPARE if self._shows_by_leaves(numbers) else _SUM, nothing)]
        count, leaf = self._now.values[numbers[0]], self._order[numbers[0]]
        cost = _NOTHING if not count else _LEAF if leaf.part or leaf.measure in self._derived else _LEAF_TOTAL
        rounded = [(_EXACT, self._policy.shown_as_same(count))] if numbers[0] in self._exact and count else []
        return [*rounded, (cost, nothing)]

    def _candidates(self) -> list[Sum]:
        """The sums of the present state that show something and could stop to."""
        return [
            numbers
            for numbers in self._open
            if self._practice or not all(self._order[one].series == "rest" for one in numbers)
        ]

    def _give_up(self) -> None:
        """Show no sum, and of what is tied to others only the totals of months: each of these stands for itself."""
        self._exact = set()
        self._open = {
            numbers
            for numbers in self._single
            if (leaf := self._order[numbers[0]]).series == "numerator"
            and not leaf.part
            and leaf.measure not in self._derived
        }

    def _write(self) -> None:
        self._now.shown = sorted(numbers for numbers in self._open if len(numbers) > 1)
        self._now.silent = sorted(self._silent)
        self._now.coarse = sorted(self._coarse & self._open)
        self._now.exact = sorted(self._exact)
        self._now.closed = sorted(numbers[0] for numbers in self._single if numbers not in self._open)
