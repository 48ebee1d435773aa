"""What a figure's cell says: a whole number, nothing, or why it cannot be taken."""

import math
import re
from typing import Final

from shared.workbooks.sheets import CellValue, Fault, Money, Percentage

LARGEST_COUNT: Final = 2_147_483_647
"""A PostgreSQL integer; no count of people comes near it."""

_NOISE: Final = 1e-9
_RELATIVE_NOISE: Final = 1e-14
"""How far binary arithmetic moves a whole number: 0.07*100 is 7.0000000000000009, and a spreadsheet shows 7."""

_PLAIN: Final = re.compile(r"[0-9]+(?:\.0+)?", re.ASCII)
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.0+)?", re.ASCII)
_FRACTION: Final = re.compile(r"[-+]?[0-9]{0,15}[.][0-9]{1,25}", re.ASCII)
_NEGATIVE: Final = re.compile(r"[-\u2212\u2013]\s*[0-9][0-9,]*(?:\.0+)?", re.ASCII)
_PERCENT: Final = re.compile(r"[-+]?[0-9][0-9.,]*\s*%", re.ASCII)
_MONEY: Final = re.compile(r"[-+]?[£€$]\s*[0-9][0-9.,]*")
# "<5" and the like; and the marks of the Government Statistical Service, "Symbols in tables" (2021).
_SUPPRESSED: Final = re.compile(
    r"[*\u2020]+|(?:<|>|≤|≥|<=|>=|less than|fewer than|under)\s*[0-9]+|[0-9]+\s*(?:-|\u2013|to)\s*[0-9]+"
    r"|\[?c\]?|\[?low\]?|\.\.|\u2025|supp(?:ressed)?\.?",
    re.IGNORECASE,
)
_BLANK: Final = re.compile(r"\[?[xz]\]?|n/a|[-\u2010-\u2015\u2212]", re.IGNORECASE)

_SUPPRESSION = Fault(
    "number.suppressed",
    "This figure has been suppressed. Send the true count: figures are stored as they are and small ones are "
    "protected when shown. Leave the cell blank only where nothing was recorded.",
)
_NOT_WHOLE = Fault(
    "number.integer_required", "Counts are whole numbers. Send the number of people or assessments."
)
_NOT_A_NUMBER = Fault("number.format", "This is not a number. Send a whole number, or leave the cell blank.")
_OUT_OF_RANGE = Fault("number.range", "A count lies between 0 and 2,147,483,647.")
_BELOW_ZERO = Fault("number.range", "A count is never below 0. Send the number of people or assessments.")
_NO_COUNT = Fault(
    "number.type",
    "The cell shows a percentage, and a percentage is no count. Send the number of people or assessments.",
)
_NO_SUM = Fault(
    "number.type",
    "The cell shows a sum of money, which is no count. Send the number of people or assessments.",
)
_NO_NUMBER = Fault(
    "number.type", "A count is a number, not a date or a yes/no value. Format the cell as a number."
)


def read_count(value: CellValue) -> int | Fault | None:
    """The whole number in a cell, None for a blank, or why it is refused.

    Accepted: 12, "12", "12.0" (spreadsheets store every number so) and "1,234" (thousands as printed tables group
    them). Blank: also "[x]", "[z]", "n/a" and a lone dash. Refused with a mend: fractions, percentages, negatives,
    suppression marks such as "<5", "*", "[c]" and "..", dates, other text.
    """
    if value is None or isinstance(value, Fault):
        return value
    if isinstance(value, str):
        return _read_text(value.strip())
    if isinstance(value, Percentage):
        return _NO_COUNT
    if isinstance(value, Money):
        return _NO_SUM
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _NO_NUMBER
    return _read_number(value)


def _read_number(value: float) -> int | Fault:
    if not math.isfinite(value):
        return Fault("number.not_finite", "A count is a finite whole number.")
    whole = round(value)
    if abs(value - whole) > max(_NOISE, abs(value) * _RELATIVE_NOISE):
        return _NOT_WHOLE
    if whole < 0:
        return _BELOW_ZERO
    return whole if whole <= LARGEST_COUNT else _OUT_OF_RANGE


def _read_text(text: str) -> int | Fault | None:
    if not text or _BLANK.fullmatch(text):
        return None
    if _PLAIN.fullmatch(text) or _GROUPED.fullmatch(text):
        digits = text.replace(",", "").partition(".")[0].lstrip("0") or "0"
        # Their number is looked at first, for `int` reads only so many.
        fits = len(digits) <= len(str(LARGEST_COUNT)) and int(digits) <= LARGEST_COUNT
        return int(digits) if fits else _OUT_OF_RANGE
    if _FRACTION.fullmatch(text):
        return _read_number(float(text))
    for pattern, refusal in (
        (_SUPPRESSED, _SUPPRESSION),
        (_NEGATIVE, _BELOW_ZERO),
        (_PERCENT, _NO_COUNT),
        (_MONEY, _NO_SUM),
    ):
        if pattern.fullmatch(text):
            return refusal
    return _NOT_A_NUMBER
