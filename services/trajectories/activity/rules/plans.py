"""A year's plan as a table: a month and a count in each row."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from services.trajectories.activity.rules.findings import FileFindings
from services.trajectories.activity.rules.kinds import Line, Refusal
from services.trajectories.activity.rules.values import read_count, read_month
from shared.registry.names import fold

COLUMNS: Final = ("month", "count")
_MOST_ROWS: Final = 24


def is_plan(cells: Sequence[str]) -> bool:
    """Whether a row names the columns of a plan."""
    return set(COLUMNS) <= {fold(cell) for cell in cells}


def plan_lines(
    header: tuple[int, Sequence[str]], rows: Iterable[tuple[int, list[str]]], findings: FileFindings
) -> list[Line]:
    """The months of a plan; every fault is noted."""
    names = [fold(cell) for cell in header[1]]
    findings.places = {name: index for index, name in enumerate(names)}
    if sorted(names) != sorted(COLUMNS):
        findings.refuse_row("file.header", "A plan has the columns month and count.", row=header[0])
        return []
    readers: dict[str, Any] = {"month": read_month(date.max), "count": read_count}
    seen: dict[int, int] = {}
    for number, row in rows:
        if len(row) != len(COLUMNS) or len(seen) > _MOST_ROWS:
            findings.refuse_row(
                "row.field_count", "A plan has twelve rows of a month and a count.", row=number
            )
            break
        values = {}
        for name, cell in zip(names, row, strict=True):
            try:
                values[name] = readers[name](cell)
            except Refusal as refusal:
                findings.refuse_cell(refusal, cell, row=number, column=name)
        if values.get("month") in seen:
            findings.refuse_row("row.duplicate", "This month stands twice.", row=number, column="month")
        elif len(values) == len(COLUMNS):
            seen[values["month"]] = values["count"]
    return [Line("", month, "", "", "", count, None) for month, count in seen.items()]
