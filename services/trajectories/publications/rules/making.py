"""A whole cut: which measures changed since the last one, and the cells of those."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import orjson

from services.trajectories.measures.catalogue import Catalogue, Measure
from services.trajectories.performance.rules.cells import Cell
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.publications.rules.cutting import Known, PublishedFigure, cutters_of, families
from services.trajectories.publications.rules.deciding import Decided, States, Tree, counts_of, decide
from services.trajectories.publications.rules.leaves import party_of, quarter_of
from shared.months import Month

EDITION = 3
"""Of the rules of publication: raised when they change, so that every cell is decided anew."""


@dataclass(frozen=True, slots=True)
class Cutting:
    """What every cut of an installation has in common."""

    catalogue: Catalogue
    places: Geography
    policy: Policy

    @property
    def families(self) -> list[tuple[Measure, ...]]:
        """The measures in groups that are decided together."""
        return families(self.catalogue)


@dataclass(slots=True)
class FamilyCut:
    """The cells of a family as a cut shows them.

    states: what was disclosed of each party and quarter, this cut included.   held: those that show what they did before.
    """

    measures: tuple[Measure, ...]
    digest: str
    begun: dict[str, Month]
    cells: list[PublishedFigure] = field(default_factory=list)
    states: States = field(default_factory=dict)
    held: set[Tree] = field(default_factory=set)


def begun_of(family: Sequence[Measure], cells: Iterable[Cell]) -> dict[str, Month]:
    """Of the measures that the platform counts itself, the first month of which anybody has a figure."""
    counted = {measure.key for measure in family if measure.supply == "platform"}
    begun: dict[str, Month] = {}
    for cell in cells:
        if cell.measure in counted:
            begun[cell.measure] = min(cell.month, begun.get(cell.measure, cell.month))
    return begun


def digest_of(cutting: Cutting, family: Sequence[Measure], cells: Iterable[Cell], today: date) -> str:
    """A digest of all that the cells of a family depend on; cells: its facts, in a fixed order."""
    running = hashlib.blake2b(digest_size=16)
    settled = sorted({Month.of(today - timedelta(days=measure.settles_days)) for measure in family})
    head = [
        EDITION,
        cutting.policy.id,
        cutting.catalogue.digest,
        cutting.places.registry.digest,
        str(Month.of(today)),
        *map(str, settled),
    ]
    running.update(orjson.dumps(head))
    for cell in cells:
        running.update(orjson.dumps([*cell[:1], str(cell.month), *cell[2:]]))
    return running.hexdigest()


def cut_of_family(
    cutting: Cutting,
    family: tuple[Measure, ...],
    cells: Sequence[Cell],
    *,
    today: date,
    digest: str,
    disclosed: Mapping[tuple[str, str], list[Any]],
) -> FamilyCut:
    """The cells of a family. disclosed: what was of it so far.

    Each round holds more parties and quarters at what they showed before, until those that are left are proved safe.
    """
    is_code = cutting.places.registry.knows_practice
    states, held = dict(disclosed), set[Tree]()
    while True:
        present = _held_back(cells, {tree: states[tree][-1]["cells"] for tree in held}, is_code)
        begun = begun_of(family, present)
        known = Known(present, cutting.places, cutting.policy, today, begun)
        ledgers = {measure.key: known.ledger(measure) for measure in family}
        decided = Decided(
            cutting.policy,
            counts_of(ledger.values for ledger in ledgers.values()),
            counts_of(ledger.months for ledger in ledgers.values()),
            _by_tree(present, is_code),
            set(held),
        )
        cutters = list(cutters_of(family, known, decided, ledgers))
        counts = (counts for cutter in cutters for counts in cutter.sums())
        decide(decided, family, counts, states, today=today)
        if decided.held == held:
            shown = [cell for cutter in cutters for cell in cutter.cells()]
            return FamilyCut(family, digest, begun, shown, states, held)
        held = decided.held


def _by_tree(cells: Iterable[Cell], is_code: Callable[[str], bool]) -> dict[Tree, list[Cell]]:
    """Facts by party and quarter."""
    trees: dict[Tree, list[Cell]] = defaultdict(list)
    for cell in cells:
        trees[party_of(cell, is_code), quarter_of(cell.month)].append(cell)
    return trees


def _held_back(
    cells: Sequence[Cell], held: Mapping[Tree, Sequence[Any]], is_code: Callable[[str], bool]
) -> Sequence[Cell]:
    """The facts, with those that were published before in the place of those that are held back."""
    if not held:
        return cells
    left = [cell for cell in cells if (party_of(cell, is_code), quarter_of(cell.month)) not in held]
    before = [Cell(one[0], Month.parse(one[1]), *one[2:]) for own in held.values() for one in own]
    return sorted(
        [*left, *before],
        key=lambda cell: (cell.measure, cell.month, cell.place, cell.breakdowns, cell.source),
    )
