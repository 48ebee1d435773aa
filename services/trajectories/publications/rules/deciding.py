"""What each party's sums show: proved together, one party and quarter at a time.

A sum may show itself, rounded; where that would give a hidden count away it shows the sum of what its leaves show, and a
leaf that would is closed. Everything that was disclosed before is decided together with it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.rules.cells import Cell
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.publications.rules.audit import Sum
from services.trajectories.publications.rules.faces import Face, of_practice, sum_of, supplied
from services.trajectories.publications.rules.leaves import (
    SEVERAL,
    Counts,
    Leaf,
    Series,
    Shares,
    is_practice,
    supplier_of,
)
from services.trajectories.publications.rules.proving import Proof, State, Terms
from services.trajectories.publications.rules.ties import quarter_label, ties_of
from shared.months import Month, parse_period

Leaves: TypeAlias = frozenset[Leaf]
Tree: TypeAlias = tuple[str, str]
"""A party and a quarter: what is decided at once."""
States: TypeAlias = dict[Tree, list[Any]]


@dataclass(slots=True)
class Decided:
    """The faces of a family's sums, by party and leaves.

    values: the true counts.   months: those that counts of quarters are made of.   cells: the facts of each party and quarter.
    held: parties and quarters that show what they showed before, for their newest facts would give something away.   shown: the sums that show themselves.   small: those that everybody knows to be small.
    silent: those that are not shown, nor known to be small.   coarse: a practice's that show the larger class.
    exact: leaves that give nothing away even to somebody who knows them exactly, so that their sums may show themselves.
    closed: leaves that are not shown at all.
    """

    policy: Policy
    values: Mapping[str, Mapping[Leaf, int]]
    months: Mapping[str, Mapping[Leaf, int]]
    cells: Mapping[Tree, Sequence[Cell]]
    held: set[Tree] = field(default_factory=set)
    shown: set[tuple[str, Leaves]] = field(default_factory=set)
    small: set[tuple[str, Leaves]] = field(default_factory=set)
    silent: set[tuple[str, Leaves]] = field(default_factory=set)
    coarse: set[tuple[str, Leaves]] = field(default_factory=set)
    exact: set[tuple[str, Leaf]] = field(default_factory=set)
    closed: set[tuple[str, Leaf]] = field(default_factory=set)

    def total(self, shares: Shares) -> Face | None:
        """The face of a sum over parties: of each supplier's exact leaves together, and of all others what they show."""
        together: dict[str, int] = defaultdict(int)
        faces = []
        for party, leaves in shares.items():
            if all((party, leaf) in self.exact for leaf in leaves):
                together[supplier_of(party)] += sum(self.values[party][leaf] for leaf in leaves)
            else:
                faces.append(self.of(party, leaves))
        faces += [supplied(self.policy, count) for count in together.values()]
        known = [face for face in faces if face is not None]
        return sum_of(known) if len(known) == len(faces) else None

    def of(self, party: str, leaves: Leaves) -> Face | None:
        """The face of a sum of a party's leaves: of its quarters together; None where one may not be added."""
        if party == SEVERAL:
            return None
        quarters: dict[str, set[Leaf]] = defaultdict(set)
        for leaf in leaves:
            quarters[quarter_label(leaf.period)].add(leaf)
        faces = [self._of_quarter(party, frozenset(own)) for own in quarters.values()]
        known = [face for face in faces if face is not None]
        return sum_of(known) if len(known) == len(faces) else None

    def _of_quarter(self, party: str, leaves: Leaves) -> Face | None:
        values = self.values[party]
        exact = all((party, leaf) in self.exact for leaf in leaves)
        if exact or len(leaves) == 1 or (party, leaves) in self.shown:
            return self._of_sum(party, leaves, sum(values[leaf] for leaf in leaves))
        if (party, leaves) in self.silent:
            return None
        faces = [self._of_sum(party, frozenset((leaf,)), values[leaf]) for leaf in leaves]
        known = [face for face in faces if face is not None]
        if len(known) < len(faces):
            return None
        total = sum_of(known)
        return Face(self.policy.base, total.low) if (party, leaves) in self.small else total

    def _of_sum(self, party: str, leaves: Leaves, count: int) -> Face | None:
        """The face of a leaf, or of a sum that shows itself; None for a leaf that is closed."""
        if len(leaves) == 1 and not self.closed.isdisjoint((party, leaf) for leaf in leaves):
            return None
        if is_practice(party):
            return of_practice(self.policy, count, coarse=(party, leaves) in self.coarse)
        return supplied(self.policy, count)


