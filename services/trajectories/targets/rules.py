"""What a target must say, what it comes to, and what is still needed for it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Literal, TypeAlias

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.rules.question import YEAR, Grain, Window, windows
from services.trajectories.performance.rules.series import plain_text, written
from shared.months import MONTH_NAMES, Month, Period
from shared.problems import FieldError

TargetKind: TypeAlias = Literal["value", "increase"]
TargetUnit: TypeAlias = Literal["count", "percent"]
MOST = 1_000_000_000
_PERCENT = 100
_GRAINS: dict[int, Grain] = {1: "month", 3: "quarter", YEAR: "year"}


@dataclass(frozen=True, slots=True)
class Promise:
    """What was chosen: a value of the measure, or an increase on a baseline. value: exact, as it was written."""

    measure: Measure
    kind: TargetKind
    value: Fraction
    unit: TargetUnit

    @property
    def counts_whole(self) -> bool:
        """Whether the measure counts people or acts one by one."""
        return self.measure.kind == "count" and self.measure.scale == 1

    def comes_to(self, baseline: Fraction | None) -> Fraction | None:
        """The target in the measure's unit; None where it needs a baseline that is not known.

        A part of a person is a person more, or one fewer where fewer are better.
        """
        chosen = self.value / (_PERCENT if self.unit == "percent" else 1)
        if self.kind == "value":
            return chosen
        if baseline is None:
            return None
        target = baseline * (1 + chosen) if self.unit == "percent" else baseline + chosen
        if not self.counts_whole:
            return target
        return Fraction(floor(target) if self.measure.direction == "decrease" else ceil(target))


def exact(value: float) -> Fraction:
    """A number as it was written."""
    return Fraction(repr(value))


def window_of(period: Period) -> Window:
    """The window of a month, quarter or year."""
    return windows(period.first, period.last, _GRAINS[len(period.months)])[0]


def a_year_earlier(period: Period) -> Period:
    """The same period of the year before."""
    window = window_of(period)
    first = period.first - YEAR
    earlier = windows(first, first + (len(window.months) - 1), window.grain)[0]
    return Period(earlier.months[0], earlier.months[-1], earlier.label)


def promise_faults(promise: Promise) -> Iterator[FieldError]:
    """What is wrong with what was chosen, before any figure is looked at."""
    measure, value = promise.measure, promise.value
    if abs(value) > MOST:
        yield FieldError("number.range", "/value", "No measure of ours is so large.")
    elif promise.kind == "value" and value < 0 and not measure.signed:
        yield FieldError("number.range", "/value", "No value of this measure is below 0.")
    elif promise.kind == "increase" and promise.unit == "percent" and value < -_PERCENT:
        yield FieldError("number.range", "/value", "Nothing can fall by more than all of it.")
    if promise.kind == "value" and promise.unit == "percent" and measure.kind != "proportion":
        yield FieldError("code.invalid", "/unit", "Only a proportion has a value in per cent.")
    elif promise.unit == "count" and promise.counts_whole and value.denominator != 1:
        yield FieldError("number.integer_required", "/value", "People and acts are counted whole.")
    elif promise.kind == "value":
        yield from outcome_faults(promise, promise.comes_to(None))


def outcome_faults(promise: Promise, target: Fraction | None) -> Iterator[FieldError]:
    """Whether a target is one that its measure can have."""
    if target is None:
        return
    if promise.measure.kind == "proportion" and not 0 <= target <= 1:
        yield FieldError(
            "number.range", "/value", "A proportion lies between 0 and 1: give 0.7, or 70 in per cent."
        )
    elif target < 0 and not promise.measure.signed:
        yield FieldError("number.range", "/value", "The target would lie below 0.")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a target is. needed: in the unit that is counted, 0 when it is met, None where nothing is known."""

    needed: int | float | None
    text: str


def progress_of(
    promise: Promise,
    target: Fraction,
    *,
    value: Fraction | None,
    numerator: int | None,
    denominator: int | None,
    last: Month,
    rounded: bool,
) -> Progress:
    """What is still needed by the end of the period, in whole people where the measure counts them.

    rounded: whether the figure is a published one, which is not exact.
    """
    by = f"by {MONTH_NAMES[last.month - 1]} {last.year}"
    if value is None or numerator is None:
        return Progress(None, f"no figure yet; the target is {written(promise.measure, target)} {by}")
    needed = _needed(promise.measure, target, value, numerator, denominator)
    if needed <= 0:
        told = f"{written(promise.measure, value)} where {written(promise.measure, target)} is the target"
        return Progress(0, f"met: {told} {by}")
    about = "about " if rounded else ""
    more = "fewer" if promise.measure.direction == "decrease" else "more"
    among = f" of {denominator}" if promise.measure.kind == "proportion" else ""
    shown = needed.numerator if needed.denominator == 1 else float(needed)
    return Progress(shown, f"needs {about}{plain_text(needed)} {more}{among} {by}")


def _needed(
    measure: Measure, target: Fraction, value: Fraction, numerator: int, denominator: int | None
) -> Fraction:
    """What is missing to the target at the present denominator; 0 and less where nothing is."""
    sign = -1 if measure.direction == "decrease" else 1
    if measure.kind == "mean" or measure.scale != 1:
        return sign * (target - value)
    if measure.kind == "count":
        return sign * (target - numerator)
    wanted = target * (denominator or 0) / measure.per
    return sign * (Fraction(ceil(wanted) if sign > 0 else floor(wanted)) - numerator)
