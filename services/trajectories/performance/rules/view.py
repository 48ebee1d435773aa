"""A figure as an answer shows it. Every format shows this view."""

from fractions import Fraction
from typing import NamedTuple

from services.trajectories.performance.rules.figures import Breakdown, Figures, Status, value_of
from services.trajectories.performance.rules.question import Window
from shared.registry.selection import Selection


class Shown(NamedTuple):
    """A figure as it may be shown. suppressed: it exists but is hidden, then its value and both parts are None."""

    value: Fraction | None
    numerator: int | None
    denominator: int | None
    suppressed: bool
    status: Status


def exactly(figures: Figures, place: Selection, window: Window, breakdown: Breakdown) -> Shown:
    """A figure as somebody with the right to it sees it."""
    figure = figures.figure(place, window, breakdown)
    if figure.numerator is None:
        return Shown(None, None, None, suppressed=False, status=figure.status)
    value = value_of(figures.measure, figure.numerator, figure.denominator)
    return Shown(value, figure.numerator, figure.denominator, suppressed=False, status=figure.status)
