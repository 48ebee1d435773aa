"""Figures taken apart: by whoever supplied a part of them, down to the leaves, which are all that is ever shown for itself.

A *party* is a part of a figure that may move by itself, or be known to somebody exactly: what one supplier says of one
place, be that a practice, a community or a council. A *leaf* is one count of a party: of a month, or of one value of a
breakdown in a quarter.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias, cast

from services.trajectories.measures.catalogue import SOURCE, Measure
from services.trajectories.performance.rules.cells import Cell, derived_entry, is_of_total, marks_of
from services.trajectories.performance.rules.figure import Breakdown
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.question import Window
from shared.months import Month, financial_quarter
from shared.registry.selection import Selection

Series: TypeAlias = Literal["numerator", "denominator", "rest"]
"""Of a proportion those who count and the rest have leaves; its denominator is both together."""

SEVERAL = "*"
"""The party of a rate made of what several parties gave: nobody's, and never shown."""
_PRACTICE = "practice:"


class Leaf(NamedTuple):
    """One count. period: a month or a quarter as labels write it.   part: empty for a total, else `route=hospital`."""

    series: Series
    measure: str
    place: str
    period: str
    part: str

    @property
    def label(self) -> str:
        """The leaf as one word."""
        return "|".join(self)

    @classmethod
    def of(cls, label: str) -> "Leaf":
        """The leaf with a label."""
        series, *others = label.split("|")
        return cls(cast("Series", series), *others)


Shares: TypeAlias = dict[str, frozenset[Leaf]]
"""The leaves of a figure by party."""
Counts: TypeAlias = dict[str, dict[Leaf, int]]
"""Counts by party and leaf."""


def is_practice(party: str) -> bool:
    """Whether a party is a practice."""
    return party.startswith(_PRACTICE)


def supplier_of(party: str) -> str:
    """Who supplies a party's counts."""
    return party.rpartition("|")[2]


@lru_cache(maxsize=4096)
def quarter_of(month: Month) -> str:
    """The label of the quarter that a month lies in."""
    return financial_quarter(month).label


