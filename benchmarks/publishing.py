"""`python -m benchmarks.publishing [--months 36] [--measure KEY]`: how long publications take where every measure has figures.

All measures of the catalogue, at every practice, community or council that would supply them; nothing is stored. Then a day
on which some practices refer, and one on which a council sends a quarter again.
"""

import argparse
import random
import resource
import time
from collections.abc import Iterator, Sequence
from datetime import date

from services.trajectories.measures.catalogue import Measure, load_catalogue
from services.trajectories.performance.rules.cells import Cell
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.publications.rules.making import Cutting, FamilyCut, cut_of_family
from shared.months import Month
from shared.registry import load_registry

LAST = Month(2026, 6)
COUNCILS = {
    "cumbria": ("barrow", "millom", "mid-furness", "grange-and-lakes", "kendal", "east"),
    "lancashire": ("lancaster", "bay-icc"),
}
PEOPLE = {"practice": 60, "platform": 15, "events": 8, "community": 20, "council": 30}
"""In a month at one place, on average."""


class World:
    """Facts made up, the same for the same seed."""

    def __init__(self, cutting: Cutting, months: int) -> None:
        self._chance = random.Random(1)  # noqa: S311 -- the same figures each time
        self._cutting = cutting
        self.months = [LAST - back for back in range(months - 1, -1, -1)]

    def cells(self, family: Sequence[Measure], months: Sequence[Month]) -> list[Cell]:
        """The facts that a family is made of."""
        found = [
            cell
            for measure in family
            if measure.derived is None
            for place, source in self._places(measure)
            for month in months
            for cell in self._of(measure, place, source, month)
        ]
        return sorted(
            found, key=lambda cell: (cell.measure, cell.month, cell.place, cell.breakdowns, cell.source)
        )

    def _places(self, measure: Measure) -> list[tuple[str, str]]:
        file = self._cutting.places.registry.file
        if measure.supply == "community":
            return [(place, council) for council, places in COUNCILS.items() for place in places]
        if measure.supply == "council":
            return [(one.slug, one.slug) for one in file.councils]
        if measure.supply == "events" and "age" not in measure.breakdowns:
            return [(place, "outcomes") for places in COUNCILS.values() for place in places]
        return [
            (one.code, "referrals" if measure.supply != "practice" else "activity") for one in file.practices
        ]

    def _of(self, measure: Measure, place: str, source: str, month: Month) -> Iterator[Cell]:
        people = max(0, round(self._chance.gauss(PEOPLE[measure.supply], PEOPLE[measure.supply] ** 0.5)))
        lines = dict(measure.breakdowns)
        if measure.supply == "practice" and lines:
            lines = {"age": lines["age"]}
        counted = [self._chance.random() < 0.7 for _ in range(people)]
        for dimension, values in lines.items() or [("", ("",))]:
            drawn = self._chance.choices(values, [1 + 2 * place for place in range(len(values))], k=people)
            for value in values:
                own = [yes for yes, one in zip(counted, drawn, strict=True) if one == value]
                part = f"{dimension}={value}" if dimension else ""
                numerator, denominator = (len(own), None) if measure.kind == "count" else (sum(own), len(own))
                if own:
                    yield Cell(measure.key, month, place, part, numerator, denominator, source)

    def a_day_later(self, cells: Sequence[Cell]) -> list[Cell]:
        """Some facts of the newest month have one person more, a quarter of them."""
        newest = max((cell.month for cell in cells), default=LAST)
        return [
            cell._replace(numerator=cell.numerator + 1)
            if cell.month == newest and cell.denominator is None and self._chance.random() < 0.25
            else cell
            for cell in cells
        ]


def main() -> int:
    """Print what each family takes, and all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.publishing", description=__doc__)
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--measure", default="")
    given = parser.parse_args()
    cutting = Cutting(load_catalogue(), Geography(load_registry()), Policy())
    world = World(cutting, given.months)
    sums = [0.0, 0.0]
    for family in cutting.families:
        if given.measure and all(given.measure != one.key for one in family):
            continue
        cells = world.cells(family, world.months)
        first, took = _timed(cutting, family, cells, None)
        second, again = _timed(cutting, family, world.a_day_later(cells), first)
        sums = [sums[0] + took, sums[1] + again]
        due = sum(cell.due for cell in second.cells)
        shown = sum(cell.due and not cell.suppressed for cell in second.cells)
        print(
            f"{family[0].key}: {len(cells)} facts, {len(first.cells)} cells, {shown} of {due} shown, "
            f"{len(second.held)} held, {took:.1f} s of a core, a day later {again:.1f} s",
            flush=True,
        )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"all: {sums[0]:.0f} s of a core, a day later {sums[1]:.0f} s, {memory} MB at most")
    return 0


def _timed(
    cutting: Cutting, family: tuple[Measure, ...], cells: Sequence[Cell], before: FamilyCut | None
) -> tuple[FamilyCut, float]:
    began = time.process_time()
    made = cut_of_family(
        cutting, family, cells, today=date(2026, 7, 2), digest="", disclosed=before.states if before else {}
    )
    return made, time.process_time() - began


if __name__ == "__main__":
    raise SystemExit(main())
