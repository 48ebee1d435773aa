"""One version: who counts where, each place's share as two integers, and its whole numbers month by month. Pure.

Source: ICC annual report 2019/20, "Targets": a community's part of the Bay's trajectory is its part of the Bay's
admissions in a rolling twelve months.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Literal

from services.trajectories.shares.rules.whole_numbers import parts_of, whole_numbers
from services.trajectories.shares.rules.windows import Activity, ChosenWindow
from shared.months import Month

PlaceKind = Literal["community", "practice"]
NewPractices = Literal["literal", "annualised"]
LEAST_MONTHS_SEEN = 3
"""A practice with fewer months than this is not estimated: its count stands as it is."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a practice counts on the first day of a version. carrier: itself, or the practice that carries it on."""

    carrier: str
    community: str


@dataclass(frozen=True, slots=True)
class PlaceShare:
    """One place of a version.

    community: where a practice counts; of a community, itself.   numerator: units in the window, the upper part of the share.
    months_seen: in how many of the window's months there is a figure.   estimated: a short history was annualised.
    integers: (months of the plan,), None where nobody has a share.   counts: of a practice, each count of a month in the
    window, its own and of those that it carries on.
    """

    kind: PlaceKind
    place: str
    community: str
    numerator: int
    months_seen: int
    estimated: bool
    integers: tuple[int, ...] | None
    counts: list[int] | None = None


@dataclass(frozen=True, slots=True)
class Drafted:
    """The shares of a version. total: the lower part of every share; 0 where the whole window is empty."""

    total: int
    places: tuple[PlaceShare, ...]


def draft_shares(
    activity: Activity,
    standings: Mapping[str, Standing],
    communities: Sequence[str],
    *,
    window: ChosenWindow,
    plan: Sequence[int],
    new_practices: NewPractices,
) -> Drafted:
    """The shares of every community and practice, and their whole numbers in two stages, so that both levels add up.

    activity: by practice as reported.   standings: of every practice that counts; others are left out of the whole.
    communities: all that have a row, with and without activity.   plan: (months,), units of the Bay a month.
    """
    counted = _by_carrier(activity, standings, window)
    units, estimated = _in_one_unit(counted, len(window.months), new_practices)
    members: dict[str, list[str]] = {slug: [] for slug in communities}
    for code in sorted(counted):
        members.setdefault(counted[code].community, []).append(code)
    sums = {slug: sum(units[code] for code in codes) for slug, codes in members.items()}
    total = sum(sums.values())
    shared = whole_numbers(plan, sums) if total else {}
    places: list[PlaceShare] = []
    for slug, codes in sorted(members.items()):
        own = {code: units[code] for code in codes}
        series = shared.get(slug)
        below = {} if series is None else parts_of(series, own)
        seen = max((counted[code].seen for code in codes), default=0)
        is_estimated = not estimated.isdisjoint(codes)
        places.append(PlaceShare("community", slug, slug, sums[slug], seen, is_estimated, _fixed(series)))
        places += [
            PlaceShare(
                "practice",
                code,
                slug,
                own[code],
                counted[code].seen,
                code in estimated,
                _fixed(below.get(code)),
                counted[code].counts,
            )
            for code in codes
        ]
    return Drafted(total, tuple(places))


@dataclass(frozen=True, slots=True)
class _Counted:
    """What a practice, with those that it carries on, has in the window."""

    community: str
    units: int
    seen: int
    counts: list[int]


def _by_carrier(
    activity: Activity, standings: Mapping[str, Standing], window: ChosenWindow
) -> dict[str, _Counted]:
    """History follows the successor: its months are those in which it or one of its predecessors has a figure."""
    followed: dict[str, list[Mapping[Month, int]]] = defaultdict(list)
    for code, standing in standings.items():
        followed[standing.carrier].append(activity.get(code, {}))
    community = {standing.carrier: standing.community for standing in standings.values()}
    return {code: _counted(community[code], cells, window) for code, cells in followed.items()}


def _counted(community: str, followed: Sequence[Mapping[Month, int]], window: ChosenWindow) -> _Counted:
    """followed: the cells of a practice and of each that it carries on."""
    cells = followed[0]
    if len(followed) > 1:
        cells = {month: sum(one.get(month, 0) for one in followed) for one in followed for month in one}
    units = [found for month in window.months if (found := cells.get(month)) is not None]
    counts = units
    if len(followed) > 1:
        counts = [one[month] for one in followed for month in window.months if month in one]
    return _Counted(community, sum(units), len(units), counts)


def _in_one_unit(
    counted: Mapping[str, _Counted], months: int, new_practices: NewPractices
) -> tuple[dict[str, int], frozenset[str]]:
    """Every practice's window as whole numbers of one unit, and whose was estimated.

    Annualised, a short history counts as if it had gone on: units / months seen * months, and all are multiplied until
    they are whole.
    """
    short = frozenset(
        code
        for code, one in counted.items()
        if new_practices == "annualised" and LEAST_MONTHS_SEEN <= one.seen < months
    )
    if not short:
        return {code: one.units for code, one in counted.items()}, short
    exact = {
        code: Fraction(one.units * months, one.seen) if code in short else Fraction(one.units)
        for code, one in counted.items()
    }
    unit = lcm(*(value.denominator for value in exact.values()))
    return {code: int(value * unit) for code, value in exact.items()}, short


def _fixed(series: Sequence[int] | None) -> tuple[int, ...] | None:
    return None if series is None else tuple(series)
