"""An attacker of publications, who shares no code with what decides them.

It takes all cells of several cuts of invented quarters, and knows more than any reader: which hidden counts of one place are
small, which sums show themselves, which counts did not change between cuts, and all counts of one community exactly. With
equations of its own it looks for hidden counts that have fewer than four values left.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import highspy

from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.publications.rules.cutting import PublishedFigure
from services.trajectories.publications.rules.making import Cutting, FamilyCut, cut_of_family
from shared.months import Month
from shared.registry import load_registry
from tests.trajectories.quarters import MONTHS, QUARTER, TODAY, Atom, Quarter, Table, Target, invent, restate

LEAST, SMALL = 4, 7
Key = tuple[str, str, str, date, str]
"""Measure, place, grain, first day, and breakdown of a figure."""
PLACES = Geography(load_registry())


def cutting_of(target: Target) -> Cutting:
    """As an installation with the target's catalogue cuts."""
    return Cutting(target.catalogue, PLACES, Policy())


def cuts_of(target: Target, quarters: Sequence[Quarter]) -> list[FamilyCut]:
    """A cut of each quarter, one after another."""
    made: list[FamilyCut] = []
    for quarter in quarters:
        disclosed = made[-1].states if made else {}
        made.append(
            cut_of_family(
                cutting_of(target),
                target.family,
                quarter.cells(),
                today=TODAY,
                digest="",
                disclosed=disclosed,
            )
        )
    return made


@dataclass
class Found:
    """What an attack found. hidden: counts looked at.   narrowed: those with fewer than four values, with these.

    held: communities that a cut showed as the one before it did.   due: figures whose counts are all 8 and more.   shown: how many of them are shown.
    quarters: of so many.
    """

    hidden: int = 0
    narrowed: list[tuple[Any, list[int]]] = field(default_factory=list)
    held: int = 0
    due: int = 0
    shown: int = 0
    quarters: int = 0

    def add(self, other: "Found") -> None:
        """Add what was found in other quarters."""
        self.hidden += other.hidden
        self.narrowed += other.narrowed
        self.held += other.held
        self.due += other.due
        self.shown += other.shown
        self.quarters += other.quarters

    def count(self, cuts: Sequence[FamilyCut]) -> None:
        """Count what some cuts hold back and show."""
        self.held = sum(len(cut.held) for cut in cuts)
        due = [cell for cut in cuts for cell in cut.cells if cell.due]
        self.due, self.shown = len(due), sum(not cell.suppressed for cell in due)


