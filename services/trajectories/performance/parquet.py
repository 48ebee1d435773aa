"""A table of an answer as Parquet, for those who analyse it: the columns of the CSV, each of one type.

The library that writes it is large, so a child process does, and this process never loads it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from services.trajectories.performance.tabular import HIDDEN, TableCell

MODULE: Final = "services.trajectories.performance.parquet_child"
TYPES: Final[Mapping[str, str]] = {
    "value": "number",
    "numerator": "whole",
    "denominator": "whole",
    "trajectory": "whole",
    "target": "number",
    "suppressed": "flag",
    "previous_year": "number",
    "as_at": "instant",
    "scale": "whole",
    "was": "number",
    "mean": "number",
    "lower": "number",
    "upper": "number",
}
"""The type of each column that is no text."""


def told_of(
    columns: Sequence[str], rows: Iterable[Sequence[TableCell]], about: Iterable[tuple[str, str]]
) -> dict[str, Any]:
    """What the child is told: the columns with their types and values, and what stands in the file's own notes.

    A hidden number is null: `suppressed` tells it from one that was not supplied.
    """
    values = [*zip(*rows, strict=True)] or [()] * len(columns)
    return {
        "columns": [
            {
                "name": name,
                "type": TYPES.get(name, "text"),
                "values": [None if name in TYPES and cell == HIDDEN else cell for cell in column],
            }
            for name, column in zip(columns, values, strict=True)
        ],
        "about": _joined(about),
    }


def _joined(about: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The notes by their head; several of one head are lines."""
    joined: dict[str, str] = {}
    for head, text in about:
        joined[head] = f"{joined[head]}\n{text}" if head in joined else text
    return joined
