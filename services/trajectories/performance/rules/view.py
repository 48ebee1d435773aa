"""The figures of one measure as one audience may see them, exact or protected. Every format shows this view."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.rules.figures import Breakdown, Figure, Figures, Status, value_of
from services.trajectories.performance.rules.protection import UNBOUNDED, Policy, Range, Sum, isolates
from services.trajectories.performance.rules.question import Window, month_window, parts_of
from shared.months import Month
from shared.registry.selection import Selection

# A mean of protected replies is shown to one decimal, so that the sum behind it is not.
_MEAN_STEPS = 10


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as it may be shown. suppressed: it exists but is hidden, then its value and both parts are None."""

    value: Fraction | None
    numerator: int | None
    denominator: int | None
    suppressed: bool
    status: Status


class View:
    """One measure for one audience.

    exact: whether the audience may see a place's true counts in a month.   wholes: of a derived rate, the views whose totals
    are its denominators; the rate may not show what they hide.   people: the people behind a measure's sums, where another
    measure counts them.
    """

    # Every decision depends on the data and the audience, never on the question: no figure is shown in two ways.

    def __init__(
        self,
        figures: Figures,
        policy: Policy,
        exact: Callable[[Selection, Month], bool],
        *,
        wholes: Sequence["View"] = (),
        people: Figures | None = None,
    ) -> None:
        self.measure: Measure = figures.measure
        self.places = figures.places
        self._figures = figures
        self._policy = policy
        self._exact_month = exact
        self._below: dict[tuple[Selection, Window], tuple[tuple[Selection, Window], ...]] = {}
        self._wholes = tuple(wholes)
        self._people = people
        self._of_denominator = figures.measure.behind == "denominator"
        self._decided: dict[tuple[Selection, Window, Breakdown], bool] = {}

    def exact(self, place: Selection, window: Window) -> bool:
        """Whether the audience may see the true figures of a place in every month of a window."""
        return all(self._exact_month(place, month) for month in window.months)

    def shown(self, place: Selection, window: Window, breakdown: Breakdown = None) -> Shown:
        """A figure as the audience may see it."""
        figure = self._figures.figure(place, window, breakdown)
        if figure.numerator is not None and self.exact(place, window):
            value = value_of(self.measure, figure.numerator, figure.denominator)
            return Shown(value, figure.numerator, figure.denominator, suppressed=False, status=figure.status)
        return self._protected(figure, hidden=self.hides(place, window, breakdown))

    def hides(self, place: Selection, window: Window, breakdown: Breakdown = None) -> bool:
        """Whether a figure that exists may not be shown to the audience."""
        key = (place, window, breakdown)
        if key not in self._decided:
            self._decided[key] = not self.exact(place, window) and self._must_hide(place, window, breakdown)
        return self._decided[key]

    def _must_hide(self, place: Selection, window: Window, breakdown: Breakdown) -> bool:
        figure = self._figures.figure(place, window, breakdown)
        if figure.numerator is None:
            return False
        counts = self._counts(figure, place, window, breakdown)
        if self._people is not None:
            people = self._people.figure(place, window, breakdown).numerator
            if people is None or (people == 0 and figure.numerator != 0):
                # Whose sum this is was not told, so it may be one person's.
                return True
        if not window.whole or any(self._policy.hides(count) for count in counts):
            # A period cut at will could be taken from its neighbour, month by month.
            return True
        if any(whole.hides(place, window) for whole in self._wholes):
            return True
        if (window.grain == "rolling12" or self._knows_a_month(place, window)) and any(
            self.hides(place, month_window(month), breakdown) for month in window.months
        ):
            # Neighbouring windows differ by two months, and from a period whose other months are known exactly the rest
            # is a subtraction away: neither may hold a month that is hidden.
            return True
        return any(
            isolates(tree, self._policy)
            for index in range(self._audited(counts))
            for tree in self._trees(place, window, breakdown, index)
        )

    def _audited(self, counts: tuple[int, ...]) -> int:
        """How many of a figure's counts are taken apart. A mean of months is no sum, and lists of people are public."""
        return 1 if self.measure.denominator_over_months == "mean" else len(counts)

    def _trees(self, place: Selection, window: Window, breakdown: Breakdown, index: int) -> list[Sum]:
        """The figure as the sum of what lies below it along each axis, as if it were shown."""
        trees = [self._by_place(place, window, breakdown, index, root=True)]
        if len(window.months) > 1 and self.measure.over_months == "sum":
            trees.append(self._by_time(place, window, breakdown, index, root=True))
        if breakdown is None:
            # Of several sources of people only the headline's cells are here, and there is nothing to take apart.
            for name in self.measure.dimensions:
                values = self._figures.values_of(name)
                parts = tuple(self._sum(place, window, (name, value), index) for value in values)
                trees.append(self._sum(place, window, None, index, root=True, parts=parts))
        return [tree for tree in trees if tree.parts]

    def _by_place(
        self, place: Selection, window: Window, breakdown: Breakdown, index: int, *, root: bool = False
    ) -> Sum:
        parts = tuple(
            self._by_place(below, within, breakdown, index) for below, within in self._parts(place, window)
        )
        return self._sum(place, window, breakdown, index, root=root, parts=parts)

    def _parts(self, place: Selection, window: Window) -> tuple[tuple[Selection, Window], ...]:
        """What a figure is the sum of, place by place.

        Where the places below change within the window, it is one of its months, and each month one of its own places.
        """
        key = (place, window)
        if key not in self._below:
            months = window.months[-1:] if self.measure.over_months == "latest" else window.months
            first, *others = (self._figures.parts(place, month) for month in months)
            if any(other != first for other in others) and self.measure.over_months == "mean":
                self._below[key] = ()
            elif any(other != first for other in others):
                self._below[key] = tuple((place, month_window(month)) for month in months)
            else:
                self._below[key] = tuple((part, window) for part in first)
        return self._below[key]

    def _by_time(
        self, place: Selection, window: Window, breakdown: Breakdown, index: int, *, root: bool = False
    ) -> Sum:
        parts = tuple(self._by_time(place, part, breakdown, index) for part in parts_of(window))
        return self._sum(place, window, breakdown, index, root=root, parts=parts)

    def _sum(
        self,
        place: Selection,
        window: Window,
        breakdown: Breakdown,
        index: int,
        *,
        root: bool = False,
        parts: tuple[Sum, ...] = (),
    ) -> Sum:
        """One count of a figure with what the audience knows of it. root: taken as shown, for that is what is asked."""
        figure = self._figures.figure(place, window, breakdown)
        if figure.numerator is None and figure.denominator is None:
            return Sum(0, Range(0, 0), hidden=False, parts=parts)
        counts = self._counts(figure, place, window, breakdown)
        count = counts[index]
        if self.exact(place, window):
            return Sum(count, Range(count, count), hidden=False, parts=parts)
        small = self._policy.hides(count)
        if root or not self.hides(place, window, breakdown):
            bounds = self._bounds_of_shown(counts, index)
        elif small:
            bounds = Range(1, self._policy.threshold)
        else:
            # The reader is thought to know which figures are hidden for being small and which for their neighbours.
            bounds = Range(0 if count == 0 else self._policy.threshold + 1, UNBOUNDED)
        if (
            len(window.months) > 1
            and self.measure.over_months == "sum"
            and self._knows_a_month(place, window)
        ):
            bounds = bounds.meet(self._bounds_by_month(place, window, breakdown, index))
        return Sum(count, bounds, hidden=small, parts=parts)

    def _knows_a_month(self, place: Selection, window: Window) -> bool:
        """Whether the audience sees true figures of a place in some month of a window."""
        return any(self._exact_month(place, month) for month in window.months)

    def _bounds_by_month(self, place: Selection, window: Window, breakdown: Breakdown, index: int) -> Range:
        """What the audience knows of a period from its months, some of which it sees exactly."""
        months = [self._sum(place, month_window(month), breakdown, index).bounds for month in window.months]
        return Range(sum(month.low for month in months), sum(month.high for month in months))

    def _bounds_of_shown(self, counts: tuple[int, ...], index: int) -> Range:
        if self.measure.kind != "proportion" or index < len(counts) - 1:
            return self._policy.shown_as_same(counts[index])
        part, whole = (self._policy.shown_as_same(count) for count in counts[:2])
        return Range(max(0, whole.low - part.high), max(0, whole.high - part.low))

    def _counts(
        self, figure: Figure, place: Selection, window: Window, breakdown: Breakdown
    ) -> tuple[int, ...]:
        """The people behind a figure: its parts, and of a proportion also those who are left."""
        numerator, denominator = figure.numerator or 0, figure.denominator or 0
        if self._people is not None:
            return (self._people.figure(place, window, breakdown).numerator or 0,)
        if self._of_denominator:
            return (denominator,)
        match self.measure.kind:
            case "count" | "mean":
                return (numerator,)
            case "ratio":
                return (numerator, denominator)
            case "proportion":
                return (numerator, denominator, denominator - numerator)

    def _protected(self, figure: Figure, *, hidden: bool) -> Shown:
        if figure.numerator is None or hidden:
            return Shown(None, None, None, suppressed=hidden, status=figure.status)
        denominator = None if figure.denominator is None else self._policy.rounded(figure.denominator)
        if self.measure.kind == "mean":
            exact = value_of(self.measure, figure.numerator, figure.denominator)
            value = None if exact is None else Fraction(round(exact * _MEAN_STEPS), _MEAN_STEPS)
            return Shown(value, None, denominator, suppressed=False, status=figure.status)
        numerator = self._policy.rounded(figure.numerator, scale=self.measure.scale)
        value = value_of(self.measure, numerator, denominator)
        return Shown(value, numerator, denominator, suppressed=False, status=figure.status)
