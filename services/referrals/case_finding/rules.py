"""A list of people at risk: its columns, each of its rows, and the band that a score falls into. Pure.

A row that is wrong is set aside and named; a file of which more than one row in twenty is wrong is refused whole.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, Literal, get_args

from pydantic_core import PydanticCustomError

from services.referrals.identity.rules import Fault, nhs_number, postcode
from shared.http.dates import parse_date

Band = Literal["fit", "mild", "moderate", "severe"]
BANDS: Final[tuple[Band, ...]] = get_args(Band)
MemberStatus = Literal["found", "invited", "accepted", "declined"]
MEMBER_STATUSES: Final[tuple[MemberStatus, ...]] = get_args(MemberStatus)
LIST_BYTES: Final = 16 * 1024 * 1024
MOST_ROWS: Final = 100_000
BAD_ROWS_ALWAYS_SET_ASIDE: Final = 10
GOOD_ROWS_FOR_A_BAD_ONE: Final = 20
PERSON: Final = ("nhs_number", "pseudonym")
REQUIRED: Final = ("practice", "score", "instrument", "measured_on")
COLUMNS: Final = (*PERSON, *REQUIRED, "postcode")
_PSEUDONYM: Final = re.compile(r"p1:[A-Za-z0-9_-]{43}")
_SCORE: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class CutPoint:
    """Where a band begins. included: whether the point itself belongs to it."""

    band: str
    at: Decimal
    included: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """The scores of an instrument and their bands. first: the band below every cut point."""

    lowest: Decimal
    highest: Decimal
    whole: bool
    first: str
    points: tuple[CutPoint, ...]

    def band_of(self, score: Decimal) -> str:
        """The band of a score, compared exactly: 13 of 36 deficits, 0.3611, is severe, and 0.36 is not."""
        band = self.first
        for point in self.points:
            if score > point.at or (point.included and score == point.at):
                band = point.band
        return band


@dataclass(frozen=True, slots=True)
class Person:
    """One good row. number: the NHS number, None where the list names a pseudonym.   sector: of the postcode, "LA9 4"."""

    row: int
    number: str | None
    pseudonym: str | None
    practice: str
    instrument: str
    score: Decimal
    band: str
    measured_on: date
    sector: str | None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is set aside: where, in which column, and why. It repeats no value."""

    row: int
    code: str
    column: str
    detail: str


