"""All cells of a cut for measures that hang together: every place, month, quarter and year, and each breakdown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple, Protocol

from services.trajectories.measures.catalogue import SOURCE, Measure
from services.trajectories.performance.rules.cells import Cell, cells_by_kind
from services.trajectories.performance.rules.figure import Breakdown, Figure, Status, value_of
from services.trajectories.performance.rules.figures import Figures
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import MEAN_STEPS, Policy
from services.trajectories.performance.rules.question import Grain, Window, month_window, windows
from services.trajectories.publications.rules.faces import ZERO, Face, mean_of, sum_of
from services.trajectories.publications.rules.leaves import Ledger, Series, Shares, ledger_of
from shared.months import Month, financial_year, month_range
from shared.registry.selection import COUNCIL_PREFIX, PCN_PREFIX, Selection

OFFERED: tuple[Grain, ...] = ("month", "quarter", "year")
BROKEN_DOWN: tuple[Grain, ...] = ("quarter", "year")


class PublishedFigure(NamedTuple):
    """One cell of a cut. tenths: of a mean, its value in tenths.   due: whether no count behind it is too small to show."""

    measure: str
    place: str
    grain: Grain
    month: date
    breakdown: str
    numerator: int | None
    denominator: int | None
    tenths: int | None
    suppressed: bool
    status: Status
    due: bool

    @property
    def key(self) -> tuple[str, str, str, date, str]:
        """What no other cell of the cut has."""
        return self.measure, self.place, self.grain, self.month, self.breakdown


class Faces(Protocol):
    """What was decided that sums show."""

    def total(self, shares: Shares) -> Face | None:
        """The face of a sum of some parties' leaves; None where one may not even be added."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a cut is made of. begun: of a measure that the platform counts itself, the first month with any figure."""

    cells: Sequence[Cell]
    places: Geography
    policy: Policy
    today: date
    begun: Mapping[str, Month]

    def figures(self, measure: Measure, cells: Iterable[Cell]) -> Figures:
        """The figures of a measure."""
        begun = self.begun.get(measure.key)
        own = cells_by_kind(cell for cell in cells if cell.measure in measure.made_of)
        return Figures(measure, own, self.places, today=self.today, counted_from=begun)

    def ledger(self, measure: Measure) -> Ledger:
        """The leaves of a measure, of all its sources."""
        return ledger_of(measure, self.cells, is_code=self.places.registry.knows_practice)


def months_of(measure: Measure, known: Known) -> tuple[Month, ...]:
    """The months of which a measure may have figures, filled up to whole financial years."""
    found = {cell.month for cell in known.cells if cell.measure in measure.made_of}
    if measure.key in known.begun:
        found |= {known.begun[measure.key], Month.of(known.today)}
    if not found:
        return ()
    return tuple(month_range(financial_year(min(found)).first, financial_year(max(found)).last))


def places_published(places: Geography) -> Iterator[Selection]:
    """Every place whose figures may be published, in the months in which it is not less than a community."""
    file = places.registry.file
    yield from (places.select(one.slug) for one in file.communities)
    yield from (places.select(one.slug) for one in file.lines)
    yield from (Selection(PCN_PREFIX + one.code, "pcn", one.code, "pcn") for one in file.networks)
    yield from (Selection(COUNCIL_PREFIX + one.slug, "council", one.slug, "council") for one in file.councils)


