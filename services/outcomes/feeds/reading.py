"""What a file yields: figures, the totals beside them, and what is wrong, said so that the sender can mend it."""

import re
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from shared.months import Month, Period

KEPT_FINDINGS: Final = 10_000
"""Errors kept for errors.csv; more are only counted, so that a broken export cannot fill the database."""

LONGEST_NAME: Final = 255
"""What is told of a header, a sheet's name or an alias: they are as long as their file likes."""

_LONGEST_DETAIL: Final = 1_000
_LONG_NUMBER: Final = re.compile(r"[0-9](?:[\s.\u2010-\u2015-]?[0-9]){8,}")

KEPT_ALIASES: Final = 1_000
"""Names told with what they were read as; a file may spell one name in any number of ways."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One error or warning of a file.

    code: a code of the interface ("number.suppressed").   detail: what to do about it, never a cell's free text.
    row: 1-based, as the sheet shows it.   column: the printed header.   sheet: a workbook's sheet, by name.
    cell: its address as Excel writes it, "F7"; of a whole row its first cell.
    """

    code: str
    detail: str
    row: int | None = None
    column: str | None = None
    sheet: str | None = None
    cell: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The member of `errors` and `warnings`; sheet and cell only where the file has them."""
        where = {"sheet": None if self.sheet is None else told_name(self.sheet), "cell": self.cell}
        return {
            "code": self.code,
            "row": self.row,
            "column": None if self.column is None else told_name(self.column),
            "detail": printable(self.detail[:_LONGEST_DETAIL]),
            **{name: told for name, told in where.items() if told is not None},
        }


def told_name(name: str) -> str:
    """A name out of a file as it is told: as long as a name may be, and without what could be a person's number."""
    return printable(_LONG_NUMBER.sub("…", name[:LONGEST_NAME]))


def printable(text: str) -> str:
    """The text on one line, with a mark for each character that no answer, table or database can carry."""
    return "".join(
        one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in " ".join(text.split())
    )


@dataclass(slots=True)
class Findings:
    """The errors and warnings of one file, all of them counted."""

    errors: list[Finding] = field(default_factory=list)
    errors_total: int = 0
    warnings: list[Finding] = field(default_factory=list)

    def refuse(self, code: str, detail: str, **place: Any) -> None:
        """Note an error: `row`, `column`, `sheet` and `cell` say where."""
        self.add(Finding(code, detail, **place))

    def add(self, error: Finding) -> None:
        """Note an error as it was found."""
        self.errors_total += 1
        if len(self.errors) < KEPT_FINDINGS:
            self.errors.append(error)

    def withdraw(self, code: str) -> None:
        """Take back the errors of a code: something else has been found that explains them all."""
        kept = [one for one in self.errors if one.code != code]
        self.errors_total -= len(self.errors) - len(kept)
        self.errors = kept

    def warn(self, code: str, detail: str, **place: Any) -> None:
        """Note something the sender should know that does not refuse the file."""
        if len(self.warnings) < KEPT_FINDINGS:
            self.warnings.append(Finding(code, detail, **place))


class FileRefusedError(Exception):
    """The file cannot be read at all; carries the one finding that says why."""

    def __init__(self, code: str, detail: str, **place: Any) -> None:
        super().__init__(code)
        self.finding = Finding(code, detail, **place)


def place_of(wrong: BaseException) -> str:
    """What was raised and where in our code, for a log: never its text, which may be the file's own."""
    frames = [frame for frame in traceback.extract_tb(wrong.__traceback__) if "feeds" in frame.filename]
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
    fault: where our reader failed at what it did not expect; None where it knew what to say.
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

    def note_alias(self, kind: str, name: str, code: str) -> None:
        """Record that a name other than its own was read as a code. kind: "community" or "category"."""
        if len(self.aliases) < KEPT_ALIASES:
            self.aliases.setdefault((kind, told_name(name)), code)
