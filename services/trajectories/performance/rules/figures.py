"""Sums of cells: a figure of a measure for a place and a window, with what is known about its completeness."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal, NamedTuple, TypeAlias

from services.trajectories.measures.catalogue import SOURCE, Measure, Part
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.question import Window
from shared.months import Month
from shared.registry.selection import Selection

Status: TypeAlias = Literal["final", "provisional", "partial", "not-supplied"]
Supply: TypeAlias = Literal["all", "some", "none"]
Breakdown: TypeAlias = tuple[str, str] | None

_OF_TOTAL = "*"  # no breakdown is called so


class Cell(NamedTuple):
    """One cell in force, as stored. breakdowns: `route=hospital`, several joined by `&`, empty for none."""

    measure: str
    month: Month
    place: str
    breakdowns: str
    numerator: int
    denominator: int | None
    source: str = ""


class _Entry(NamedTuple):
    """What a place has of a measure in a month. numerator: None where it was left blank beside a denominator.

    denominator: None for a count, and for a rate of which nobody knows yet what divides it.
    """

    breakdowns: frozenset[str]
    numerator: int | None
    denominator: int | None


class Figure(NamedTuple):
    """What is known of a measure for a place and a window.

    numerator: None when nothing arrived.   denominator: None for counts; it may be known where a rate's numerator is not,
    adds to those of larger places, and over months adds too or is their mean.   supply: how much of what was expected came.
    settled: whether the window and the time its figures need to settle are over.
    """

    numerator: int | None
    denominator: int | None
    supply: Supply
    settled: bool

    @property
    def status(self) -> Status:
        """How far the figure may be relied on; a cell that was left blank is not supplied, and not 0."""
        if self.numerator is None:
            return "not-supplied"
        if self.supply != "all":
            return "partial"
        return "final" if self.settled else "provisional"


def value_of(measure: Measure, numerator: int | None, denominator: int | None) -> Fraction | None:
    """The value of a figure in the measure's unit; None where there is none, or nothing to divide by."""
    if numerator is None:
        return None
    if measure.kind == "count":
        return Fraction(numerator) if measure.scale == 1 else Fraction(numerator, measure.scale)
    return Fraction(numerator * measure.per, denominator * measure.scale) if denominator else None


def measured_at(measure: Measure, place: Selection) -> bool:
    """Whether a measure exists at a place: it is never spread below its finest level.

    A community's figure says nothing of its practices. Networks and lines are asked where communities are.
    """
    if place.level in measure.levels:
        return True
    if place.level == "sub_community":
        return "practice" in measure.levels
    return place.kind in {"line", "pcn"} and "icc" in measure.levels