@dataclass(slots=True)
class Cutter:
    """Makes the cells of one measure from what was decided of its leaves. people: the same for who is behind its sums.   source: of one only."""

    known: Known
    ledger: Ledger
    faces: Faces
    figures: Figures
    people: "Cutter | None" = None
    source: str | None = None

    @property
    def measure(self) -> Measure:
        """The measure."""
        return self.ledger.measure

    def cells(self) -> Iterator[PublishedFigure]:
        """Its totals of every place and window, and its breakdowns; of one source only that source's."""
        for place, window, breakdown in self._keys():
            yield from self._cell(place, window, breakdown)

    def _keys(self) -> Iterator[tuple[Selection, Window, Breakdown]]:
        """What there may be cells of."""
        months = months_of(self.measure, self.known)
        if not months:
            return
        every = {grain: windows(months[0], months[-1], grain) for grain in OFFERED}
        values: list[Breakdown] = [None, *self._values()] if self.source is None else [(SOURCE, self.source)]
        for place in places_published(self.known.places):
            for value in values:
                for grain in OFFERED if value is None else BROKEN_DOWN:
                    for window in every[grain]:
                        if not self._is_below(place, window):
                            yield place, window, value

    def _values(self) -> Iterator[Breakdown]:
        for dimension in self.measure.dimensions:
            if dimension != SOURCE:
                yield from ((dimension, value) for value in self.figures.values_of(dimension))

    def _is_below(self, place: Selection, window: Window) -> bool:
        return any(self.known.places.below_icc(place, month) for month in window.months)

    def _cell(self, place: Selection, window: Window, breakdown: Breakdown) -> Iterator[PublishedFigure]:
        figure = self.figures.figure(place, window, _within(self.measure, breakdown))
        if figure.numerator is None:
            return
        shown = self._shown(place, window, breakdown, figure)
        numerator, denominator, tenths = shown or (None, None, None)
        yield PublishedFigure(
            self.measure.key,
            place.token,
            window.grain,
            window.month.first_day,
            "" if breakdown is None else "=".join(breakdown),
            numerator,
            denominator,
            tenths,
            shown is None,
            figure.status,
            due=self._is_due(place, window, breakdown, figure),
        )

    def _shown(
        self, place: Selection, window: Window, breakdown: Breakdown, figure: Figure
    ) -> tuple[int | None, int | None, int | None] | None:
        """Numerator, denominator and tenths as they are shown; None for a figure that is hidden."""
        policy, measure, numerator = self.known.policy, self.measure, figure.numerator or 0
        if self.people is not None:
            return self._by_people(place, window, breakdown, figure)
        counts = self._counts(place, window, breakdown)
        if counts is None:
            return None
        denominator = counts.get("denominator")
        if measure.behind == "denominator":
            value = value_of(measure, numerator, figure.denominator)
            if measure.kind != "mean":
                return policy.rounded(numerator, scale=measure.scale), denominator, None
            return None, denominator, None if value is None else round(value * MEAN_STEPS)
        return counts["numerator"], denominator, None

    def _counts(self, place: Selection, window: Window, breakdown: Breakdown) -> dict[Series, int] | None:
        """The counts of a figure as they are shown; None where one may not be, or where they do not add up."""
        if not self._adds_up(place, window, breakdown):
            return None
        found = {series: self.face(place, window, breakdown, series) for series in _series(self.measure)}
        if not all(face is not None and self._shows(face, series) for series, face in found.items()):
            return None
        rounded = self.known.policy.rounded
        counts = {series: rounded(face.shown) for series, face in found.items() if face is not None}
        if self.measure.kind == "proportion" and counts["numerator"] > counts.get(
            "denominator", counts["numerator"]
        ):
            return None  # what many hidden parts are taken for does not add up
        return counts

    def _by_people(
        self, place: Selection, window: Window, breakdown: Breakdown, figure: Figure
    ) -> tuple[int | None, int | None, int | None] | None:
        """A sum whose people another measure counts is shown where they are, and never where nobody told of them."""
        policy, numerator = self.known.policy, figure.numerator or 0
        face = None if self.people is None else self.people.face(place, window, breakdown, "numerator")
        if face is None or not self._shows(face) or (face == ZERO and numerator):
            return None
        denominator = None if figure.denominator is None else policy.rounded(figure.denominator)
        return policy.rounded(numerator, scale=self.measure.scale), denominator, None

    def face(self, place: Selection, window: Window, breakdown: Breakdown, series: Series) -> Face | None:
        """What a count of a figure shows: the sum of what its parties show, or the mean of what its months do."""
        faces = [self.faces.total(shares) for shares in self._shares(place, window, breakdown, series)]
        known = [face for face in faces if face is not None]
        if not known or len(known) < len(faces):
            return None
        return mean_of(known) if self._is_mean(series) else sum_of(known)

    def _is_mean(self, series: Series) -> bool:
        measure = self.measure
        return measure.over_months == "mean" or (
            series == "denominator" and measure.denominator_over_months == "mean"
        )

    def _shares(
        self, place: Selection, window: Window, breakdown: Breakdown, series: Series
    ) -> Iterator[Shares]:
        """The leaves of a count; of a mean of months those of each month."""
        months = self._months(place, window)
        averaged = self._is_mean(series)
        parts = [month_window(month) for month in months] if averaged or len(months) == 1 else [window]
        for part in parts:
            yield self.ledger.shares(self.known.places, place, part, breakdown=breakdown, series=series)

    def _months(self, place: Selection, window: Window) -> tuple[Month, ...]:
        """The months that make a window's figure: those with figures, or of latest values the last of them."""
        if self.measure.over_months == "sum" and self.measure.denominator_over_months == "sum":
            return window.months
        known = tuple(
            month
            for month in window.months
            if self.figures.figure(place, month_window(month)).numerator is not None
        )
        return known[-1:] if self.measure.over_months == "latest" else known

    def sums(self) -> Iterator[dict[Series, list[Shares]]]:
        """The sums of leaves that each of its cells is made of."""
        for place, window, breakdown in self._keys():
            if self.figures.figure(place, window, _within(self.measure, breakdown)).numerator is not None:
                yield {
                    series: list(self._shares(place, window, breakdown, series))
                    for series in _series(self.measure)
                }

    def _adds_up(self, place: Selection, window: Window, breakdown: Breakdown) -> bool:
        """Whether a figure is the sum of its leaves: it is not where the place changed within a quarter of theirs."""
        return all(
            self._is_mean(series)
            or sum(map(self._total, self._shares(place, window, breakdown, series)))
            == self._true(place, window, breakdown, series)
            for series in _series(self.measure)
        )

    def _total(self, shares: Shares) -> int:
        return sum(self.ledger.values[party][leaf] for party, leaves in shares.items() for leaf in leaves)

    def _true(self, place: Selection, window: Window, breakdown: Breakdown, series: Series) -> int:
        figure = self.figures.figure(place, window, _within(self.measure, breakdown))
        numerator, denominator = figure.numerator or 0, figure.denominator or 0
        match series:
            case "numerator":
                return numerator
            case "denominator":
                return denominator
            case "rest":
                return denominator - numerator

    def _shows(self, face: Face, series: Series = "numerator") -> bool:
        """Whether a count may be shown. Those who do not count in a rate are not: it is enough that its parts show enough."""
        enough = face.shown if series == "rest" else face.low
        return face == ZERO or enough > self.known.policy.threshold

    def _is_due(self, place: Selection, window: Window, breakdown: Breakdown, figure: Figure) -> bool:
        """Whether a figure counts to those of which nine in ten are shown: somebody is behind it, and not too few."""
        if self.people is not None:
            return self.people.is_due_count(place, window, breakdown)
        counts = {series: self._true(place, window, breakdown, series) for series in _series(self.measure)}
        small = any(self.known.policy.hides(count) for count in counts.values())
        first = counts.get("numerator", counts.get("denominator", 0))
        return figure.numerator is not None and first > 0 and not small

    def is_due_count(self, place: Selection, window: Window, breakdown: Breakdown) -> bool:
        """Whether a count of people is large enough to be shown."""
        return self._true(place, window, breakdown, "numerator") > self.known.policy.threshold


