"""What a cell of a file says. Each reading is remembered, for a million rows repeat a few thousand values.

A reading raises Refusal with a code of the interface; the value itself is in no sentence, for it may be a person's.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

from services.trajectories.activity.rules.kinds import Refusal
from shared.facts.fairness import AGES, UNKNOWN
from shared.months import Month
from shared.registry.names import fold, is_practice_code, nearest
from shared.registry.registry import Registry

LARGEST: Final = 1_000_000_000
OLDEST: Final = 130
_REMEMBERED: Final = 100_000
_REFUSED: Final = 2_000
_MOST_HINTS: Final = 500
"""Codes for which the nearest known one is looked for: it takes milliseconds, and a file may hold a million wrong ones."""
_EARLIEST: Final = Month(1990, 1)

_MONTH: Final = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?:[ T]00:00(?::00)?)?", re.ASCII)
_WHOLE: Final = re.compile(r"(?:\d{1,19}|\d{1,3}(?:,\d{3})+)(?:\.0+)?", re.ASCII)
_FRACTION: Final = re.compile(r"[-+]?\d*\.\d+(?:[eE][-+]?\d+)?", re.ASCII)
_NEGATIVE: Final = re.compile(r"[-−–]\s*\d[\d,]*(?:\.0+)?", re.ASCII)
_LONG: Final = re.compile(r"\d{20,}|\d+(?:\.\d+)?[eE]\+?\d+", re.ASCII)
# Marks of suppression: Government Statistical Service, "Symbols in tables" (2021), and the usual "<5" and "1-4".
_SUPPRESSED: Final = re.compile(
    r"[*†]+|(?:<|>|≤|≥|<=|>=|less than|fewer than|under)\s*\d+|\d+\s*(?:-|–|to)\s*\d+|\[?c\]?|\[?low\]?|\.\.|supp(?:ressed)?\.?",
    re.IGNORECASE,
)
_BLANK: Final = re.compile(r"|\[?[xz]\]?|n/a|[-‐-―−]", re.IGNORECASE)
_TOTALS: Final = re.compile(r"(?:grand |sub ?)?totals?(?: .*)?|all(?: practices)?|england|bay", re.ASCII)
_CAUSE: Final = re.compile(r"([A-Z]\d{2})[A-Z0-9.\-]{0,5}", re.ASCII)
_FALL: Final = re.compile(r"W[01]\d", re.ASCII)
_SCORE: Final = re.compile(r"\d{1,3}(?:\.\d{1,10})?", re.ASCII)
_FRAIL_FROM: Final = 5.0
_AGE_BEGINS: Final = (0, 5, 18, 25, 65, 75, 85)

# NHS Data Dictionary, ADMISSION METHOD (HOSPITAL PROVIDER SPELL).
_EMERGENCY_METHODS: Final = frozenset(["21", "22", "23", "24", "25", "28", "2A", "2B", "2C", "2D"])
_OTHER_NON_ELECTIVE: Final = frozenset(["31", "32", "81", "82", "83"])
_UNCOUNTED_METHODS: Final = frozenset(["11", "12", "13", "98", "99"])
PLANNED_ADMISSION, OTHER_NON_ELECTIVE, EMERGENCY_ADMISSION = 0, 1, 3
_YES: Final = frozenset({"true", "yes", "y", "1"})
_NO: Final = frozenset({"", "false", "no", "n", "0"})

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class Remembered(dict[str, ValueT]):
    """The readings of one column by the text they were made of."""

    def __init__(self, read: Callable[[str], ValueT]) -> None:
        super().__init__()
        self._read = read
        self._refused: dict[str, Refusal] = {}

    def __missing__(self, text: str) -> ValueT:
        """Read a text and remember it, or why it was refused: to look for the nearest name takes long. Raises Refusal."""
        refused = self._refused.get(text)
        if refused is not None:
            raise refused.with_traceback(None)
        try:
            found = self._read(text)
        except Refusal as refusal:
            if len(self._refused) < _REFUSED:
                self._refused[text] = refusal
            raise
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = found
        return found


class Day(NamedTuple):
    """A day as it is counted with: its number, and the number of its month since year 0."""

    number: int
    month: int


def month_number(month: Month) -> int:
    """A month as one number."""
    return month.year * 12 + month.month - 1


@lru_cache(2_000)
def month_of_number(number: int) -> Month:
    """The month of a number."""
    return Month(number // 12, number % 12 + 1)


def read_month(today: date) -> Callable[[str], int]:
    """The reader of months: `2020-04`, or its first day. today: after its month nothing has happened yet."""

    def read(text: str) -> int:
        match = _MONTH.fullmatch(text.strip())
        if match is None:
            raise Refusal("date.format", "A month is written YYYY-MM, for example 2020-04.")
        day = _a_day(int(match[1]), int(match[2]), int(match[3] or 1))
        if day.day != 1:
            raise Refusal("date.format", "A month is written YYYY-MM, not as a day in it.")
        return month_number(_plausible(day, today, "This month has not come yet."))

    return read


def read_day(today: date) -> Callable[[str], Day]:
    """The reader of days: `2020-04-01`."""

    def read(text: str) -> Day:
        match = _MONTH.fullmatch(text.strip())
        if match is None or match[3] is None:
            raise Refusal("date.format", "A day is written YYYY-MM-DD.")
        day = _a_day(int(match[1]), int(match[2]), int(match[3]))
        month = _plausible(day, today, "This day has not come yet.")
        if day > today:
            raise Refusal("date.future", "This day has not come yet.")
        return Day(day.toordinal(), month_number(month))

    return read


def _a_day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Refusal("date.invalid", "There is no such day in the calendar.") from None


def _plausible(day: date, today: date, future: str) -> Month:
    if (day.year, day.month) > (today.year, today.month):
        raise Refusal("date.future", future)
    if (day.year, day.month) < (_EARLIEST.year, _EARLIEST.month):
        raise Refusal("date.implausible", f"Activity is taken from {_EARLIEST} on.")
    return Month(day.year, day.month)


def read_practice(registry: Registry) -> Callable[[str], str]:
    """The reader of practice codes: those that the registry knows, of the system or outside it."""
    file = registry.file
    codes = [*(one.code for one in file.practices), *(one.code for one in file.outside_practices)]
    hints = iter(range(_MOST_HINTS))

    def read(text: str) -> str:
        code = text.strip().upper()
        if registry.knows_practice(code):
            return code
        if _TOTALS.fullmatch(fold(text)):
            raise Refusal("file.total_row", "Totals are no data: send the practices only.")
        if not code:
            raise Refusal("row.required", "Name the practice by its code.")
        if not is_practice_code(code):
            raise Refusal("ods.format", "A practice code is a letter and five digits.")
        near = nearest(code, codes) if next(hints, None) is not None else None
        hint = f" The nearest known one is {near}." if near else ""
        raise Refusal("ods.unknown", f"The registry knows no practice with this code.{hint}")

    return read


def read_count(text: str) -> int:
    """A whole number from 0 to 10^9; thousands may be grouped, and `12.0` is 12."""
    text = text.strip()
    if _WHOLE.fullmatch(text):
        count = int(text.replace(",", "").partition(".")[0])
        if count <= LARGEST:
            return count
        raise Refusal("number.range", "A count lies between 0 and 1,000,000,000.")
    for pattern, code, detail in (
        (
            _BLANK,
            "number.required",
            "Send a count. For a month without any send 0; leave out what is not known.",
        ),
        (
            _SUPPRESSED,
            "number.suppressed",
            "This figure is suppressed. Send the true count: small ones are protected when shown.",
        ),
        (_NEGATIVE, "number.range", "A count lies between 0 and 1,000,000,000."),
        (_LONG, "number.range", "A count lies between 0 and 1,000,000,000."),
        (_FRACTION, "number.integer_required", "A count is a whole number."),
    ):
        if pattern.fullmatch(text):
            raise Refusal(code, detail)
    raise Refusal("number.format", "This is not a number. Send a whole number.")


def read_value(values: tuple[str, ...]) -> Callable[[str], str]:
    """The reader of a column with a list of values; case, blanks and dashes are forgiven."""
    known = {fold(value): value for value in values}

    def read(text: str) -> str:
        found = known.get(fold(text.replace("+", " and over")))
        if found is not None:
            return found
        if not text.strip():
            raise Refusal("row.required", f"Say which: {', '.join(values)}.")
        near = nearest(text, values)
        hint = f" The nearest is {near}." if near else ""
        raise Refusal("code.unknown", f"This is none of {', '.join(values)}.{hint}")

    return read


_BANDS: Final = {fold(band): band for band in (*AGES, UNKNOWN)}


def read_age(text: str) -> str:
    """The band of an age in whole years, or a band as it is; a blank is unknown."""
    plain = text.strip()
    if not plain:
        return UNKNOWN
    if plain.isascii() and plain.isdigit() and len(plain) <= 3:  # noqa: PLR2004 -- nobody lives a thousand years
        years = int(plain)
        if years > OLDEST:
            raise Refusal("number.range", f"An age lies between 0 and {OLDEST}.")
        return next(
            band
            for band, begins in zip(reversed(AGES), reversed(_AGE_BEGINS), strict=True)
            if years >= begins
        )
    found = _BANDS.get(fold(plain.replace("+", " and over")))
    if found is None:
        raise Refusal("number.format", f"An age is a whole number of years, or one of {', '.join(AGES)}.")
    return found


def read_method(text: str) -> int:
    """What an admission method counts as: PLANNED_ADMISSION, OTHER_NON_ELECTIVE or EMERGENCY_ADMISSION."""
    method = text.strip().upper()
    if method in _EMERGENCY_METHODS:
        return EMERGENCY_ADMISSION
    if method in _OTHER_NON_ELECTIVE:
        return OTHER_NON_ELECTIVE
    if method in _UNCOUNTED_METHODS:
        return PLANNED_ADMISSION
    if not method:
        raise Refusal("row.required", "Send the admission method.")
    raise Refusal("code.unknown", "This is no admission method of the NHS Data Dictionary.")


def read_frailty(text: str) -> bool:
    """Whether a Hospital Frailty Risk Score is 5 or more; a blank is not."""
    score = text.strip()
    if not score:
        return False
    if not _SCORE.fullmatch(score):
        raise Refusal("number.format", "A Hospital Frailty Risk Score is a number from 0 to 999.")
    return float(score) >= _FRAIL_FROM


def read_cause(text: str) -> bool:
    """Whether an external cause (ICD-10) is a fall, W00 to W19; a blank is not."""
    cause = text.strip().upper()
    if not cause:
        return False
    match = _CAUSE.fullmatch(cause)
    if match is None:
        raise Refusal(
            "code.invalid", "A cause is an ICD-10 code: a letter and two digits, and what follows them."
        )
    return _FALL.fullmatch(match[1]) is not None


def read_type(text: str) -> bool:
    """Whether a department of this type counts: 1 to 4 do, 5 does not."""
    kind = text.strip().lstrip("0")
    if kind in {"1", "2", "3", "4", "5"}:
        return kind != "5"
    if not kind:
        raise Refusal("row.required", "Send the type of the department.")
    raise Refusal("code.unknown", "The type of a department is 1 to 5.")


def read_planned(text: str) -> bool:
    """Whether an attendance was planned; a blank was not."""
    said = text.strip().casefold()
    if said in _YES:
        return True
    if said in _NO:
        return False
    raise Refusal("body.type", "Planned is true or false.")
