"""What a month of a feed's tables says of each measure: pure, so that a rebuild derives the same cells for ever."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.outcomes.feeds.declarations import Feed, Measure

Counts = Mapping[tuple[str, str], int | None]
"""One table in one month: (place, category) → count, None where the cell was blank."""


@dataclass(frozen=True, slots=True)
class MeasureCell:
    """One cell of a measure in the month. table: the table whose submission it is told to come from."""

    measure: str
    table: str
    place: str
    breakdowns: tuple[tuple[str, str], ...]
    numerator: int
    denominator: int | None = None

    @property
    def key(self) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        """What makes it the same cell in another submission."""
        return self.measure, self.place, self.breakdowns


def measure_cells(feed: Feed, tables: Mapping[str, Counts]) -> Iterator[MeasureCell]:
    """Every cell that a month of the feed's tables gives.

    tables: those that stand for the month, by key. A blank gives no cell of a count. In a ratio a blank counts 0 where
    its place has any figure in the table, since the printed totals say so; a total is never a cell, only a ratio's
    lower part, where it is the sum of the place's categories.
    """
    for measure in feed.measures:
        counts = tables.get(measure.table, {})
        if measure.of is not None:
            yield from _ratios(measure, counts, tables)
            continue
        for (place, category), count in counts.items():
            if count is None:
                continue
            if measure.breakdown is not None:
                yield MeasureCell(measure.key, measure.table, place, ((measure.breakdown, category),), count)
            elif category == measure.category:
                yield MeasureCell(measure.key, measure.table, place, (), count)


def _ratios(measure: Measure, counts: Counts, tables: Mapping[str, Counts]) -> Iterator[MeasureCell]:
    whole = _sums(tables.get(measure.of or "", {}))
    instead = _sums(tables.get(measure.fallback_of or "", {}))
    for place in _sums(counts):
        denominator = whole.get(place, instead.get(place))
        if denominator is not None:
            numerator = counts.get((place, measure.category or "")) or 0
            yield MeasureCell(measure.key, measure.table, place, (), numerator, denominator)


def _sums(counts: Counts) -> dict[str, int]:
    """Each place's sum; a place of blanks only is left out."""
    sums: dict[str, int] = {}
    for (place, _), count in counts.items():
        if count is not None:
            sums[place] = sums.get(place, 0) + count
    return sums