def _within(measure: Measure, breakdown: Breakdown) -> Breakdown:
    """The breakdown as figures of one source know it: where sources are never added, theirs are the only ones there."""
    if breakdown is not None and breakdown[0] == SOURCE and measure.headline_source is not None:
        return None
    return breakdown


def _series(measure: Measure) -> tuple[Series, ...]:
    """The counts of people behind a figure of a measure."""
    if measure.behind == "denominator":
        return ("denominator",)
    match measure.kind:
        case "count":
            return ("numerator",)
        case "proportion":
            return ("numerator", "denominator", "rest")
        case _:
            return ("numerator", "denominator")


def families(catalogue: Iterable[Measure]) -> list[tuple[Measure, ...]]:
    """The measures in groups that are made of the same facts: what one shows may say something of another."""
    groups: list[tuple[set[str], list[Measure]]] = []
    for measure in catalogue:
        keys = {measure.key, *measure.read_measures}
        joined = [group for group in groups if group[0] & keys]
        groups = [group for group in groups if not group[0] & keys]
        keys = keys.union(*(group[0] for group in joined))
        groups.append((keys, [*(one for group in joined for one in group[1]), measure]))
    return [tuple(measures) for _, measures in groups]


def cutters_of(
    family: Sequence[Measure], known: Known, faces: Faces, ledgers: Mapping[str, Ledger]
) -> Iterator[Cutter]:
    """What makes all cells of a family. ledgers: of each of its measures.   faces: what was decided of their leaves."""
    headlines = {one.key: one for one in family if one.headline_source is not None}
    of_headline = [cell for cell in known.cells if _is_headline(headlines.get(cell.measure), cell)]
    cutters = {
        measure.key: Cutter(known, ledgers[measure.key], faces, known.figures(measure, of_headline))
        for measure in family
    }
    for measure in family:
        cutter = cutters[measure.key]
        if measure.counted is not None:
            cutter.people = cutters[measure.counted.key]
        yield cutter
        for name in cutter.figures.values_of(SOURCE) if measure.sources else ():
            yield from _of_source(cutter, name)


def _of_source(cutter: Cutter, name: str) -> Iterator[Cutter]:
    """The cutter of one of several sources: a part of the total, or where people are counted twice a figure by itself."""
    measure = cutter.measure
    if measure.headline_source is not None:
        own = [
            cell
            for cell in cutter.known.cells
            if cell.measure == measure.key and measure.source_named(cell.source) == name
        ]
        # Only from the headline's something is expected; what the others did not count is not missing.
        beside = (
            measure if name == measure.headline_source else measure.model_copy(update={"supply": "events"})
        )
        cutter = Cutter(cutter.known, cutter.ledger, cutter.faces, cutter.known.figures(beside, own))
    else:
        cutter = replace(cutter, people=None)
    cutter.source = name
    yield cutter


def _is_headline(measure: Measure | None, cell: Cell) -> bool:
    return measure is None or measure.source_named(cell.source) == measure.headline_source
