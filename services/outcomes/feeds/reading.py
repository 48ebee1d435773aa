"""What a file yields: figures, the totals beside them, and what is wrong, said so that the sender can mend it."""

import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from shared.months import Month, Period
from shared.workbooks.findings import Findings, told_name

KEPT_ALIASES: Final = 1_000
"""Names told with what they were read as; a file may spell one name in any number of ways."""


def place_of(wrong: BaseException) -> str:
    """What was raised and where in our code, for a log: never its text, which may be the file's own."""
    frames = [
        frame
        for frame in traceback.extract_tb(wrong.__traceback__)
        if Path(frame.filename).parent.name in {"feeds", "workbooks"}
    ]
    where = f" {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(wrong).__name__}{where}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One count of one category at one place in one month; a row of the long form, whatever form it came in.

    count: None where the cell was blank: nothing was recorded, which is not 0.   row, sheet, cell: where the file has it.
    """

    table: str
    month: Month
    place: str
    category: str
    count: int | None
    row: int | None = field(default=None, compare=False)
    sheet: str | None = field(default=None, compare=False)
    cell: str | None = field(default=None, compare=False)

    @property
    def key(self) -> tuple[str, Month, str, str]:
        """What may occur only once in a file."""
        return self.table, self.month, self.place, self.category


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the file as its sender knows it. sheet: None where the file is no workbook.   number: 1-based, as the sheet shows it."""

    sheet: str | None
    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """A table's grand total. stated: as printed, None where it prints none.   computed: the sum of its figures."""

    stated: int | None
    computed: int
    reconciled: bool

    def to_json(self) -> dict[str, Any]:
        """The member of `totals`."""
        return {"stated": self.stated, "computed": self.computed, "reconciled": self.reconciled}


@dataclass(slots=True)
class Reading:
    """A file being read: what has been found so far.

    skipped: figures of places outside the system.   aliases: names mapped to codes, the first thousand in the order they were met.
    period_named: whether the file itself says which period it is about.
    places_at: the sheet and the letters of the column in which a long form names its places.
    fault: where our reader failed at what it did not expect; None where it knew what to say.   rows: the file's own, where they were asked for.
    """

    findings: Findings = field(default_factory=Findings)
    figures: list[Figure] = field(default_factory=list)
    read: int = 0
    skipped: int = 0
    period: Period | None = None
    period_named: bool = False
    places_at: dict[str, str | None] = field(default_factory=dict)
    totals: dict[str, Totals] = field(default_factory=dict)
    aliases: dict[tuple[str, str], str] = field(default_factory=dict)
    fault: str | None = None
    rows: list[ShownRow] = field(default_factory=list)

    def note_alias(self, kind: str, name: str, code: str) -> None:
        """Record that a name other than its own was read as a code. kind: "community" or "category"."""
        if len(self.aliases) < KEPT_ALIASES:
            self.aliases.setdefault((kind, told_name(name)), code)