def counts_of(counts: Iterable[Counts]) -> dict[str, dict[Leaf, int]]:
    """The leaves of several measures together, by party."""
    values: dict[str, dict[Leaf, int]] = {}
    for one in counts:
        for party, leaves in one.items():
            values.setdefault(party, {}).update(leaves)
    return values


def decide(
    decided: Decided,
    family: Sequence[Measure],
    cells: Iterable[Mapping[Series, Sequence[Shares]]],
    states: States,
    *,
    today: date,
) -> None:
    """Decide the sums that cells are made of; what is disclosed of them is added to the states.

    Where more parties are held than before, the caller has to put their earlier facts in place, and to decide once more.
    """
    for party, quarters in sorted(_by_party(cells).items()):
        values = _by_quarter(decided.values[party])
        months = _by_quarter(decided.months.get(party, {}))
        for quarter, published in sorted(quarters.items()):
            counts = {leaf: decided.values[party][leaf] for leaf in values[quarter]}
            beside = {leaf: decided.months[party][leaf] for leaf in months[quarter]}
            over = parse_period(quarter).last < Month.of(today)
            deciding = _Quarter(decided, (party, quarter), family, counts, beside, published, over=over)
            disclosed = deciding.decide(states.get((party, quarter), []))
            if disclosed:
                states[party, quarter] = disclosed


Together: TypeAlias = frozenset[tuple[Series, Leaves]]
"""The sums that one cell needs of a party's quarter: it shows all of them, or none."""


def _by_party(cells: Iterable[Mapping[Series, Sequence[Shares]]]) -> dict[str, dict[str, set[Together]]]:
    """What each party's quarters have in cells. What is nobody's is not decided: it is never shown."""
    found: dict[str, dict[str, set[Together]]] = defaultdict(lambda: defaultdict(set))
    for cell in cells:
        own: dict[tuple[str, str], set[tuple[Series, Leaves]]] = defaultdict(set)
        for series, sums in cell.items():
            for shares in sums:
                for party, leaves in shares.items():
                    for quarter, part in _by_quarter(leaves).items() if party != SEVERAL else ():
                        own[party, quarter].add((series, frozenset(part)))
        for (party, quarter), sums_together in own.items():
            found[party][quarter].add(frozenset(sums_together))
    return found


def _by_quarter(leaves: Iterable[Leaf]) -> dict[str, list[Leaf]]:
    quarters: dict[str, list[Leaf]] = defaultdict(list)
    for leaf in leaves:
        quarters[quarter_label(leaf.period)].append(leaf)
    return quarters


