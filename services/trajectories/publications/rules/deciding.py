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
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.publications.rules.faces import Face, of_practice, sum_of, supplied
from services.trajectories.publications.rules.leaves import (
    SEVERAL,
    Leaf,
    Ledger,
    Shares,
    is_practice,
    supplier_of,
)
from services.trajectories.publications.rules.proving import Proof, State, Terms
from services.trajectories.publications.rules.ties import quarter_label, ties_of
from shared.months import Month, parse_period

Leaves: TypeAlias = frozenset[Leaf]
States: TypeAlias = dict[tuple[str, str], list[Any]]


@dataclass(slots=True)
class Decided:
    """The faces of a family's sums, by party and leaves.

    values: the true counts.   shown: the sums that show themselves.   small: those that everybody knows to be small.
    exact: leaves that give nothing away even to somebody who knows them exactly, so that their sums may show themselves.
    closed: leaves that are not shown at all.
    """

    policy: Policy
    values: Mapping[str, Mapping[Leaf, int]]
    shown: set[tuple[str, Leaves]] = field(default_factory=set)
    small: set[tuple[str, Leaves]] = field(default_factory=set)
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
        if (party, leaves) in self.shown or all((party, leaf) in self.exact for leaf in leaves):
            return supplied(self.policy, sum(values[leaf] for leaf in leaves))
        if any((party, leaf) in self.closed for leaf in leaves):
            return None
        face = of_practice if is_practice(party) else supplied
        total = sum_of(face(self.policy, values[leaf]) for leaf in leaves)
        return Face(self.policy.base, total.low) if (party, leaves) in self.small else total


def values_of(ledgers: Iterable[Ledger]) -> dict[str, dict[Leaf, int]]:
    """The leaves of several measures together, by party."""
    values: dict[str, dict[Leaf, int]] = {}
    for ledger in ledgers:
        for party, leaves in ledger.values.items():
            values.setdefault(party, {}).update(leaves)
    return values


def decide(
    decided: Decided,
    family: Sequence[Measure],
    sums: Mapping[str, Iterable[Leaves]],
    states: States,
    *,
    today: date,
) -> None:
    """Decide the sums that are published of each party; what is disclosed of them is added to the states."""
    for party in sorted(set(sums).difference({SEVERAL})):
        quarters: dict[str, set[Leaves]] = defaultdict(set)
        for leaves in sums[party]:
            for quarter, part in _by_quarter(leaves).items():
                quarters[quarter].add(frozenset(part))
        values = _by_quarter(decided.values[party])
        for quarter, published in sorted(quarters.items()):
            counts = {leaf: decided.values[party][leaf] for leaf in values[quarter]}
            over = parse_period(quarter).last < Month.of(today)
            deciding = _Quarter(decided, party, family, counts, published, over=over)
            disclosed = deciding.decide(states.get((party, quarter), []))
            if disclosed:
                states[party, quarter] = disclosed


def _by_quarter(leaves: Iterable[Leaf]) -> dict[str, list[Leaf]]:
    quarters: dict[str, list[Leaf]] = defaultdict(list)
    for leaf in leaves:
        quarters[quarter_label(leaf.period)].append(leaf)
    return quarters


@dataclass(slots=True)
class _Quarter:
    """One party's counts in a quarter. over: whether it is."""

    decided: Decided
    party: str
    family: Sequence[Measure]
    values: dict[Leaf, int]
    sums: set[Leaves]
    over: bool

    @property
    def returned(self) -> bool:
        """Whether the counts come as a return, all at once, and not as they happen."""
        own = {leaf.measure for leaf in self.values}
        return not is_practice(self.party) and any(
            one.key in own and one.supply in {"community", "council"} for one in self.family
        )

    def decide(self, states: list[Any]) -> list[Any]:
        """Decide the quarter; returns what was disclosed of it, this time included."""
        ties, beside = ties_of(self.family, self.values)
        if not ties and not self.returned:
            return states  # each leaf stands for itself, and nothing can be taken from anything
        every = {**self.values, **beside}
        order = sorted(every)
        numbers = {leaf: index for index, leaf in enumerate(order)}
        now = State(
            leaves=["|".join(leaf) for leaf in order],
            values=[every[leaf] for leaf in order],
            sums=sorted({tuple(sorted(numbers[leaf] for leaf in leaves)) for leaves in self.sums}),
            ties=[tuple(tuple(numbers[leaf] for leaf in side) for side in tie) for tie in ties],
            policy=f"{self.decided.policy.id} {self.over}",
        )
        if states and State.of(states[-1]).says_the_same(now):
            now = State.of(states[-1])
        else:
            earlier = [State.of(one) for one in states]
            terms = Terms(
                policy=self.decided.policy,
                practice=is_practice(self.party),
                returned=self.returned,
                derived=frozenset(one.key for one in self.family if one.derived is not None),
                open_leaves=frozenset(filter(self.may_show, order)),
            )
            Proof(order, now, earlier, terms=terms).run()
            states = [*states, now.stored()]
        self._keep(order, now)
        return states

    def _keep(self, order: Sequence[Leaf], now: State) -> None:
        for numbers in now.sums:
            leaves = frozenset(order[one] for one in numbers)
            count = sum(now.values[one] for one in numbers)
            if numbers in now.shown:
                self.decided.shown.add((self.party, leaves))
            elif len(numbers) > 1 and self.decided.policy.hides(count) and not is_practice(self.party):
                self.decided.small.add((self.party, leaves))
        self.decided.exact.update((self.party, order[one]) for one in now.exact)
        self.decided.closed.update((self.party, order[one]) for one in now.closed)

    def may_show(self, leaf: Leaf) -> bool:
        """Whether a leaf may be shown at all: of what is counted as it happens, breakdowns once the quarter is over."""
        return not leaf.part or self.over or self.returned
