"""What one person's measurements by one instrument count for. Pure.

A figure is the sum of what each person gives to it. Whoever is measured anew gives something else than before, and the
figures move by the difference. So nobody is ever counted twice, and what a correction takes back is gone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

from services.outcomes.instruments.changes import judged
from services.outcomes.instruments.declarations import Instrument

FIRST_LEVEL, REPEAT_LEVEL = "pam-first-level", "pam-repeat-level"
ACTIVATED: Final = "pam-improved-rate"
WELLBEING, WELLBEING_IMPROVED = "wellbeing-mean-change", "wellbeing-improved-rate"
LESS_LONELY: Final = "loneliness-improved-rate"
HYPOGLYCAEMIA: Final = "hypoglycaemia-rate"
COUNTS_OF_PEOPLE: Final = frozenset({FIRST_LEVEL, REPEAT_LEVEL})
MEASURES: Final = (
    FIRST_LEVEL,
    REPEAT_LEVEL,
    ACTIVATED,
    WELLBEING,
    WELLBEING_IMPROVED,
    LESS_LONELY,
    HYPOGLYCAEMIA,
)
ACTIVATION: Final = frozenset({"pam13", "pam10"})
SHORT_WELLBEING, LONELINESS, EVENTS = "swemwbs", "ucla3", "hypoglycaemia-events"
COUNTED: Final = ACTIVATION | {SHORT_WELLBEING, LONELINESS, EVENTS}
"""The instruments whose measurements give something to a figure as they come."""
HIGHEST_LEVEL: Final = "level-4"
SEVERE: Final = ("level-2", "level-3")
HUNDREDTHS: Final = 100
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One measurement that stands. compared: the metric where there is one, else the score.   place, month: where it counts."""

    id: UUID
    instrument: str
    edition: str | None
    occasion: str
    taken_on: date
    episode_id: UUID
    compared: Decimal | None
    band: str | None
    age: str | None
    place: str
    month: date
    counts: Mapping[str, int] = field(default_factory=dict)


class Line(NamedTuple):
    """One cell of one measure. breakdown: "level=level-1" or "age=75-84"."""

    measure: str
    place: str
    month: date
    breakdown: str


class Share(NamedTuple):
    """What is added to a cell. among: to its denominator."""

    counted: int
    among: int


Shares: TypeAlias = dict[Line, Share]


def shares_of(rows: Iterable[Standing], instrument: Instrument) -> Shares:
    """What one person's standing measurements by one instrument give to every cell."""
    ordered = sorted(rows, key=lambda one: (one.taken_on, one.id))
    shares: Shares = {}
    for line, share in _shares(ordered, instrument):
        before = shares.get(line, Share(0, 0))
        shares[line] = Share(before.counted + share.counted, before.among + share.among)
    return shares


def _shares(rows: Sequence[Standing], instrument: Instrument) -> Iterator[tuple[Line, Share]]:
    if instrument.key in ACTIVATION:
        for row in rows:
            if row.occasion == "first":
                yield from _people(FIRST_LEVEL, row)
    if instrument.key == EVENTS:
        yield from _events(rows)
    repeat = next((one for one in reversed(rows) if one.occasion == "repeat"), None)
    if repeat is None:
        return
    if instrument.key in ACTIVATION:
        yield from _people(REPEAT_LEVEL, repeat)
    first = _first_of(rows, repeat)
    if first is not None and first.edition == repeat.edition:
        yield from _pair(first, repeat, instrument)


def _first_of(rows: Sequence[Standing], repeat: Standing) -> Standing | None:
    return next(
        (one for one in rows if one.occasion == "first" and one.episode_id == repeat.episode_id), None
    )


def _people(measure: str, row: Standing) -> Iterator[tuple[Line, Share]]:
    """A person in a level, and in a band of age."""
    if row.band is not None:
        yield Line(measure, row.place, row.month, f"level={row.band}"), Share(1, 0)
        yield _aged(measure, row), Share(1, 0)


def _pair(first: Standing, repeat: Standing, instrument: Instrument) -> Iterator[tuple[Line, Share]]:
    """What the latest repeat says beside its first."""
    if instrument.key in ACTIVATION:
        # Levels are named so that they sort.
        if first.band is not None and repeat.band is not None and first.band != HIGHEST_LEVEL:
            yield _aged(ACTIVATED, repeat), Share(int(repeat.band > first.band), 1)
        return
    if first.compared is None or repeat.compared is None:
        return
    change = repeat.compared - first.compared
    threshold = instrument.default_threshold
    improved = threshold is not None and judged(change, instrument.sign, threshold.value) == "improved"
    if instrument.key == SHORT_WELLBEING:
        yield _aged(WELLBEING, repeat), Share(int(change * HUNDREDTHS), 1)
        yield _aged(WELLBEING_IMPROVED, repeat), Share(int(improved), 1)
    if instrument.key == LONELINESS:
        yield _aged(LESS_LONELY, repeat), Share(int(improved), 1)


def _events(rows: Sequence[Standing]) -> Iterator[tuple[Line, Share]]:
    """Events between one measurement and the next, and the days between them.

    The first one's events lie in a time that nobody knows, so they count for nothing.
    """
    for earlier, later in pairwise(rows):
        days = (later.taken_on - earlier.taken_on).days
        if days > 0:
            yield (
                _aged(HYPOGLYCAEMIA, later),
                Share(sum(later.counts.get(level, 0) for level in SEVERE), days),
            )


def _aged(measure: str, row: Standing) -> Line:
    return Line(measure, row.place, row.month, f"age={row.age or UNKNOWN}")


def moved(before: Mapping[Line, Share], after: Mapping[Line, Share]) -> Shares:
    """By how much each cell moves; cells that stay are left out."""
    none = Share(0, 0)
    found = {
        line: Share(
            after.get(line, none).counted - before.get(line, none).counted,
            after.get(line, none).among - before.get(line, none).among,
        )
        for line in {*before, *after}
    }
    return {line: share for line, share in found.items() if share != none}
