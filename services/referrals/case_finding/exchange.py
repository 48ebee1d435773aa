"""What passes between the API and the child that reads a list: the question, and what was read as JSON lines.

This loads no parser, so the API may import it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal, TypeVar

import orjson

from services.referrals.case_finding.rules import BadRow, Person

Form = Literal["csv", "xlsx"]
ROWS_A_LINE: Final = 2_000
RowT = TypeVar("RowT", Person, BadRow)


@dataclass(frozen=True, slots=True)
class Question:
    """What a list is read as. practices: the codes that the registry knows.   strict: as `Reading` has it."""

    form: Form
    today: date
    practices: frozenset[str]
    strict: bool


@dataclass(slots=True)
class ListRead:
    """What a list holds, or why it is none: code and sentence. whole: whether all of it was told."""

    people: list[Person] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    refused: tuple[str, str] | None = None
    whole: bool = False


def question_line(question: Question) -> bytes:
    """The child's first line of input."""
    document = {
        "form": question.form,
        "today": question.today,
        "practices": sorted(question.practices),
        "strict": question.strict,
    }
    return orjson.dumps(document) + b"\n"


def read_question(line: bytes) -> Question:
    """The question of a first line."""
    document: dict[str, Any] = orjson.loads(line)
    return Question(
        form=document["form"],
        today=date.fromisoformat(document["today"]),
        practices=frozenset(document["practices"]),
        strict=document["strict"],
    )


def reading_lines(read: ListRead) -> Iterator[bytes]:
    """What was read, a line for some thousands of rows; the last line says that it is the last."""
    if read.refused is not None:
        yield _line({"refused": read.refused})
    for people in _pieces(read.people):
        yield _line({"people": [_told(one) for one in people]})
    for bad in _pieces(read.bad):
        yield _line({"bad": [astuple(one) for one in bad]})
    yield _line({"end": True})


def _pieces(rows: Sequence[RowT]) -> Iterator[Sequence[RowT]]:
    for start in range(0, len(rows), ROWS_A_LINE):
        yield rows[start : start + ROWS_A_LINE]


def _line(told: dict[str, Any]) -> bytes:
    return orjson.dumps(told) + b"\n"


def _told(one: Person) -> tuple[Any, ...]:
    return (
        *(one.row, one.number, one.pseudonym, one.practice, one.instrument),
        *(str(one.score), one.band, one.measured_on, one.sector),
    )


def take_line(line: bytes, read: ListRead) -> bool:
    """Take over a line that was told; True for the last."""
    told: dict[str, Any] = orjson.loads(line)
    if refused := told.get("refused"):
        read.refused = (refused[0], refused[1])
    read.people += [
        Person(
            *(row, number, pseudonym, practice, instrument),
            *(Decimal(score), band, date.fromisoformat(measured_on), sector),
        )
        for row, number, pseudonym, practice, instrument, score, band, measured_on, sector in told.get(
            "people", ()
        )
    ]
    read.bad += [BadRow(*one) for one in told.get("bad", ())]
    read.whole = told.get("end", False)
    return read.whole
