"""Which kind of chart suits a series: XmR, or for what seldom happens a run chart or the time between events."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.rules.question import Window
from services.trajectories.spc.rare import Between, ChartKind, is_rare, median_of, months_between


@dataclass(frozen=True, slots=True)
class Suited:
    """The kind of chart with what it draws in place of limits: the median of a run chart, the times of a t chart."""

    kind: ChartKind
    median: Fraction | None = None
    between: Between | None = None


XMR = Suited("xmr")


def suited_to(
    measure: Measure,
    windows: Sequence[Window],
    numerators: Sequence[int | None],
    values: Sequence[Fraction],
) -> Suited:
    """The kind of chart of a series. numerators: of each window, as they are shown.   values: those there are.

    Only counts are rare: a rate of few people is a rate, and a sum of points or days counts nobody.
    """
    if measure.kind != "count" or measure.signed or measure.scale > 1:
        return XMR
    summed = measure.over_months == "sum"
    counted = [
        (numerator, len(window.months) if summed else 1)
        for window, numerator in zip(windows, numerators, strict=True)
        if numerator is not None
    ]
    if not is_rare(sum(count for count, _ in counted), sum(months for _, months in counted)):
        return XMR
    monthly = summed and all(window.grain == "month" for window in windows)
    between = months_between(numerators) if monthly else None
    return Suited("run", median=median_of(values)) if between is None else Suited("t", between=between)