@dataclass(slots=True)
class Ledger:
    """One measure's leaves by party, with what is filed where.

    months: what the counts of quarters are made of, month by month: nobody is shown those, but what is sent again is one of them.
    filed: by month and code, the parties with something there.   sources: which source a party is.
    wholes: of a rate made here, the totals that its leaves divide by, by party, place and month.
    """

    measure: Measure
    values: Counts = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    months: Counts = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    filed: dict[Month, dict[str, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    sources: dict[str, str] = field(default_factory=dict)
    wholes: dict[tuple[str, str, str], Leaf] = field(default_factory=dict)

    def shares(
        self,
        places: Geography,
        place: Selection,
        window: Window,
        *,
        breakdown: Breakdown,
        series: Series = "numerator",
    ) -> Shares:
        """The leaves that add up to a figure of a place and window, whose months are those that count."""
        found: dict[str, set[Leaf]] = defaultdict(set)
        part = "" if breakdown is None or breakdown[0] == SOURCE else "=".join(breakdown)
        for month in window.months:
            filed = self.filed.get(month, {})
            if not filed or not places.exists(place, month):
                continue
            period = self.period_of(month, part)
            for code in filed.keys() & places.codes(place, month):
                for party in filed[code]:
                    if self._counts(party, breakdown):
                        leaves = self._leaves(party, Leaf(series, self.measure.key, code, period, part))
                        found[party].update(leaf for leaf in leaves if leaf in self.values[party])
        return {party: frozenset(leaves) for party, leaves in found.items() if leaves}

    def _leaves(self, party: str, leaf: Leaf) -> tuple[Leaf, ...]:
        """What has the count of a leaf: itself, or of what a proportion divides by its total, or else its parts."""
        if self.measure.kind != "proportion" or leaf.series != "denominator":
            return (leaf,)
        whole = self.wholes.get((party, leaf.place, leaf.period))
        return (
            (leaf._replace(series="numerator"), leaf._replace(series="rest")) if whole is None else (whole,)
        )

    def period_of(self, month: Month, part: str) -> str:
        """The period of a leaf: values of a breakdown are counted by quarter, where months are added."""
        return quarter_of(month) if part and self.measure.over_months == "sum" else str(month)

    def _counts(self, party: str, breakdown: Breakdown) -> bool:
        """Whether a party's leaves count to a figure: to one of a source only that source's, else the headline's."""
        wanted = breakdown[1] if breakdown and breakdown[0] == SOURCE else self.measure.headline_source
        return wanted is None or self.sources.get(party) == wanted


def ledger_of(measure: Measure, cells: Iterable[Cell], *, is_code: Callable[[str], bool]) -> Ledger:
    """The ledger of a measure. cells: in force, of all it is made of.   is_code: whether a place is a practice."""
    ledger = Ledger(measure)
    if measure.derived is not None:
        _file_derived(ledger, cells, is_code)
        return ledger
    for cell in cells:
        if cell.measure != measure.key:
            continue
        party = party_of(cell, is_code)
        ledger.sources[party] = measure.source_named(cell.source)
        ledger.filed[cell.month][cell.place].add(party)
        values = ledger.values[party]
        for part in _parts(measure, cell):
            period = ledger.period_of(cell.month, part)
            for series, count in _counts(measure, cell.numerator, cell.denominator):
                values[Leaf(series, measure.key, cell.place, period, part)] += count
                if period != str(cell.month):
                    leaf = Leaf(series, measure.key, cell.place, str(cell.month), part)
                    ledger.months[party][leaf] += count
    return ledger


def _file_derived(ledger: Ledger, cells: Iterable[Cell], is_code: Callable[[str], bool]) -> None:
    """The leaves of a rate made here. Where several parties have a hand in one place and month it is nobody's."""
    measure = ledger.measure
    by_place: dict[tuple[Month, str], list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.measure in measure.made_of:
            by_place[cell.month, cell.place].append(cell)
    for (month, place), own in by_place.items():
        entry = derived_entry(measure, own)
        if entry is None:
            continue
        parties = {party_of(cell, is_code) for cell in own}
        party = parties.pop() if len(parties) == 1 else SEVERAL
        ledger.filed[month][place].add(party)
        for series, count in _counts(measure, entry.numerator, entry.denominator):
            ledger.values[party][Leaf(series, measure.key, place, str(month), "")] += count
        for whole in measure.wholes:
            total = sum(
                cell.numerator for cell in own if cell.measure == whole.key and is_of_total(whole, cell)
            )
            if total == entry.denominator:
                leaf = Leaf("numerator", whole.key, place, str(month), "")
                ledger.wholes.setdefault((party, place, str(month)), leaf)
                ledger.values[party][leaf] = total
                break


def party_of(cell: Cell, is_code: Callable[[str], bool]) -> str:
    """The party that a cell is of. is_code: whether a place is a practice."""
    return f"{_PRACTICE if is_code(cell.place) else ''}{cell.place}|{cell.source}"


def _parts(measure: Measure, cell: Cell) -> Iterator[str]:
    """The total a cell counts to, and each value of a breakdown."""
    if is_of_total(measure, cell):
        yield ""
    if cell.breakdowns:
        yield from marks_of(cell)


def _counts(measure: Measure, numerator: int | None, denominator: int | None) -> Iterator[tuple[Series, int]]:
    """The counts of people in a cell. The sum behind a mean, and one whose people another measure counts, are none."""
    if numerator is not None and measure.behind is None:
        yield "numerator", numerator
    if measure.kind == "proportion":
        yield "rest", max(0, (denominator or 0) - (numerator or 0))
    elif measure.kind != "count":
        yield "denominator", denominator or 0