class Attacker:
    """Knows everything that was shown, and all of one community."""

    def __init__(self, quarters: Sequence[Quarter], cuts: Sequence[FamilyCut], *, own: str | None) -> None:
        self._numbers: dict[tuple[Atom, int], int] = {}
        self._true: list[int] = []
        self._rows: list[tuple[dict[int, int], int, int | None]] = []
        self._hidden: dict[tuple[int, ...], Any] = {}
        self._published = list(published(quarters, cuts))
        for quarter, cut in zip(self._published, cuts, strict=True):
            self._read(quarter, cut)
        self._own = {number for ((_, place, _, _), _), number in self._numbers.items() if place == own}

    def _number(self, atom: Atom, count: int) -> int:
        """A count that did not change is the same unknown in every cut."""
        if (atom, count) not in self._numbers:
            self._numbers[atom, count] = len(self._true)
            self._true.append(count)
        return self._numbers[atom, count]

    def _read(self, quarter: Quarter, cut: FamilyCut) -> None:
        numbers = {atom: self._number(atom, count) for atom, count in quarter.counts.items()}
        self._tie(quarter, numbers)
        modes = Modes(cut)
        for cell in cut.cells:
            self._learn(cell, quarter, numbers, modes)

    def _tie(self, quarter: Quarter, numbers: dict[Atom, int]) -> None:
        """Tables that count the same people have the same totals, where they have."""
        for place in quarter.suppliers:
            for month in MONTHS:
                totals = [
                    [numbers[table.key, place, month, value] for value in table.values]
                    for table in quarter.tables
                ]
                for other in totals[1:]:
                    if sum(self._true[one] for one in other) == sum(self._true[one] for one in totals[0]):
                        weights = dict.fromkeys(totals[0], 1) | dict.fromkeys(other, -1)
                        self._rows.append((weights, 0, 0))

    def _learn(
        self, cell: PublishedFigure, quarter: Quarter, numbers: dict[Atom, int], modes: "Modes"
    ) -> None:
        places = communities_of(cell.place, quarter)
        months = [month for month in MONTHS if within(cell.key, month)]
        table, part = subject_of(cell.key, quarter.tables)
        if not places or not months:
            return
        whole = [
            numbers[table.key, place, month, value]
            for place in places
            for month in months
            for value in table.values
        ]
        counted = (
            [numbers[table.key, place, month, part] for place in places for month in months]
            if part
            else whole
        )
        if cell.suppressed:
            told = len(places) == 1 and not modes.is_closed(cell, places[0], quarter)
            self._hide(cell, counted, told=told)
            return
        if cell.numerator is None:
            return
        if modes.shows_itself(cell, places, quarter):
            self._shown(counted, cell.numerator)
            if cell.denominator is None:
                return
            wholes = [
                (_whole(quarter, table, place, month), place, month) for place in places for month in months
            ]
            if modes.sum_shows_itself({(whole.key, place, month) for whole, place, month in wholes}, quarter):
                divided = [
                    numbers[whole.key, place, month, value]
                    for whole, place, month in wholes
                    for value in whole.values
                ]
                self._shown(divided, cell.denominator)

    def _hide(self, cell: PublishedFigure, counted: list[int], *, told: bool) -> None:
        """Count a hidden cell. told: whether the reader is told that it is hidden for being small, if it is."""
        parts = tuple(sorted(counted))
        total = sum(self._true[one] for one in parts)
        if total == 0:
            return  # of nobody
        self._hidden.setdefault(parts, cell.key)
        if told and total <= SMALL:
            self._rows.append((dict.fromkeys(parts, 1), 1, 7))

    def _shown(self, counted: list[int], shown: int) -> None:
        low, high = (0, 0) if shown == 0 else (max(8, shown - 2), shown + 2)
        self._rows.append((dict.fromkeys(counted, 1), low, high))

    def attack(self) -> Found:
        """Every hidden count with fewer than four values."""
        found = Found(hidden=len(self._hidden), quarters=1)
        for parts, key in self._hidden.items():
            if not self._own.isdisjoint(parts):
                continue  # in part the reader's own; the parts that are not are looked at by themselves
            values = self._values(parts)
            if len(values) < LEAST:
                found.narrowed.append((key, values))
        return found

    def _values(self, parts: tuple[int, ...]) -> list[int]:
        """Four values that a sum may have, or all there are."""
        solver = self._model()
        ends = [self._end(solver, parts, sign) for sign in (1, -1)]
        values = {end for end in ends if end is not None} | {sum(self._true[one] for one in parts)}
        for value in range(min(values) + 1, max(values)):
            if len(values) >= LEAST:
                break
            if value not in values and self._is_possible(solver, parts, value):
                values.add(value)
        return sorted(values)

    def _model(self) -> Any:
        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # the library does not type it
        solver.silent()
        solver.setOptionValue("threads", 1)  # as whoever decides: one process has one number of them
        count = len(self._true)
        lows = [float(v) if n in self._own else 0.0 for n, v in enumerate(self._true)]
        highs = [float(v) if n in self._own else v + 40.0 for n, v in enumerate(self._true)]
        solver.addVars(count, lows, highs)
        solver.changeColsIntegrality(count, list(range(count)), [highspy.HighsVarType.kInteger] * count)
        for weights, low, high in self._rows:
            self._add(solver, weights, low, high)
        return solver

    def _add(self, solver: Any, weights: dict[int, int], low: int, high: int | None) -> None:
        solver.addRow(
            float(low),
            solver.inf if high is None else float(high),
            len(weights),
            list(weights),
            [float(weight) for weight in weights.values()],
        )

    def _end(self, solver: Any, parts: tuple[int, ...], sign: int) -> int | None:
        count = len(self._true)
        costs = [0.0] * count
        for one in parts:
            costs[one] = float(sign)
        solver.changeColsCost(count, list(range(count)), costs)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise AssertionError("the attacker takes something for known that is not so")
        values: list[float] = solver.getSolution().col_value
        return sum(round(values[one]) for one in parts)

    def _is_possible(self, solver: Any, parts: tuple[int, ...], value: int) -> bool:
        self._add(solver, dict.fromkeys(parts, 1), value, value)
        solver.run()
        possible: bool = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        solver.deleteRows(1, [solver.getNumRow() - 1])
        return possible


