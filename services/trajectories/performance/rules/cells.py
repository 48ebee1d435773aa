"""Cells as they are stored, and what each counts to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from services.trajectories.measures.catalogue import SOURCE, Measure, Part
from shared.months import Month

OF_TOTAL = "*"
"""The mark of what counts to the total; no breakdown is called so."""


class Cell(NamedTuple):
    """One cell in force, as stored. breakdowns: `route=hospital`, several joined by `&`, empty for none."""

    measure: str
    month: Month
    place: str
    breakdowns: str
    numerator: int
    denominator: int | None
    source: str = ""


class Cells(NamedTuple):
    """Cells of one measure, month, breakdown and source as columns: the parts of one cell stand at the same place of each."""

    measure: str
    month: Month
    breakdowns: str
    source: str
    places: Sequence[str]
    numerators: Sequence[int]
    denominators: Sequence[int | None]

    @property
    def each(self) -> Iterator[Cell]:
        """The same one by one."""
        for place, numerator, denominator in zip(
            self.places, self.numerators, self.denominators, strict=True
        ):
            yield Cell(self.measure, self.month, place, self.breakdowns, numerator, denominator, self.source)


def cells_by_kind(cells: Iterable[Cell]) -> list[Cells]:
    """The same cells as columns."""
    found: dict[tuple[str, Month, str, str], list[Cell]] = defaultdict(list)
    for cell in cells:
        found[cell.measure, cell.month, cell.breakdowns, cell.source].append(cell)
    return [
        Cells(
            *kind,
            [cell.place for cell in own],
            [cell.numerator for cell in own],
            [cell.denominator for cell in own],
        )
        for kind, own in found.items()
    ]


class Entry(NamedTuple):
    """What a place has of a measure in a month. numerator: None where it was left blank beside a denominator.

    denominator: None for a count, and for a rate of which nobody knows yet what divides it.
    """

    breakdowns: frozenset[str]
    numerator: int | None
    denominator: int | None


def marks_of(cell: Cell | Cells) -> frozenset[str]:
    """The values of breakdowns that a cell is of: `route=hospital`."""
    return frozenset(cell.breakdowns.split("&")) if cell.breakdowns else frozenset()


def counting_marks(measure: Measure, cells: Cells) -> frozenset[str]:
    """What cells count to: the values of their breakdowns, their source, and `OF_TOTAL`."""
    marks = set(marks_of(cells))
    if measure.sources:
        marks.add(f"{SOURCE}={measure.source_named(cells.source)}")
    if is_of_total(measure, cells):
        marks.add(OF_TOTAL)
    return frozenset(marks)


def is_of_total(measure: Measure, cell: Cell | Cells) -> bool:
    """Whether a cell counts to the total: all do, or those of the breakdown that makes it and those without any."""
    if measure.total_from is None or not cell.breakdowns:
        return True
    return any(mark.startswith(f"{measure.total_from}=") for mark in marks_of(cell))


def derived_entry(measure: Measure, cells: list[Cell]) -> Entry | None:
    """The one entry of a place and month; None where the numerator's table, or all to divide by, was not supplied.

    A category left blank where its place has other counts has no numerator, and adds 0 to a sum, as the printed totals do.
    """
    derivation = measure.derived
    if derivation is None:
        return None
    known = {one.key: one for one in measure.reads}
    wholes = [
        whole
        for part in derivation.denominators
        if (whole := _sum_of(cells, part, known[part.measure])) is not None
    ]
    if not wholes or all(cell.measure != derivation.numerator.measure for cell in cells):
        return None
    numerator = _sum_of(cells, derivation.numerator, known[derivation.numerator.measure])
    return Entry(frozenset(), numerator, max(wholes))


def _sum_of(cells: list[Cell], part: Part, measure: Measure) -> int | None:
    return total_of(
        cell.numerator
        for cell in cells
        if cell.measure == part.measure
        and (is_of_total(measure, cell) if part.where is None else part.where in marks_of(cell))
    )


def total_of(counts: Iterable[int | None]) -> int | None:
    """The sum of the counts there are; None when there is none."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def mean_of(counts: Iterable[int | None]) -> int | None:
    """The mean of the counts there are, to the nearest whole number, a half up; None when there is none."""
    known = [count for count in counts if count is not None]
    return (2 * sum(known) + len(known)) // (2 * len(known)) if known else None