class ListRefused(Exception):  # noqa: N818 -- a finding about a file, raised and caught within a parse
    """Why a file is no list: a code `file.…` of the contract and a sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Reading:
    """What rows are held against. today: of the London day.   knows_practice: whether a code is a practice's.

    strict: whether numbers of the range kept for tests are refused.
    """

    scales: Mapping[str, Scale]
    today: date
    knows_practice: Callable[[str], bool]
    strict: bool


def read_rows(
    header: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]], reading: Reading
) -> tuple[list[Person], list[BadRow]]:
    """The good rows of a table, and the bad ones. header: checked.   rows: each with its number. Raises ListRefused."""
    found = [
        _row(number, dict(zip(header, cells, strict=False)), len(cells) - len(header), reading)
        for number, cells in rows
    ]
    if not found:
        raise ListRefused("file.no_rows", "The file has a header and no rows.")
    good = [one for one in found if isinstance(one, Person)]
    bad = [one for one in found if isinstance(one, BadRow)]
    good, repeated = once_each(good)
    return good, sorted([*bad, *repeated], key=lambda one: one.row)


def is_too_bad(*, good: int, bad: int) -> bool:
    """Whether so many rows are wrong that the file is not what it says."""
    return bad > max(BAD_ROWS_ALWAYS_SET_ASIDE, (good + bad) // GOOD_ROWS_FOR_A_BAD_ONE)


def once_each(people: Sequence[Person]) -> tuple[list[Person], list[BadRow]]:
    """Each person once. The same row again is set aside; of two different ones nobody knows which is true, so both are."""
    first: dict[str, Person] = {}
    torn: set[str] = set()
    repeated: list[Person] = []
    for one in people:
        known = first.setdefault(one.number or one.pseudonym or "", one)
        if known is one:
            continue
        repeated.append(one)
        if replace(one, row=known.row) != known:
            torn.add(one.number or one.pseudonym or "")
    good = [one for who, one in first.items() if who not in torn]
    bad = [_repeated(one, torn) for one in (*repeated, *(first[who] for who in torn))]
    return good, bad


def _repeated(one: Person, torn: Collection[str]) -> BadRow:
    column = "pseudonym" if one.number is None else "nhs_number"
    if (one.number or one.pseudonym) in torn:
        return BadRow(
            one.row, "row.conflict", column, "The same person stands here with different values: send one."
        )
    return BadRow(one.row, "row.duplicate", column, "The same person stands here twice with the same values.")


def check_header(header: Sequence[str]) -> None:
    """Raises ListRefused where a list cannot have these columns."""
    doubled = [name for name, times in Counter(header).items() if times > 1]
    if doubled:
        raise ListRefused("file.header_duplicate", f"{len(doubled)} columns stand here twice.")
    if any(name not in COLUMNS for name in header):
        raise unknown_header()
    lacking = [name for name in REQUIRED if name not in header]
    if not set(header) & set(PERSON):
        lacking.insert(0, "nhs_number or pseudonym")
    if lacking:
        raise ListRefused("file.header", f"These columns are missing: {', '.join(lacking)}.")


def unknown_header() -> ListRefused:
    """The refusal of a table that has other columns."""
    return ListRefused("file.header_unknown", f"The columns are {', '.join(COLUMNS)}; there are others here.")


def _row(number: int, cells: Mapping[str, str], surplus: int, reading: Reading) -> Person | BadRow:
    if surplus:
        return BadRow(number, "row.field_count", "", "The row has not as many fields as the header.")
    given = {name: cell.strip() for name, cell in cells.items()}
    column = ""
    try:
        column = "pseudonym" if given.get("pseudonym") and not given.get("nhs_number") else "nhs_number"
        who = _who(given, reading)
        column = "practice"
        practice = _practice(given["practice"], reading)
        column = "instrument"
        scale = reading.scales.get(given["instrument"])
        if scale is None:
            raise Fault("enum", f"The instruments are {', '.join(reading.scales)}.")
        column = "score"
        score = _score(given["score"], scale)
        column = "measured_on"
        measured_on = _past(given["measured_on"], reading.today)
        column = "postcode"
        where = given.get("postcode")
        sector = postcode(where)[:-2].strip() if where else None
    except Fault as fault:
        return BadRow(number, fault.code, column, fault.detail)
    except PydanticCustomError as fault:
        return BadRow(number, fault.type, column, fault.message())
    band = scale.band_of(score)
    return Person(number, *who, practice, given["instrument"], score, band, measured_on, sector)


def _who(given: Mapping[str, str], reading: Reading) -> tuple[str | None, str | None]:
    if given.get("nhs_number"):
        return nhs_number(given["nhs_number"], test_numbers_allowed=not reading.strict), None
    pseudonym = given.get("pseudonym")
    if not pseudonym:
        raise Fault("nhs_number.required", "Give the NHS number, or a pseudonym in a column of that name.")
    if _PSEUDONYM.fullmatch(pseudonym) is None:
        raise Fault("code.invalid", "A pseudonym is `p1:` and 43 characters.")
    return None, pseudonym


def _practice(code: str, reading: Reading) -> str:
    if not code:
        raise Fault("row.required", "Name the practice by its ODS code.")
    if not reading.knows_practice(code):
        raise Fault("ods.unknown", "The registry has no such practice.")
    return code


def _score(text: str, scale: Scale) -> Decimal:
    if not text:
        raise Fault("number.required", "Give the score.")
    if _SCORE.fullmatch(text) is None:
        raise Fault("number.format", "A score is a number with a decimal point.")
    try:
        score = Decimal(text)
    except InvalidOperation:
        raise Fault("number.format", "A score is a number with a decimal point.") from None
    if not scale.lowest <= score <= scale.highest:
        raise Fault("number.range", f"The score lies from {scale.lowest} to {scale.highest}.")
    if scale.whole and score != score.to_integral_value():
        raise Fault("number.integer_required", "The score is a whole number.")
    return score


def _past(text: str, today: date) -> date:
    day = parse_date(text)
    if day > today:
        raise Fault("date.future", "The date must not lie in the future.")
    return day
