"""Keeping people out: what is left of a reading in which people were found."""

from collections.abc import Sequence
from typing import Final

from services.outcomes.feeds.reading import Reading
from shared.workbooks.privacy import tell_only_of_people

_PLAIN_COLUMNS: Final = frozenset({"period", "icc", "practice", "place", "category", "count", "note"})


def forget_people(reading: Reading, sheets: Sequence[str | None]) -> None:
    """Leave nothing of a file in which people were found but where they stand. sheets: the names of its sheets in their order."""
    if tell_only_of_people(reading.findings, sheets, plain_columns=_PLAIN_COLUMNS):
        reading.aliases.clear()
        reading.figures.clear()
        reading.totals.clear()
        reading.rows.clear()
