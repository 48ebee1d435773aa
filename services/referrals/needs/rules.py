"""What is shown of a community's needs to who has no exact figures of it. Pure.

A count of 1 to 7 is hidden, every other is rounded to the nearest five, a list tells only what is not hidden. A quarter is
published once, when it is over, and is never changed: no reader can subtract one publication from another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

LEAST_SHOWN: Final = 8
BASE: Final = 5
MOST_REASONS: Final = 20


@dataclass(frozen=True, slots=True)
class Counted:
    """One line of a list. of: its code, or several that name it together.   count: None where it is hidden."""

    of: tuple[str | None, ...]
    count: int | None


@dataclass(frozen=True, slots=True)
class Needs:
    """What a community needs in a quarter. risk_bands: people.   waits: decisions, those in time, and days to one, the median."""

    risk_bands: Mapping[str, int | None]
    reasons: Sequence[Counted]
    pathways: Sequence[Counted]
    insights: Sequence[Counted]
    triaged: int | None
    in_time: int | None
    median_days: int | None
    unmet: Sequence[Counted]


def protected(needs: Needs) -> Needs:
    """The needs as everybody may read them."""
    triaged = shown(needs.triaged or 0)
    return Needs(
        risk_bands={band: shown(count or 0) for band, count in needs.risk_bands.items()},
        reasons=_shown_of(needs.reasons)[:MOST_REASONS],
        pathways=_shown_of(needs.pathways),
        insights=_shown_of(needs.insights),
        triaged=triaged,
        in_time=None if triaged is None else shown(needs.in_time or 0),
        median_days=needs.median_days if triaged else None,
        unmet=_shown_of(needs.unmet),
    )


def shown(count: int) -> int | None:
    """A count as everybody may read it; None where it is hidden."""
    if 0 < count < LEAST_SHOWN:
        return None
    return BASE * ((2 * count + BASE) // (2 * BASE))


def _shown_of(lines: Sequence[Counted]) -> list[Counted]:
    """The lines that are not hidden, the largest first; equal ones by their names, so that no order tells more than the counts do."""
    told = [Counted(one.of, shown(one.count or 0)) for one in lines]
    return sorted(
        (one for one in told if one.count),
        key=lambda one: (-(one.count or 0), [part or "" for part in one.of]),
    )