class Figures:
    """The cells of one measure, asked by place, window and breakdown.

    today: the day the answer is of; a month is settled when its end and the measure's settling days lie before it.
    counted_from: of a measure that the platform counts itself, the first month of which anybody has a figure: from it to
    today's month nothing filed means 0.
    What was once added up is kept, for one answer asks for the same sums many times.
    """

    def __init__(
        self,
        measure: Measure,
        cells: Iterable[Cell],
        places: Geography,
        *,
        today: date,
        counted_from: Month | None = None,
    ) -> None:
        self.measure = measure
        self.places = places
        self.counted_from = counted_from
        self._this_month = Month.of(today)
        self._settled_before = Month.of(today - timedelta(days=measure.settles_days))
        self._entries = _entries(measure, cells)
        self._of_total = frozenset({_OF_TOTAL} if measure.total_from is not None else ())
        self._marks: set[str] | None = None
        self._filed: dict[Month, frozenset[str]] = {}
        self._windows: dict[tuple[Selection, Window, Breakdown], Figure] = {}
        self._known: dict[tuple[Selection, Month, Breakdown], Figure] = {}
        self._supplies: dict[tuple[Selection, Month], Supply] = {}

    def values_of(self, dimension: str) -> tuple[str, ...]:
        """The values of a breakdown: those declared, then others that were supplied, in order of name."""
        if self._marks is None:
            self._marks = {
                mark
                for month in self._entries.values()
                for entries in month.values()
                for one in entries
                for mark in one.breakdowns
            }
        declared, name = self.measure.dimensions.get(dimension, ()), f"{dimension}="
        supplied = {mark.removeprefix(name) for mark in self._marks if mark.startswith(name)}
        return (*declared, *sorted(supplied.difference(declared)))

    def figure(self, place: Selection, window: Window, breakdown: Breakdown = None) -> Figure:
        """The figure of a window: the sum or mean of what arrived, or for a measure of latest values its last month."""
        if len(window.months) == 1 and window.whole:
            return self._of_month(place, window.months[0], breakdown)
        key = (place, window, breakdown)
        found = self._windows.get(key)
        if found is None:
            found = self._windows[key] = self._of_window(place, window, breakdown)
        return found

    def _of_window(self, place: Selection, window: Window, breakdown: Breakdown) -> Figure:
        months = [self._of_month(place, month, breakdown) for month in window.months]
        if self.measure.over_months == "latest":
            # Of a breakdown too it is the last month of the total: an older one of a single value would not add up.
            totals = (
                months if breakdown is None else [self._of_month(place, one, None) for one in window.months]
            )
            known = [one for one, total in zip(months, totals, strict=True) if total.numerator is not None]
            if not known:
                return Figure(None, None, _joint_supply([one.supply for one in months]), settled=True)
            complete = window.whole and totals[-1].numerator is not None
            last = known[-1]
            supply = last.supply if complete else "some"
            return Figure(last.numerator, last.denominator, supply, last.settled)
        supply = _joint_supply([one.supply for one in months]) if window.whole else "some"
        denominators = [one.denominator for one in months]
        averaged = self.measure.denominator_over_months == "mean"
        numerators = [one.numerator for one in months]
        return Figure(
            mean_of(numerators) if self.measure.over_months == "mean" else _total(numerators),
            mean_of(denominators) if averaged else _total(denominators),
            supply,
            settled=all(one.settled for one in months),
        )

    def _of_month(self, place: Selection, month: Month, breakdown: Breakdown) -> Figure:
        key = (place, month, breakdown)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._sum(place, month, breakdown)
        return found

    def _sum(self, place: Selection, month: Month, breakdown: Breakdown) -> Figure:
        supply = self._supply(place, month)
        settled = month < self._settled_before
        entries = self._entries_of(place, month) if supply != "none" else []
        if breakdown is not None or self._of_total:
            marks = self._marks_of(breakdown)
            entries = [entry for entry in entries if marks <= entry.breakdowns]
        if not entries:
            return Figure(0 if self._is_counted(place, month) else None, None, supply, settled)
        if self.measure.kind == "count":
            return Figure(_total([entry.numerator for entry in entries]), None, supply, settled)
        return _ratio(entries, supply, settled=settled)

    def _marks_of(self, breakdown: Breakdown) -> frozenset[str]:
        """What an entry must have to count to a breakdown's value, or to the total."""
        if breakdown is None:
            return self._of_total
        mark = frozenset({f"{breakdown[0]}={breakdown[1]}"})
        return mark | self._of_total if breakdown[0] == SOURCE else mark

    def agrees(self, place: Selection, month: Month, dimension: str) -> bool:
        """Whether the values of a breakdown add up to the total of a place and month."""
        values = (self._of_month(place, month, (dimension, value)) for value in self.values_of(dimension))
        return _total(one.numerator for one in values) == self._of_month(place, month, None).numerator

    def _filed_in(self, month: Month) -> frozenset[str]:
        """The codes under which something of the total came in a month."""
        found = self._filed.get(month)
        if found is None:
            places = self._entries.get(month, {})
            found = self._filed[month] = frozenset(
                code
                for code, entries in places.items()
                for one in entries
                if self._of_total <= one.breakdowns
            )
        return found

    def _entries_of(self, place: Selection, month: Month) -> list[_Entry]:
        filed = self._entries.get(month, {})
        return [entry for code in self.places.codes(place, month) & filed.keys() for entry in filed[code]]

    def _supply(self, place: Selection, month: Month) -> Supply:
        """How much of what is expected for a place and month has come, whatever the breakdown."""
        key = (place, month)
        found = self._supplies.get(key)
        if found is None:
            found = self._supplies[key] = self._judge_supply(place, month)
        return found

    def _judge_supply(self, place: Selection, month: Month) -> Supply:
        if not self._is_there(place, month):
            return "none"
        filed = self._filed_in(month)
        if filed.isdisjoint(self.places.codes(place, month)) and not self._is_counted(place, month):
            return "none"
        if self.measure.supply != "council" and self.places.splits_a_community(place, month):
            return "some"
        return "all" if self._all_came(place, month, filed) else "some"

    def _is_there(self, place: Selection, month: Month) -> bool:
        """Whether the measure exists at a place, and the place in a month."""
        return measured_at(self.measure, place) and self.places.exists(place, month)

    def _all_came(self, place: Selection, month: Month, filed: frozenset[str]) -> bool:
        """Whether everybody filed something who should have. Of what is counted as it happens nothing is expected."""
        if self.measure.supply == "practice":
            return filed.issuperset(self.places.practices(place, month))
        return not any(filed.isdisjoint(codes) for codes in self._expected(place, month))

    def _is_counted(self, place: Selection, month: Month) -> bool:
        """Whether the platform itself counts the measure at a place in a month, so that no cell means 0."""
        begun = self.counted_from is not None and self.counted_from <= month <= self._this_month
        return begun and self._is_there(place, month) and self.places.is_counted_at(place, month)

    def _expected(self, place: Selection, month: Month) -> Iterator[AbstractSet[str]]:
        """For each community or council that should have supplied a figure, the codes that it may be filed under."""
        match self.measure.supply:
            case "community":
                for slug in self.places.communities(place, month):
                    yield self.places.codes(self.places.select(slug), month)
            case "council":
                for council in self.places.authorities(place, month):
                    yield self.places.codes(council, month)

    def parts(self, place: Selection, month: Month) -> tuple[Selection, ...]:
        """The places right below one whose figures add up to its own; none where it is not taken apart."""
        if self.measure.supply != "council":
            return self.places.parts(place, month)
        return tuple(one for one in self.places.authorities(place, month) if one != place)


