"""A whole cut: which measures changed since the last one, and the cells of those."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import orjson

from services.trajectories.measures.catalogue import Catalogue, Measure
from services.trajectories.performance.rules.figures import Cell
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.publications.rules.cutting import Known, PublishedFigure, cutters_of, families
from services.trajectories.publications.rules.deciding import Decided, decide, values_of
from services.trajectories.publications.rules.leaves import Leaf
from shared.months import Month

EDITION = 1
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
    """The cells of a family as a cut shows them. states: what was disclosed of each party and quarter, this cut included."""

    measures: tuple[Measure, ...]
    digest: str
    begun: dict[str, Month]
    cells: list[PublishedFigure] = field(default_factory=list)
    states: dict[tuple[str, str], list[Any]] = field(default_factory=dict)


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
    """The cells of a family. disclosed: what was of it so far."""
    made = FamilyCut(family, digest, begun_of(family, cells), states=dict(disclosed))
    known = Known(cells, cutting.places, cutting.policy, today, made.begun)
    ledgers = {measure.key: known.ledger(measure) for measure in family}
    decided = Decided(cutting.policy, values_of(ledgers.values()))
    cutters = list(cutters_of(family, known, decided, ledgers))
    sums: dict[str, set[frozenset[Leaf]]] = defaultdict(set)
    for cutter in cutters:
        for shares in cutter.sums():
            for party, leaves in shares.items():
                sums[party].add(leaves)
    decide(decided, family, sums, made.states, today=today)
    made.cells = [cell for cutter in cutters for cell in cutter.cells()]
    return made
