"""Quarters made up for an attack: councils, communities of every size, tables of the same people, and what is sent again."""

import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.trajectories.measures.catalogue import Catalogue, Measure, load_catalogue
from services.trajectories.performance.rules.cells import Cell
from services.trajectories.publications.rules.cutting import families
from shared.months import Month
from tests.trajectories.invented import a_measure

MONTHS = (Month(2021, 4), Month(2021, 5), Month(2021, 6))
QUARTER = "2021-22-Q1"
SUPPLIERS = {
    "cumbria": ("barrow", "millom", "mid-furness", "grange-and-lakes", "kendal", "east"),
    "lancashire": ("lancaster", "bay-icc"),
}
TODAY = date(2022, 6, 1)

Atom = tuple[str, str, Month, str]
"""Measure, community, month, and value of the breakdown."""


@dataclass(frozen=True)
class Table:
    """A count with one breakdown, and the rates made of its values."""

    key: str
    dimension: str
    values: tuple[str, ...]
    rates: dict[str, str]


@dataclass(frozen=True)
class Target:
    """Measures that hang together, and the tables they are made of."""

    catalogue: Catalogue
    family: tuple[Measure, ...]
    tables: tuple[Table, ...]


def small_target(folder: Path, *, supply: str = "community") -> Target:
    """A count with a breakdown, and the rate of one of its values. supply: whose counts they are."""
    values = ("community", "hospital", "other")
    seen = a_measure("seen", f"breakdowns.route = {list(values)}", supply=f'"{supply}"')
    rate = a_measure(
        "hospital-rate",
        'derived.numerator = { measure = "seen", where = "route=hospital" }',
        'derived.denominators = [{ measure = "seen" }]',
        kind='"proportion"',
        unit='"proportion"',
        denominator='"Seen"',
    )
    file = folder / f"{supply}.toml"
    file.write_text(f"{seen}\n{rate}")
    catalogue = load_catalogue(file)
    return Target(
        catalogue, families(catalogue)[0], (Table("seen", "route", values, {"hospital-rate": "hospital"}),)
    )


def reablement() -> Target:
    """The councils' return on reablement: two tables of the same people, and four rates."""
    catalogue = load_catalogue()
    family = next(
        one for one in families(catalogue) if any(measure.key == "reablement-assessments" for measure in one)
    )
    routes = Table(
        "reablement-assessments",
        "route",
        ("community", "hospital", "not-recorded", "community-bed"),
        {"route-not-recorded-rate": "not-recorded"},
    )
    outcomes = Table(
        "reablement-outcomes",
        "outcome",
        ("plan", "inappropriate", "refused", "moved-or-other"),
        {
            "reablement-plan-rate": "plan",
            "reablement-inappropriate-rate": "inappropriate",
            "reablement-declined-rate": "refused",
        },
    )
    return Target(catalogue, family, (routes, outcomes))


@dataclass
class Quarter:
    """An invented quarter: what each community counted."""

    counts: dict[Atom, int]
    suppliers: dict[str, str]
    tables: tuple[Table, ...]

    def cells(self) -> list[Cell]:
        dimension = {table.key: table.dimension for table in self.tables}
        return [
            Cell(key, month, place, f"{dimension[key]}={value}", count, None, self.suppliers[place])
            for (key, place, month, value), count in sorted(self.counts.items(), key=str)
        ]


def invent(chance: random.Random, tables: tuple[Table, ...], *, communities: int) -> Quarter:
    """A quarter of some communities of both suppliers, each of its own size; several tables count the same people."""
    every = [(place, supplier) for supplier, places in SUPPLIERS.items() for place in places]
    suppliers = dict(chance.sample(every, communities))
    counts: dict[Atom, int] = {}
    for place in suppliers:
        size = chance.choice((8, 15, 30, 60))
        for month in MONTHS:
            people = max(0, round(chance.gauss(size, size**0.5)))
            for table in tables:
                weights = [chance.choice((1, 1, 3, 9)) for _ in table.values]
                drawn = chance.choices(table.values, weights, k=people)
                for value in table.values:
                    counts[table.key, place, month, value] = drawn.count(value)
    return Quarter(counts, suppliers, tables)


def restate(chance: random.Random, quarter: Quarter) -> Quarter:
    """The quarter as one supplier sends it again: some counts of one of its communities are others."""
    place = chance.choice(sorted(quarter.suppliers))
    own = [atom for atom in sorted(quarter.counts, key=str) if atom[1] == place]
    counts = dict(quarter.counts)
    for atom in chance.sample(own, min(len(own), chance.choice((1, 1, 2, 4)))):
        counts[atom] = max(0, counts[atom] + chance.choice((-3, -2, -1, 1, 2, 3)))
    return Quarter(counts, quarter.suppliers, quarter.tables)
