"""List sizes as the denominators of rates per 1,000 registered: band by band where the lists have bands."""

from collections.abc import Mapping

from services.trajectories.activity.rules.kinds import FALLS, PER_REGISTERED, bands_of
from services.trajectories.activity.rules.merging import Lines
from shared.facts.fairness import UNKNOWN

Lists = Mapping[str, int]
"""People registered with a practice in a month: `age=75-84` → people, or `` → all."""

_UNKNOWN = f"age={UNKNOWN}"


def needs_lists(measure: str, lines: Lines) -> bool:
    """Whether a rate came without any denominator, so that list sizes are it."""
    return measure in PER_REGISTERED and all(pair[1] is None for pair in lines.values())


def divided(measure: str, lines: Lines, lists: Lists) -> Lines:
    """The lines of a rate over list sizes. A line stays without a denominator where the lists cannot say it."""
    return {key: (pair[0], _people(measure, key, lines, lists)) for key, pair in lines.items()}


def _people(measure: str, key: str, lines: Lines, lists: Lists) -> int | None:
    bands = [f"age={band}" for band in bands_of(measure)]
    by_age = any(name.startswith("age=") for name in lists)
    if not lists or (measure == FALLS and not by_age):
        return None
    if not key:
        of_all = sum(lists.get(band, 0) for band in bands) if measure == FALLS else sum(lists.values())
        return of_all if not any(name.startswith("age=") for name in lines) else 0
    if not key.startswith("age="):
        return None
    if by_age:
        return lists.get(key, 0)
    # Lists without bands cannot divide a band, yet the total, which is the sum of the bands, has all people to divide by.
    return (lists[""] if key == _UNKNOWN else 0) if _UNKNOWN in lines else None