@dataclass(slots=True)
class _Quarter:
    """One party's counts in a quarter. beside: those of months that are never shown.   over: whether it is."""

    decided: Decided
    tree: Tree
    family: Sequence[Measure]
    values: dict[Leaf, int]
    beside: dict[Leaf, int]
    cells: set[Together]
    over: bool

    @property
    def party(self) -> str:
        """Whose counts they are."""
        return self.tree[0]

    @property
    def returned(self) -> bool:
        """Whether the counts come as a return, all at once, and not as they happen."""
        own = {leaf.measure for leaf in self.values}
        return not is_practice(self.party) and any(
            one.key in own and one.supply in {"community", "council"} for one in self.family
        )

    @property
    def whole(self) -> bool:
        """Whether no more of them are to be expected day by day."""
        return self.over or self.returned

    def decide(self, states: list[Any]) -> list[Any]:
        """Decide the quarter; returns what was disclosed of it, this time included."""
        if self.tree in self.decided.held:
            self._keep(State.of(states[-1]))
            return states
        every = {**self.beside, **self.values}
        ties = ties_of(self.family, every)
        if not ties and not self.returned:
            # Each leaf stands for itself, and nothing can be taken from anything. What was told of it day by day is not kept, so
            # that its sums could not be proved safe beside it later.
            return states
        order = sorted(every)
        numbers = {leaf: index for index, leaf in enumerate(order)}
        sums = {
            leaves: tuple(sorted(numbers[leaf] for leaf in leaves))
            for cell in self.cells
            for _, leaves in cell
        }
        now = State(
            leaves=[leaf.label for leaf in order],
            values=[every[leaf] for leaf in order],
            sums=sorted(set(sums.values())),
            ties=[tuple(tuple(numbers[leaf] for leaf in side) for side in tie) for tie in ties],
            policy=f"{self.decided.policy.id} {self.over}",
            cells=[[cell.measure, str(cell.month), *cell[2:]] for cell in self.decided.cells[self.tree]],
        )
        if states and State.of(states[-1]).says_the_same(now):
            self._keep(State.of(states[-1]))
            return states
        rates = {
            sums[counted[0]]: {sums[leaves] for _, leaves in cell}
            for cell in self.cells
            if len(counted := [leaves for series, leaves in cell if series == "numerator"]) == 1
            and len(cell) > 1
        }
        return self._disclose(order, now, states, rates)

    def _disclose(
        self, order: Sequence[Leaf], now: State, states: list[Any], rates: Mapping[Sum, set[Sum]]
    ) -> list[Any]:
        """Decide what is not as it was before; where that is not proved safe, all stays as it was before."""
        may_be_held = bool(states and states[-1]["cells"])
        if not (may_be_held and states[-1]["refused"] == now.digest):
            terms = Terms(
                policy=self.decided.policy,
                practice=is_practice(self.party),
                whole=self.whole,
                derived=frozenset(one.key for one in self.family if one.derived is not None),
                open_leaves=frozenset(filter(self.may_show, order)),
                rates=rates,
            )
            proof = Proof(order, now, [State.of(one) for one in states], terms=terms)
            proved = proof.run()
            if not proved and not may_be_held:
                proof.withhold()
            if proved or not may_be_held:
                self._keep(now)
                return [*({**one, "cells": []} for one in states), now.stored()]
        self.decided.held.add(self.tree)
        return [*states[:-1], {**states[-1], "refused": now.digest}]

    def _keep(self, now: State) -> None:
        order = [Leaf.of(label) for label in now.leaves]
        for numbers in now.sums:
            leaves = frozenset(order[one] for one in numbers)
            if numbers in now.coarse:
                self.decided.coarse.add((self.party, leaves))
            count = sum(now.values[one] for one in numbers)
            if numbers in now.shown:
                self.decided.shown.add((self.party, leaves))
            elif numbers in now.silent:
                self.decided.silent.add((self.party, leaves))
            elif len(numbers) > 1 and self.decided.policy.hides(count) and not is_practice(self.party):
                self.decided.small.add((self.party, leaves))
        self.decided.exact.update((self.party, order[one]) for one in now.exact)
        self.decided.closed.update((self.party, order[one]) for one in now.closed)
        # A measure that came later has counts that were never decided with these.
        self.decided.closed.update((self.party, leaf) for leaf in self.values.keys() - set(order))

    def may_show(self, leaf: Leaf) -> bool:
        """Whether a leaf may be shown at all: of what is counted as it happens, breakdowns once the quarter is over."""
        return not leaf.part or self.whole
