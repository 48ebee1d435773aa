"""Sums of cells: a figure of a measure for a place and a window, with what is known about its completeness."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import chain, repeat

from services.trajectories.measures.catalogue import SOURCE, Measure
from services.trajectories.performance.rules.cells import (
    OF_TOTAL,
    Cell,
    Cells,
    Entry,
    counting_marks,
    derived_entry,
    mean_of,
    total_of,
)
from services.trajectories.performance.rules.figure import Breakdown, Figure, InMonth, Supply, add_to
from services.trajectories.performance.rules.places import Geography, Standing
from services.trajectories.performance.rules.question import Window
from shared.months import Month, month_range
from shared.registry.selection import Selection

_NOUGHTS = repeat(0)


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
        cells: Iterable[Cells],
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
        self._of_total = frozenset({OF_TOTAL} if measure.total_from is not None else ())
        self._marks: set[str] | None = None
        self._windows: dict[tuple[Selection, Window, Breakdown], Figure] = {}
        self._months: dict[Month, InMonth] = {}
        self._rows: dict[tuple[Month, Month, Breakdown], list[tuple[InMonth, dict[str, int]]]] = {}
        # Whether how much came hangs on nothing but the codes that something came under.
        self._judged_by_codes = counted_from is None and measure.supply not in {"community", "council"}
        own = [one for one in cells if one.measure in measure.made_of]
        if measure.derived is not None:
            self._file_derived(own)
        else:
            self._file(own)

    def _in(self, month: Month) -> InMonth:
        found = self._months.get(month)
        if found is None:
            found = self._months[month] = InMonth(month, settled=month < self._settled_before)
        return found

    def _file(self, cells: Iterable[Cells]) -> None:
        """Keep cells by month: those of a count as columns, those of a rate by place, for what divides them is looked at one by one."""
        of_total: dict[Month, list[Sequence[str]]] = defaultdict(list)
        # Cells of a breakdown and source have the same marks in every month, which are made once.
        made: dict[tuple[str, str], frozenset[str]] = {}
        for one in cells:
            at = one.breakdowns, one.source
            marks = made.get(at)
            if marks is None:
                marks = made[at] = counting_marks(self.measure, one)
            known = self._in(one.month)
            known.columns.append((marks, one))
            if self._of_total <= marks:
                of_total[one.month].append(one.places)
            if self.measure.kind == "count":
                continue
            for place, numerator, denominator in zip(
                one.places, one.numerators, one.denominators, strict=True
            ):
                known.entries.setdefault(place, []).append(Entry(marks, numerator, denominator))
        last: list[Sequence[str]] = []
        filed: frozenset[str] = frozenset()
        for month, places in of_total.items():
            if places != last:
                last, found = places, frozenset(chain.from_iterable(places))
                # One and the same set for months that have the same, so that it is known to be the same at a glance.
                filed = filed if found == filed else found
            self._in(month).filed = filed

    def _file_derived(self, cells: Iterable[Cells]) -> None:
        """Keep of a derived rate one entry for each month and place, made from the counts of other measures."""
        found: dict[Month, dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
        for one in cells:
            for cell in one.each:
                found[cell.month][cell.place].append(cell)
        for month, places in found.items():
            known = self._in(month)
            known.entries = {
                place: [entry]
                for place, own in places.items()
                if (entry := derived_entry(self.measure, own)) is not None
            }
            known.filed = frozenset(known.entries)

    def values_of(self, dimension: str) -> tuple[str, ...]:
        """The values of a breakdown: those declared, then others that were supplied, in order of name."""
        if self._marks is None:
            self._marks = {
                mark for month in self._months.values() for marks, _ in month.columns for mark in marks
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

    def row(self, place: Selection, windows: Sequence[Window], breakdown: Breakdown = None) -> list[Figure]:
        """The figures of windows of one grain, which follow each other."""
        if self.measure.over_months == "latest":
            return [self.figure(place, window, breakdown) for window in windows]
        first, last = windows[0].months[0], windows[-1].months[-1]
        if self.measure.kind == "count":
            months = self._months_of_count(place, first, last, breakdown)
        else:
            months = [self._of_month(place, month, breakdown) for month in month_range(first, last)]
        if windows[0].grain == "month":
            return months
        at = [window.months[0] - first for window in windows]
        return [
            self._folded(window, months[begins : begins + len(window.months)])
            for window, begins in zip(windows, at, strict=True)
        ]

    def _months_of_count(
        self, place: Selection, first: Month, last: Month, breakdown: Breakdown
    ) -> list[Figure]:
        """The figures of a count in each of some months."""
        months = self._rows.get((first, last, breakdown))
        if months is None:
            each = map(self._in, month_range(first, last))
            months = [(known, self._counts(known, breakdown)) for known in each]
            self._rows[first, last, breakdown] = months
        found: list[Figure] = []
        supply: Supply = "none"
        judged: tuple[frozenset[str], Standing] | None = None
        for (known, counts), standing in zip(months, self.places.standings(place, first, last), strict=True):
            if judged is None or known.filed is not judged[0] or standing is not judged[1]:
                supply = self._supply(place, known, standing)
                judged = (known.filed, standing) if self._judged_by_codes else None
            found.append(self._count(place, known, standing, counts, supply))
        if breakdown is not None:
            for (known, _), figure in zip(months, found, strict=True):
                known.figures[place, breakdown] = figure
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
        return self._folded(window, months)

    def _folded(self, window: Window, months: list[Figure]) -> Figure:
        """The figure of a window from those of its months, which are summed, or their mean taken."""
        supply = _joint_supply([one.supply for one in months]) if window.whole else "some"
        denominators = [one.denominator for one in months]
        averaged = self.measure.denominator_over_months == "mean"
        numerators = [one.numerator for one in months]
        return Figure(
            mean_of(numerators) if self.measure.over_months == "mean" else total_of(numerators),
            mean_of(denominators) if averaged else total_of(denominators),
            supply,
            settled=all(one.settled for one in months),
        )

    def _of_month(self, place: Selection, month: Month, breakdown: Breakdown) -> Figure:
        known = self._months.get(month) or self._in(month)
        key = (place, breakdown)
        found = known.figures.get(key)
        if found is None:
            found = known.figures[key] = self._sum(place, known, breakdown)
        return found

    def _sum(self, place: Selection, known: InMonth, breakdown: Breakdown) -> Figure:
        standing = self.places.standing(place, known.month)
        supply = self._supply(place, known, standing)
        if self.measure.kind == "count":
            return self._count(place, known, standing, self._counts(known, breakdown), supply)
        entries = self._entries_of(known, standing, breakdown) if supply != "none" else []
        return (
            _ratio(entries, supply, settled=known.settled)
            if entries
            else Figure(None, None, supply, known.settled)
        )

    def _supply(self, place: Selection, known: InMonth, standing: Standing) -> Supply:
        supply = known.supplies.get(place)
        if supply is None:
            supply = known.supplies[place] = self._judge_supply(place, known, standing)
        return supply

    def _count(
        self, place: Selection, known: InMonth, standing: Standing, counts: dict[str, int], supply: Supply
    ) -> Figure:
        """The figure of a count. counts: what came of it in the month, by code."""
        if supply != "none":
            codes = standing.codes
            total = sum(map(counts.get, codes, _NOUGHTS))
            if total or not counts.keys().isdisjoint(codes):
                return Figure(total, None, supply, known.settled)
        counted = self._is_counted(place, known.month, standing)
        return Figure(0 if counted else None, None, supply, known.settled)

    def _counts(self, known: InMonth, breakdown: Breakdown) -> dict[str, int]:
        """What came of a count in a month, by code: of a breakdown's value, or of the total."""
        found = known.counts.get(breakdown)
        if found is None:
            found = known.counts[breakdown] = {}
            wanted = self._marks_of(breakdown)
            for marks, cells in known.columns:
                if wanted <= marks:
                    add_to(found, cells)
        return found

    def _entries_of(self, known: InMonth, standing: Standing, breakdown: Breakdown) -> list[Entry]:
        entries = [entry for code in standing.codes & known.entries.keys() for entry in known.entries[code]]
        if breakdown is None and not self._of_total:
            return entries
        wanted = self._marks_of(breakdown)
        return [entry for entry in entries if wanted <= entry.breakdowns]

    def _marks_of(self, breakdown: Breakdown) -> frozenset[str]:
        """What an entry must have to count to a breakdown's value, or to the total."""
        if breakdown is None:
            return self._of_total
        mark = frozenset({f"{breakdown[0]}={breakdown[1]}"})
        return mark | self._of_total if breakdown[0] == SOURCE else mark

    def agrees(self, place: Selection, month: Month, dimension: str) -> bool:
        """Whether the values of a breakdown add up to the total of a place and month."""
        values = (self._of_month(place, month, (dimension, value)) for value in self.values_of(dimension))
        return total_of(one.numerator for one in values) == self._of_month(place, month, None).numerator

    def _judge_supply(self, place: Selection, known: InMonth, standing: Standing) -> Supply:
        """How much of what is expected for a place and month has come, whatever the breakdown."""
        if not self._is_there(place, standing):
            return "none"
        nothing = known.filed.isdisjoint(standing.codes)
        if nothing and not self._is_counted(place, known.month, standing):
            return "none"
        if standing.splits and self.measure.supply != "council":
            return "some"
        return "all" if self._all_came(place, known, standing) else "some"

    def _is_there(self, place: Selection, standing: Standing) -> bool:
        """Whether the measure exists at a place, and the place in the month."""
        return standing.exists and measured_at(self.measure, place)

    def _all_came(self, place: Selection, known: InMonth, standing: Standing) -> bool:
        """Whether everybody filed something who should have. Of what is counted as it happens nothing is expected."""
        filed = known.filed
        match self.measure.supply:
            case "practice":
                return filed.issuperset(standing.practices)
            case "community":
                expected = self.places.expected_communities(place, known.month)
            case "council":
                expected = self.places.expected_councils(place, known.month)
            case _:
                return True
        return not any(filed.isdisjoint(codes) for codes in expected)

    def _is_counted(self, place: Selection, month: Month, standing: Standing) -> bool:
        """Whether the platform itself counts the measure at a place in a month, so that no cell means 0."""
        if self.counted_from is None or not self.counted_from <= month <= self._this_month:
            return False
        return self._is_there(place, standing) and self.places.is_counted_at(place, month)

    def parts(self, place: Selection, month: Month) -> tuple[Selection, ...]:
        """The places right below one whose figures add up to its own; none where it is not taken apart."""
        if self.measure.supply != "council":
            return self.places.parts(place, month)
        return tuple(one for one in self.places.authorities(place, month) if one != place)


def _ratio(entries: list[Entry], supply: Supply, *, settled: bool) -> Figure:
    """The sums of a rate. What has nothing to divide by yet would raise the rate of those that have: it is left out."""
    divided = [entry for entry in entries if entry.denominator is not None]
    if len(divided) < len(entries):
        supply = "some"
    numerator = total_of(entry.numerator for entry in divided or entries)
    return Figure(numerator, total_of(entry.denominator for entry in divided), supply, settled)


def _joint_supply(supplies: list[Supply]) -> Supply:
    """All when every month was supplied in full, none when no month was at all."""
    if set(supplies) == {"all"}:
        return "all"
    return "none" if set(supplies) == {"none"} else "some"