def _ratio(entries: list[_Entry], supply: Supply, *, settled: bool) -> Figure:
    """The sums of a rate. What has nothing to divide by yet would raise the rate of those that have: it is left out."""
    divided = [entry for entry in entries if entry.denominator is not None]
    if len(divided) < len(entries):
        supply = "some"
    numerator = _total(entry.numerator for entry in divided or entries)
    return Figure(numerator, _total(entry.denominator for entry in divided), supply, settled)


def _entries(measure: Measure, cells: Iterable[Cell]) -> dict[Month, dict[str, list[_Entry]]]:
    """The cells by month and place; of a derived rate one for each, made from the counts of other measures."""
    return _counted(measure, cells) if measure.derived is None else _all_derived(measure, cells)


def _counted(measure: Measure, cells: Iterable[Cell]) -> dict[Month, dict[str, list[_Entry]]]:
    entries: dict[Month, dict[str, list[_Entry]]] = defaultdict(lambda: defaultdict(list))
    # Cells of a breakdown and source have the same marks, which are made once.
    known: dict[tuple[str, str], frozenset[str]] = {}
    for cell in cells:
        if cell.measure == measure.key:
            at = cell.breakdowns, cell.source
            marks = known.get(at)
            if marks is None:
                marks = known[at] = marks_of(cell) | _told_of(measure, cell)
            entries[cell.month][cell.place].append(_Entry(marks, cell.numerator, cell.denominator))
    return entries


def _all_derived(measure: Measure, cells: Iterable[Cell]) -> dict[Month, dict[str, list[_Entry]]]:
    filed: dict[Month, dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    made_of = measure.made_of
    for cell in cells:
        if cell.measure in made_of:
            filed[cell.month][cell.place].append(cell)
    return {
        month: {place: [entry] for place, own in places.items() if (entry := derived_entry(measure, own))}
        for month, places in filed.items()
    }


def _told_of(measure: Measure, cell: Cell) -> set[str]:
    """What an entry is marked with beside its breakdowns: its source, and whether it counts to the total."""
    marks = {f"{SOURCE}={measure.source_named(cell.source)}"} if measure.sources else set()
    return marks | {_OF_TOTAL} if is_of_total(measure, cell) else marks


def is_of_total(measure: Measure, cell: Cell) -> bool:
    """Whether a cell counts to the total: all do, or those of the breakdown that makes it and those without any."""
    if measure.total_from is None or not cell.breakdowns:
        return True
    return any(mark.startswith(f"{measure.total_from}=") for mark in marks_of(cell))


def derived_entry(measure: Measure, cells: list[Cell]) -> _Entry | None:
    """The one entry of a place and month; None where the numerator's table, or all to divide by, was not supplied.

    A category left blank where its place has other counts has no numerator, and adds 0 to a sum, as the printed totals do.
    """
    derivation = measure.derived
    if derivation is None:
        return None
    known = {one.key: one for one in measure.reads}
    wholes = [
        whole
        for part in derivation.denominators
        if (whole := _sum_of(cells, part, known[part.measure])) is not None
    ]
    if not wholes or all(cell.measure != derivation.numerator.measure for cell in cells):
        return None
    numerator = _sum_of(cells, derivation.numerator, known[derivation.numerator.measure])
    return _Entry(frozenset(), numerator, max(wholes))


def _sum_of(cells: list[Cell], part: Part, measure: Measure) -> int | None:
    return _total(
        cell.numerator
        for cell in cells
        if cell.measure == part.measure
        and (is_of_total(measure, cell) if part.where is None else part.where in marks_of(cell))
    )


def _total(counts: Iterable[int | None]) -> int | None:
    """The sum of the counts there are; None when there is none."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def mean_of(counts: Iterable[int | None]) -> int | None:
    """The mean of the counts there are, to the nearest whole number, a half up; None when there is none."""
    known = [count for count in counts if count is not None]
    return (2 * sum(known) + len(known)) // (2 * len(known)) if known else None


def marks_of(cell: Cell) -> frozenset[str]:
    """The values of breakdowns that a cell is of: `route=hospital`."""
    return frozenset(cell.breakdowns.split("&")) if cell.breakdowns else frozenset()


def _joint_supply(supplies: list[Supply]) -> Supply:
    """All when every month was supplied in full, none when no month was at all."""
    if set(supplies) == {"all"}:
        return "all"
    return "none" if set(supplies) == {"none"} else "some"
