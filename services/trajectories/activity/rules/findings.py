"""What is wrong with a file: every fault with its row, column and code, counted even where it is not kept."""

from dataclasses import dataclass, field
from typing import Any, Final

KEPT: Final = 10_000
QUARANTINED: Final = 100
"""So many bad rows of records are left aside, or two in a hundred where that is more."""


@dataclass(slots=True)
class Findings:
    """The faults of a file. rows: how many rows have one.   total: of all faults; `errors` keeps the first 10,000."""

    errors: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    rows: int = 0
    _last: int | None = None

    def refuse(self, code: str, detail: str, *, row: int | None = None, column: str | None = None) -> None:
        """Note a fault. row: as the sheet numbers it.   column: the header as it is printed."""
        self.total += 1
        if row is None or row != self._last:
            self.rows, self._last = self.rows + 1, row
        if len(self.errors) < KEPT:
            self.errors.append({"code": code, "row": row, "column": column, "detail": detail})


def is_quarantine(bad: int, read: int) -> bool:
    """Whether so many bad rows of a file of records may be left aside."""
    return bad <= max(QUARANTINED, read // 50)
