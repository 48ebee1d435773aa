"""The attack on publications with all that is made of them: no answer tells more than the figures that are shown."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from services.trajectories.publications.rules.making import FamilyCut
from services.trajectories.worker import periodics
from shared.facts.cells import Cell
from shared.service.platform import utc_now
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.attacking import cuts_of
from tests.trajectories.attacking_answers import AnswersAttacker
from tests.trajectories.harvesting import COUNT, RATE, Harvest, Worked
from tests.trajectories.invented import inventing
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import publish
from tests.trajectories.quarters import Atom, Quarter, Target, invent, restate, small_target
from tests.trajectories.writing import written

SEED = 3
SURFACES = {
    *("report", "table", "workbook", "parquet", "matrix", "comparison", "revisions", "revisions: change", "target", "target: needed"),
    *("report: mean", "report: lower", "matrix: upper", "matrix: change", "matrix: target", "comparison: lower", "comparison: limits_998"),
    *("comparison: centre", "comparison: overdispersion", "chart: Figures", "chart: Target", "chart: axis", "chart: words"),
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """Invented quarters with a publication of each, and all that was told of them."""

    quarters: list[Quarter]
    cuts: list[FamilyCut]
    harvest: Harvest

    def attacker(self, own: str | None = None) -> AnswersAttacker:
        return AnswersAttacker(self.quarters, self.cuts, self.harvest, own=own)


def facts(quarter: Quarter, before: Mapping[Atom, int]) -> Iterator[Cell]:
    """What the councils' returns bring that was otherwise before."""
    dimension = {table.key: table.dimension for table in quarter.tables}
    for atom, count in quarter.counts.items():
        key, place, month, value = atom
        if before.get(atom) != count:
            yield Cell(
                measure=key,
                month=month,
                place=place,
                source=quarter.suppliers[place],
                numerator=count,
                denominator=None,
                breakdowns=((dimension[key], value),),
                provenance={"feed": "invented"},
            )


async def promised(service: Running, place: str) -> None:
    """Targets of a place: a value, and an increase on what is known."""
    target = {"community": place, "measure": COUNT, "unit": "count"}
    for more in (
        {"period": "2021-05", "kind": "value", "value": 40},
        {"period": "2021-06", "kind": "increase", "value": 3, "baseline_period": "2021-04"},
    ):
        await written(service, "PUT", "/v1/targets", {**target, **more}, role="analyst")


async def noted(service: Running) -> None:
    """What the worker makes of figures: notes that they were restated, and signals."""
    for periodic in periodics(service.platform):
        while periodic.name in {"annotate", "performance-signals"} and await periodic.run(service.platform):
            pass


def to_be_drawn(quarter: Quarter, made: FamilyCut) -> list[tuple[str, str]]:
    """A rate with a month that is hidden, and a count without one: each is drawn in its own way."""
    hidden = sorted(
        {
            cell.place
            for cell in made.cells
            if cell.measure == RATE and cell.grain == "month" and cell.suppressed
        }
        & set(quarter.suppliers)
    )
    return [(RATE, hidden[0]), (COUNT, max(quarter.suppliers))]


async def tell(service: Running, target: Target, quarters: list[Quarter]) -> Told:
    """Publish each quarter in turn, and read all that is told after each."""
    cuts = cuts_of(target, quarters)
    harvest = Harvest(service, sorted({cell.place for one in cuts for cell in one.cells}))
    before: Mapping[Atom, int] = {}
    instants = []
    for at, quarter in enumerate(quarters):
        await publish(service, facts(quarter, before), known_at=utc_now())
        before = quarter.counts
        instants.append((await cut(service))["published_at"])
        await noted(service)
        if at == 0:
            for place in sorted(quarter.suppliers):
                await promised(service, place)
        # To draw one takes longer than all else: those of the first are read.
        await harvest.read(at, charts=() if at else to_be_drawn(quarter, cuts[at]))
    await harvest.past(instants, sorted(quarters[0].suppliers))
    return Told(quarters, cuts, harvest)


@pytest.fixture(scope="module")
async def told(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Three communities of two councils, one of which sends some of it again."""
    folder = tmp_path_factory.mktemp("attack")
    target, chance = small_target(folder), random.Random(SEED)
    first = invent(chance, target.tables, communities=3)
    catalogue = (folder / "community.toml").read_text()
    async with inventing(databases, folder, catalogue, clock=utc_now) as service:
        found = await tell(service, target, [first, restate(chance, first)])
        # The worker told those who see exact figures; the reader is not among them.
        assert await service.rows("select 1 from annotation where automatic = 'restatement'")
        return found


def test_no_answer_tells_more_than_the_figures_that_are_shown(told: Told) -> None:
    """Neither do all of them together, with all of one community known."""
    surfaces = {one.surface for one in told.harvest.heard} | {one.surface for one in told.harvest.worked}
    assert surfaces >= SURFACES
    assert len(told.harvest.heard) + len(told.harvest.worked) > 2000
    for own in (None, min(told.quarters[0].suppliers)):
        attacker = told.attacker(own)
        assert attacker.betrayed == []
        found = attacker.attack()
        assert found.hidden > 10
        assert found.narrowed == []


def test_the_attacker_finds_what_an_answer_tells_beyond_them(told: Told) -> None:
    """One number that is made of a hidden count is enough."""
    attacker = told.attacker()
    hidden = next(cell for cell in told.cuts[0].cells if cell.suppressed and cell.measure == COUNT)
    attacker.take(Worked("a mean", 0, hidden.key, 3.0, None))
    assert [surface for surface, *_ in attacker.betrayed] == ["a mean"]
    assert attacker.attack().narrowed
