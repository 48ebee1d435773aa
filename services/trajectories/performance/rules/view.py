"""A figure as an answer shows it. Every format shows this view."""

from fractions import Fraction
from typing import NamedTuple

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.rules.figure import Figure, Status, value_of


class Shown(NamedTuple):
    """A figure as it may be shown. suppressed: it exists but is hidden, then its value and both parts are None."""

    value: Fraction | None
    numerator: int | None
    denominator: int | None
    suppressed: bool
    status: Status


def exactly(measure: Measure, figure: Figure) -> Shown:
    """A figure as somebody with the right to it sees it."""
    numerator = figure.numerator
    if numerator is None:
        return Shown(None, None, None, False, figure.status)  # noqa: FBT003 -- by their names they take twice as long
    value = value_of(measure, numerator, figure.denominator)
    return Shown(value, numerator, figure.denominator, False, figure.status)  # noqa: FBT003 -- as above