class Modes:
    """Which sums show themselves, and which the sum of what their parts show: told to the attacker."""

    def __init__(self, cut: FamilyCut) -> None:
        self._itself: set[tuple[str, frozenset[str]]] = set()
        self._exact: set[str] = set()
        self._closed: set[str] = set()
        self._silent: set[frozenset[str]] = set()
        for (party, _), states in cut.states.items():
            state = states[-1]
            names = state["leaves"]
            place = party.partition("|")[0]
            self._exact.update(names[one] for one in state["exact"])
            self._closed.update(names[one] for one in state["closed"])
            self._silent.update(frozenset(names[one] for one in parts) for parts in state["silent"])
            for parts in [
                *state["shown"],
                *([one] for one in range(len(names)) if one not in state["closed"]),
            ]:
                self._itself.add((place, frozenset(names[one] for one in parts)))

    def is_closed(self, cell: PublishedFigure, place: str, quarter: Quarter) -> bool:
        """Whether a figure of one place holds a count that is hidden whether it is small or not."""
        names = frozenset(_names(cell, [place], quarter))
        return names in self._silent or not self._closed.isdisjoint(names)

    def shows_itself(self, cell: PublishedFigure, places: Sequence[str], quarter: Quarter) -> bool:
        """Whether a figure is the rounding of its own true sum."""
        table, part = subject_of(cell.key, quarter.tables)
        if not part:
            totals = {
                (table.key, place, month) for place in places for month in MONTHS if within(cell.key, month)
            }
            return self.sum_shows_itself(totals, quarter)
        return len(places) == 1 and (places[0], frozenset(_names(cell, places, quarter))) in self._itself

    def sum_shows_itself(self, totals: set[tuple[str, str, Month]], quarter: Quarter) -> bool:
        """Whether a sum of totals, by table, community and month, is the rounding of its own true sum."""
        names = {f"numerator|{key}|{place}|{month}|" for key, place, month in totals}
        places = {place for _, place, _ in totals}
        if names <= self._exact and len({quarter.suppliers[place] for place in places}) == 1:
            return True
        return len(places) == 1 and (min(places), frozenset(names)) in self._itself


def _names(cell: PublishedFigure, places: Sequence[str], quarter: Quarter) -> set[str]:
    """The counts of a figure as they are kept: of a breakdown by quarter, and else by month."""
    table, part = subject_of(cell.key, quarter.tables)
    if cell.measure == table.key and part:
        return {f"numerator|{table.key}|{place}|{QUARTER}|{table.dimension}={part}" for place in places}
    months = [month for month in MONTHS if within(cell.key, month)]
    return {f"numerator|{cell.measure}|{place}|{month}|" for place in places for month in months}


def _whole(quarter: Quarter, table: Table, place: str, month: Month) -> Table:
    """The table whose total divides a rate in a month: the first, or the own one where that is larger."""
    first = quarter.tables[0]
    return max(
        (first, table),
        key=lambda one: sum(quarter.counts[one.key, place, month, value] for value in one.values),
    )


def published(quarters: Sequence[Quarter], cuts: Sequence[FamilyCut]) -> Iterator[Quarter]:
    """What each cut is made of: of communities that are held what was published of them before."""
    before: Quarter | None = None
    for quarter, cut in zip(quarters, cuts, strict=True):
        held = {party.partition("|")[0].removeprefix("practice:") for party, _ in cut.held}
        if before is not None:
            counts = {
                atom: before.counts[atom] if atom[1] in held else count
                for atom, count in quarter.counts.items()
            }
            quarter = replace(quarter, counts=counts)  # noqa: PLW2901 -- the same quarter, as far as it is known
        before = quarter
        yield quarter


def communities_of(place: str, quarter: Quarter) -> list[str]:
    """The communities with counts that a place is made of."""
    registry = PLACES.registry
    found = next(iter(registry.resolve_all(place)))
    codes = PLACES.codes(found, MONTHS[0])
    return [one for one in quarter.suppliers if one in codes]


def within(key: Key, month: Month) -> bool:
    """Whether a month belongs to the period of a figure."""
    _, _, grain, day, _ = key
    first = Month.of(day)
    length = {"month": 1, "quarter": 3, "year": 12}[grain]
    return first <= month < first + length


def subject_of(key: Key, tables: Iterable[Table]) -> tuple[Table, str]:
    """The table that a figure is of, and the value of the breakdown that it counts; empty for all."""
    measure, *_, breakdown = key
    for table in tables:
        if measure == table.key:
            return table, breakdown.partition("=")[2]
        if measure in table.rates:
            return table, table.rates[measure]
    raise AssertionError(measure)


def attacks(seed: int, target: Target, *, communities: int, resends: int = 2) -> Found:
    """Invent a quarter, have some of it sent again, cut it each time, and attack all cuts together."""
    chance = random.Random(seed)
    quarters = [invent(chance, target.tables, communities=communities)]
    for _ in range(resends):
        quarters.append(restate(chance, quarters[-1]))
    cuts = cuts_of(target, quarters)
    own = chance.choice([None, *sorted(quarters[0].suppliers)])
    found = Attacker(quarters, cuts, own=own).attack()
    found.count(cuts)
    return found
