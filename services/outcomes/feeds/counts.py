"""Reading one count: what a cell may hold, and what to send instead when it may not."""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

LARGEST_COUNT: Final = 2_147_483_647
"""A PostgreSQL integer; no count of people comes near it."""

_PLAIN: Final = re.compile(r"[0-9]+(?:\.0+)?", re.ASCII)
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.0+)?", re.ASCII)
_FRACTION: Final = re.compile(r"[-+]?[0-9]*[.][0-9]+", re.ASCII)
_NEGATIVE: Final = re.compile(r"[-\u2212\u2013]\s*[0-9][0-9,]*(?:\.0+)?", re.ASCII)
_SUPPRESSED: Final = re.compile(
    r"[*\u2020]+|(?:<|>|≤|<=|less than|fewer than|under)\s*[0-9]+|[0-9]+\s*(?:-|\u2013|to)\s*[0-9]+|c|x|supp(?:ressed)?\.?|\[c\]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class BadCount:
    """A cell that is no count: the interface's code and the mend."""

    code: str
    detail: str


CellValue = str | int | float | bool | date | datetime | time | timedelta | BadCount | None
"""What a reader gives for a cell; a BadCount where the cell itself is broken (an error value, say)."""

_SUPPRESSION = BadCount(
    "number.suppressed",
    "This figure has been suppressed. Send the true count: figures are stored as they are and small ones are "
    "protected when shown. Leave the cell blank only where nothing was recorded.",
)
_NOT_WHOLE = BadCount(
    "number.integer_required", "Counts are whole numbers. Send the number of people or assessments."
)
_NOT_A_NUMBER = BadCount(
    "number.format", "This is not a number. Send a whole number, or leave the cell blank."
)
_OUT_OF_RANGE = BadCount("number.range", "A count lies between 0 and 2,147,483,647.")


def read_count(value: CellValue) -> int | BadCount | None:
    """The whole number in a cell, None for a blank, or why it is refused.

    Accepted: 12, "12", "12.0" (spreadsheets store every number so) and "1,234" (thousands as printed tables group
    them). Refused with a mend: fractions, negatives, suppression marks such as "<5" and "*", dates, other text.
    """
    if value is None or isinstance(value, BadCount):
        return value
    if isinstance(value, str):
        return _read_text(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return BadCount(
            "number.type", "A count is a number, not a date or a yes/no value. Format the cell as a number."
        )
    if isinstance(value, float) and not math.isfinite(value):
        return BadCount("number.not_finite", "A count is a finite whole number.")
    if value != int(value):
        return _NOT_WHOLE
    return int(value) if 0 <= value <= LARGEST_COUNT else _OUT_OF_RANGE


def _read_text(text: str) -> int | BadCount | None:
    if not text:
        return None
    if _PLAIN.fullmatch(text) or _GROUPED.fullmatch(text):
        digits = text.replace(",", "").partition(".")[0].lstrip("0")
        return int(digits or "0") if _fits(digits) else _OUT_OF_RANGE
    for pattern, refusal in (
        (_SUPPRESSED, _SUPPRESSION),
        (_NEGATIVE, _OUT_OF_RANGE),
        (_FRACTION, _NOT_WHOLE),
    ):
        if pattern.fullmatch(text):
            return refusal
    return _NOT_A_NUMBER


def _fits(digits: str) -> bool:
    """Whether digits without leading zeros are a count; their number is looked at first, for `int` reads only so many."""
    return len(digits) <= len(str(LARGEST_COUNT)) and int(digits or "0") <= LARGEST_COUNT
