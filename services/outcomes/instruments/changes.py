"""What changed between two measurements by one instrument, and whether that is better or worse. Pure.

Better is what the instrument, or a component of it, says is better: never the sign of a difference.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from services.outcomes.instruments.declarations import SIGNS, Instrument, Threshold

Changed = Literal["improved", "same", "worse"]
OTHER_EDITION: Final = "The first measurement is of another edition: scores of two editions are not compared."
OTHER_LEVELS: Final = "The first measurement counts other levels: the sums are not compared."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What of a measurement is compared. given: its answers, as `Scored.given` has them."""

    score: Decimal | None
    metric: Decimal | None
    edition: str | None
    given: Mapping[str, Any]

    @property
    def compared(self) -> Decimal | None:
        """The metric where there is one, else the score."""
        return self.score if self.metric is None else self.metric


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentChange:
    """A component's number, and its change from the first; None where there is nothing to compare it with."""

    key: str
    score: int
    change: int | None
    changed: Changed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """change: later less first.   threshold: by which `changed` was judged; None where none is declared."""

    change: Decimal | None = None
    changed: Changed | None = None
    threshold: Threshold | None = None
    notes: tuple[str, ...] = ()
    components: tuple[ComponentChange, ...] = ()


def change_between(
    instrument: Instrument, first: Reading | None, later: Reading, threshold: Threshold | None
) -> Change:
    """The change from a first measurement, None where the later one is the first."""
    components = tuple(_components(instrument, first, later))
    if first is None or first.compared is None or later.compared is None:
        return Change(threshold=threshold, components=components)
    note = _incomparable(first, later)
    if note is not None:
        return Change(threshold=threshold, notes=(note,), components=components)
    change = later.compared - first.compared
    changed = None if threshold is None else judged(change, instrument.sign, threshold.value)
    return Change(change=change, changed=changed, threshold=threshold, components=components)


def judged(change: Decimal, sign: int, threshold: Decimal) -> Changed | None:
    """Whether a change is one. sign: 1 where more is better, -1 where less is, 0 where neither is: then None."""
    if sign == 0:
        return None
    if sign * change >= threshold:
        return "improved"
    return "worse" if -sign * change >= threshold else "same"


def _incomparable(first: Reading, later: Reading) -> str | None:
    if first.edition != later.edition:
        return OTHER_EDITION
    if first.given.get("counts", {}).keys() != later.given.get("counts", {}).keys():
        return OTHER_LEVELS
    return None


def _components(instrument: Instrument, first: Reading | None, later: Reading) -> Iterator[ComponentChange]:
    then = {} if first is None else dict(_numbers(instrument, first.given))
    better = {one.key: SIGNS[one.direction] for one in instrument.components}
    for key, number in _numbers(instrument, later.given):
        before = then.get(key)
        change = None if before is None else number - before
        threshold = instrument.component_threshold
        yield ComponentChange(
            key=key,
            score=number,
            change=change,
            changed=None
            if change is None or threshold is None or key == "vas"
            else judged(Decimal(change), better.get(key, instrument.sign), threshold.value),
        )


def _numbers(instrument: Instrument, given: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Every component of a measurement with its number; a person's own concern by its code."""
    if instrument.state is not None:
        yield from zip(instrument.state.dimensions, map(int, given["state"]), strict=True)
        yield "vas", given["vas"]
    for concern in given.get("concerns", ()):
        yield f"concern:{concern['code']}", concern["score"]
    if "wellbeing" in given:
        yield "wellbeing", given["wellbeing"]
    yield from given.get("counts", {}).items()
