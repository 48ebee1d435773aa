"""What passes between a process and the child that reads a file for it: the question, and the reading as JSON lines.

This loads no parser, so the API and the worker may import it.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, Literal, Self

from services.outcomes.feeds.reading import Figure, Reading, ShownRow
from shared.months import Month, Period

Form = Literal["csv", "xlsx", "json"]

ITEMS_A_LINE: Final = 500


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as a council sent it. form: what it says it is; the reader finds out whether it is.   sha256: in hexadecimal."""

    content: bytes
    form: Form
    sha256: str

    @classmethod
    def of(cls, content: bytes, form: Form) -> Self:
        """The file with its digest. For a thread: 64 MiB take a large part of a second."""
        return cls(content, form, hashlib.sha256(content).hexdigest())


@dataclass(frozen=True, slots=True)
class Question:
    """What a file is read as. council: who sent it.   asked: the request's period.   received_in: the month in which it came.

    shown: whether the file's own first rows are told too, for a page that marks what is wrong in them.
    """

    feed: str
    council: str
    form: Form
    asked: Period | None
    received_in: Month
    shown: bool = False


@dataclass(slots=True)
class ParsedFile:
    """A file as read by the child: ready to be stored when `errors_total` is 0, to be refused otherwise.

    errors: at most 10,000 of them, all counted in errors_total.   totals: by table, as the interface shows them.
    fault: where the reader failed at what it did not expect, for the log.   rows: the file's own, where they were asked for.
    """

    period: Period | None = None
    period_named: bool = False
    places_at: dict[str, str | None] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    read: int = 0
    skipped: int = 0
    totals: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    errors_total: int = 0
    warnings: list[dict[str, Any]] = field(default_factory=list)
    aliases: list[dict[str, str]] = field(default_factory=list)
    fault: str | None = None
    rows: list[ShownRow] = field(default_factory=list)

    @classmethod
    def refused(cls, code: str, detail: str) -> "ParsedFile":
        """A file that could not be read at all."""
        return cls(errors=[{"code": code, "row": None, "column": None, "detail": detail}], errors_total=1)

    def refuse(self, errors: Sequence[dict[str, Any]]) -> None:
        """Add errors that come from what stands beside the file."""
        self.errors += errors
        self.errors_total += len(errors)

    @property
    def tables(self) -> list[str]:
        """The tables the file holds."""
        return list(self.totals)


def question_line(question: Question, **where: str | None) -> bytes:
    """The child's first line of input: what to read the file as, and where registry and layouts lie."""
    asked = question.asked
    document = {
        "feed": question.feed,
        "council": question.council,
        "form": question.form,
        "asked": None if asked is None else [str(asked.first), str(asked.last), asked.label],
        "received_in": str(question.received_in),
        "shown": question.shown,
        **where,
    }
    return json.dumps(document).encode() + b"\n"


def read_question(line: bytes) -> tuple[Question, dict[str, Any]]:
    """The question a line asks, and the rest of the line."""
    document = json.loads(line)
    asked = document.pop("asked")
    period = Period(Month.parse(asked[0]), Month.parse(asked[1]), asked[2]) if asked else None
    received_in = Month.parse(document.pop("received_in"))
    return Question(
        document.pop("feed"),
        document.pop("council"),
        document.pop("form"),
        period,
        received_in,
        document.pop("shown"),
    ), document


def reading_lines(reading: Reading) -> Iterator[bytes]:
    """A reading as lines: each list of it in chunks, the figures only where the file is not refused; the rest last.

    No line is longer than 500 of the longest findings, 10 MB, however long the file's own words are.
    """
    findings = reading.findings
    figures = [] if findings.errors_total else reading.figures
    yield from _chunks(
        "figures",
        ([f.table, str(f.month), f.place, f.category, f.count, f.row, f.sheet, f.cell] for f in figures),
    )
    yield from _chunks("rows", ([row.sheet, row.number, row.cells] for row in reading.rows))
    yield from _chunks("errors", (finding.to_json() for finding in findings.errors))
    yield from _chunks("warnings", (finding.to_json() for finding in findings.warnings))
    yield from _chunks(
        "aliases",
        ({"kind": kind, "name": name, "code": code} for (kind, name), code in reading.aliases.items()),
    )
    period = reading.period
    yield _line(
        {
            "result": {
                "period": period and [str(period.first), str(period.last), period.label],
                "period_named": reading.period_named,
                "places_at": reading.places_at,
                "read": reading.read,
                "skipped": reading.skipped,
                "totals": {key: totals.to_json() for key, totals in reading.totals.items()},
                "errors_total": findings.errors_total,
                "fault": reading.fault,
            }
        }
    )


def take_line(line: bytes, parsed: ParsedFile) -> bool:
    """Add what one line says to the file. Returns whether it was the last."""
    ((name, value),) = json.loads(line).items()
    if name == "figures":
        parsed.figures.extend(
            Figure(table, Month.parse(month), place, category, count, row, sheet, cell)
            for table, month, place, category, count, row, sheet, cell in value
        )
    elif name == "rows":
        parsed.rows.extend(ShownRow(sheet, number, tuple(cells)) for sheet, number, cells in value)
    elif name == "result":
        period = value.pop("period")
        parsed.period = Period(Month.parse(period[0]), Month.parse(period[1]), period[2]) if period else None
        for member, told in value.items():
            setattr(parsed, member, told)
    else:
        getattr(parsed, name).extend(value)
    return bool(name == "result")


def _chunks(name: str, items: Iterator[Any]) -> Iterator[bytes]:
    while chunk := list(islice(items, ITEMS_A_LINE)):
        yield _line({name: chunk})


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"
