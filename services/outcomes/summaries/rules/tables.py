"""How counts of people become a summary: distributions at first and repeat, and what changed between the two in pairs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from services.outcomes.instruments.changes import judged
from services.outcomes.instruments.declarations import Instrument, Threshold
from services.outcomes.summaries.rules.pairs import Changes

Matrix = dict[str, dict[str, int]]
"""People by the band of their first, then by that of their latest repeat."""


class First(NamedTuple):
    """People whose first lies in a band."""

    band: str | None
    n: int


class Pair(NamedTuple):
    """People with the same bands and the same change.

    has_first: whether a first of the episode stands.   comparable: whether it is of the same edition, and counts the same.
    change: latest repeat less first, on what is compared; None where there is no single score.
    """

    first_band: str | None
    band: str | None
    has_first: bool
    comparable: bool
    change: Decimal | None
    n: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """People by band. n: all of them, those without a band too."""

    n: int
    bands: dict[str, int]


@dataclass(frozen=True, slots=True)
class Paired:
    """People with a first and a repeat that compare.

    improved, same, worse: None without a threshold, or where neither more nor less is better.
    changes: None where scores are no distances, or there is no single one.   left_out: pairs that do not compare.
    """

    n: int
    matrix: Matrix
    improved: int | None
    same: int | None
    worse: int | None
    changes: Changes | None
    left_out: int


def bands_of(instrument: Instrument) -> list[str]:
    """The bands that a measurement may lie in, in their order: those of its default sets, or the answers."""
    if instrument.answers:
        return list(instrument.answers)
    sets = [instrument.default_band_set(edition) for edition in instrument.editions or (None,)]
    return list(dict.fromkeys(band.key for one in sets if one is not None for band in one.bands))


def distribution(groups: Iterable[First | Pair], bands: Sequence[str]) -> Distribution:
    """People by band, each band shown."""
    counts = dict.fromkeys(bands, 0)
    total = 0
    for group in groups:
        total += group.n
        if group.band in counts:
            counts[group.band] += group.n
    return Distribution(total, counts)


def paired(
    groups: Iterable[Pair], bands: Sequence[str], instrument: Instrument, threshold: Threshold | None
) -> Paired:
    """What changed in the pairs."""
    groups = [group for group in groups if group.has_first]
    compared = [group for group in groups if group.comparable]
    changed = _judged(compared, instrument, threshold)
    scored = [group for group in compared if group.change is not None]
    return Paired(
        n=sum(group.n for group in compared),
        matrix=_matrix(compared, bands),
        improved=None if changed is None else changed["improved"],
        same=None if changed is None else changed["same"],
        worse=None if changed is None else changed["worse"],
        changes=_changes(scored) if instrument.averages and (scored or not compared) else None,
        left_out=sum(group.n for group in groups if not group.comparable),
    )


def _matrix(groups: Iterable[Pair], bands: Sequence[str]) -> Matrix:
    matrix = {first: dict.fromkeys(bands, 0) for first in bands}
    for group in groups:
        if group.first_band in matrix and group.band in matrix:
            matrix[group.first_band][group.band] += group.n
    return matrix


def _judged(
    groups: Iterable[Pair], instrument: Instrument, threshold: Threshold | None
) -> Mapping[str, int] | None:
    if threshold is None or instrument.sign == 0:
        return None
    found = {"improved": 0, "same": 0, "worse": 0}
    for group in groups:
        changed = None if group.change is None else judged(group.change, instrument.sign, threshold.value)
        if changed is not None:
            found[changed] += group.n
    return found


def _changes(groups: Iterable[Pair]) -> Changes:
    n, total, squares = 0, Fraction(), Fraction()
    for group in groups:
        change = Fraction(group.change or 0)
        n += group.n
        total += change * group.n
        squares += change * change * group.n
    return Changes(n, total, squares)
