"""What passes between the API and the child that counts a file for it: the question, and the reading as JSON lines.

This loads no parser, so the API may import it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, Final, Literal

from services.trajectories.activity.rules.kinds import Kind, Line

Form = Literal["csv", "ndjson", "xlsx", "any"]
"""`any`: as the first bytes look."""
_ITEMS_A_LINE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Question:
    """How a file is read. measure: None takes the file for what its header says.   today: in England.

    plan: whether the file is a year's plan, of which only month and count are read.
    """

    form: Form
    measure: str | None
    today: date
    plan: bool = False


@dataclass(slots=True)
class Counted:
    """A file as the child counted it: to be taken when not `refused`.

    rejected: rows with a fault.   errors: at most 10,000 of them, all counted in errors_total.
    """

    kind: Kind = "counts"
    measure: str = ""
    read: int = 0
    rejected: int = 0
    refused: bool = False
    lines: list[Line] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    errors_total: int = 0
    warnings: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def unread(cls, code: str, detail: str) -> "Counted":
        """A file that could not be read at all."""
        found = [{"code": code, "row": None, "column": None, "detail": detail}]
        return cls(refused=True, errors=found, errors_total=1)


def question_line(question: Question, registry: str | None) -> bytes:
    """The child's first line of input."""
    document = {
        "form": question.form,
        "measure": question.measure,
        "today": question.today.isoformat(),
        "plan": question.plan,
    }
    return json.dumps({**document, "registry": registry}).encode() + b"\n"


def read_question(line: bytes) -> tuple[Question, str | None]:
    """The question that a line asks, and where the registry lies."""
    told = json.loads(line)
    return Question(told["form"], told["measure"], date.fromisoformat(told["today"]), told["plan"]), told[
        "registry"
    ]


def reading_lines(counted: Counted) -> Iterator[bytes]:
    """A reading as lines: its lists in parts, figures only where the file is taken; the rest last."""
    yield from _parts("lines", () if counted.refused else counted.lines)
    yield from _parts("errors", counted.errors)
    names = ("kind", "measure", "read", "rejected", "refused", "errors_total", "warnings")
    yield _line({"result": {name: getattr(counted, name) for name in names}})


def take_line(line: bytes, counted: Counted) -> bool:
    """Add what one line says to a reading. Returns whether it was the last."""
    ((name, value),) = json.loads(line).items()
    if name == "lines":
        counted.lines.extend(Line(*one) for one in value)
    elif name == "errors":
        counted.errors.extend(value)
    else:
        for member, told in value.items():
            setattr(counted, member, told)
    return bool(name == "result")


def _parts(name: str, items: Iterable[Any]) -> Iterator[bytes]:
    rest = iter(items)
    while part := list(islice(rest, _ITEMS_A_LINE)):
        yield _line({name: part})


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"
