"""What a month of a feed's tables says of each measure: pure, so that a rebuild derives the same cells for ever."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.outcomes.feeds.declarations import Feed

Counts = Mapping[tuple[str, str], int | None]
"""One table in one month: (place, category) → count, None where the cell was blank."""


@dataclass(frozen=True, slots=True)
class MeasureCell:
    """One cell of a measure in the month. table: the table whose submission it is told to come from."""

    measure: str
    table: str
    place: str
    breakdowns: tuple[tuple[str, str], ...]
    count: int

    @property
    def key(self) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        """What makes it the same cell in another submission."""
        return self.measure, self.place, self.breakdowns


def measure_cells(feed: Feed, tables: Mapping[str, Counts]) -> Iterator[MeasureCell]:
    """Every cell that a month of the feed's tables gives. tables: those that stand for the month, by key.

    A blank gives no cell. A total or a rate is never one: who shows them derives them from these.
    """
    for measure in feed.measures:
        for (place, category), count in tables.get(measure.table, {}).items():
            if count is None:
                continue
            if measure.breakdown is not None:
                yield MeasureCell(measure.key, measure.table, place, ((measure.breakdown, category),), count)
            elif category == measure.category:
                yield MeasureCell(measure.key, measure.table, place, (), count)
