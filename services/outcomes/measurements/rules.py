"""What makes a measurement right: its person, day, place and answers. Pure: every fault with its code and its pointer."""

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from services.outcomes.instruments.declarations import Instrument
from services.outcomes.instruments.scoring import Given, Scored, score
from shared.facts.fairness import age_band
from shared.nhs_numbers import NhsNumberFault, canonical_nhs_number
from shared.problems import FieldError

FIRST: Final = "first"
OCCASIONS: Final = (FIRST, "repeat", "follow-up")
MONTHS_OF_AN_EPISODE: Final = 24
OLDEST_YEARS: Final = 130
EARLIEST: Final = date(1970, 1, 1)
"""No instrument of the kind is older, and no record of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The members of a measurement that rules look at, each of the right type."""

    nhs_number: str
    birth_year: int | None
    instrument: str
    occasion: str
    taken_on: date
    icc: str | None
    practice: str | None
    programme: str | None
    given: Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What rules may know of the installation and of the sender.

    today: in Europe/London.   name_icc: a slug → the ICC, or its fault; None asks where the sender itself belongs.
    place_of_practice: a practice → where it counts on a day, None for one that nobody knows.
    """

    today: date
    org: str | None
    instruments: Mapping[str, Instrument]
    name_icc: Callable[[str], "str | FieldError"]
    own_icc: Callable[[], str | None]
    place_of_practice: Callable[[str, date], str | None]
    outside: str
    knows_programme: Callable[[str], bool]
    test_numbers_allowed: bool


@dataclass(slots=True, kw_only=True)
class Finding:
    """What the rules made of a measurement: complete when there are no errors.

    icc: an ICC or a line.   practice: where its figures count, when it is one of the ICC's; None counts them at the ICC.
    """

    errors: list[FieldError] = field(default_factory=list)
    warnings: list[FieldError] = field(default_factory=list)
    nhs_number: str = ""
    icc: str = ""
    practice: str | None = None
    scored: Scored | None = None
    age_band: str | None = None


def examine(claim: Claim, around: Circumstances) -> Finding:
    """Every fault of a measurement, or what it is."""
    found = Finding()
    try:
        allowed = around.test_numbers_allowed
        found.nhs_number = canonical_nhs_number(claim.nhs_number, test_numbers_allowed=allowed)
    except NhsNumberFault as fault:
        found.errors.append(FieldError(fault.code, "/person/nhs_number", fault.detail))
    instrument = around.instruments.get(claim.instrument)
    if instrument is None:
        detail = "There is no such instrument; `GET /v1/instruments` lists them."
        found.errors.append(FieldError("code.unknown", "/instrument", detail))
    elif instrument.subject != "person":
        detail = "This is a survey of a team, and of no person: send its replies as a round of the survey."
        found.errors.append(FieldError("enum", "/instrument", detail))
    else:
        found.scored, faults = score(instrument, claim.given)
        found.errors += [*faults, *_age_faults(claim, instrument, around.today)]
        found.warnings += _level_warnings(instrument, found.scored)
    if claim.taken_on < EARLIEST:
        detail = f"Measurements are taken from {EARLIEST.year} on."
        found.errors.append(FieldError("date.implausible", "/taken_on", detail))
    found.age_band = None if claim.birth_year is None else _certain_band(claim.birth_year, claim.taken_on)
    _place(found, claim, around)
    if claim.programme is not None and not around.knows_programme(claim.programme):
        found.errors.append(FieldError("code.unknown", "/programme", "There is no such programme."))
    return found


def _age_faults(claim: Claim, instrument: Instrument, today: date) -> Iterator[FieldError]:
    born, taken = claim.birth_year, claim.taken_on
    if born is None:
        return
    pointer = "/person/birth_year"
    if born > today.year:
        yield FieldError("date.future", pointer, "The year of birth must not lie in the future.")
    elif born < today.year - OLDEST_YEARS:
        yield FieldError("date.implausible", pointer, "Nobody is so old.")
    elif taken.year < born:
        yield FieldError("date.order", "/taken_on", "The measurement lies before the birth.")
    elif instrument.minimum_age is not None and taken.year - born < instrument.minimum_age:
        # In the year of a birthday nobody can tell from the year alone; then the sender is believed.
        detail = f"{instrument.key} is for people of {instrument.minimum_age} years and over."
        yield FieldError("number.range", pointer, detail)


def _certain_band(born: int, taken: date) -> str | None:
    """The band of an age where the year of birth leaves no doubt: the last birthday may have been this year or not."""
    if not born <= taken.year <= born + OLDEST_YEARS:
        return None
    oldest, youngest = age_band(date(born, 1, 1), taken), age_band(min(date(born, 12, 31), taken), taken)
    return oldest if oldest == youngest else None


def _level_warnings(instrument: Instrument, scored: Scored | None) -> Iterator[FieldError]:
    if scored is None or scored.reported_level is None:
        return
    bands = instrument.default_band_set(scored.edition)
    if bands is not None and bands.bands[scored.reported_level - 1].key != scored.band:
        detail = (
            f"The score lies in {scored.band} by {bands.key}; the level as it was reported is kept beside it."
        )
        yield FieldError("level.differs", "/level_as_reported", detail)


def _place(found: Finding, claim: Claim, around: Circumstances) -> None:
    """Where the person's community is: as named, else where the practice counts, else where the sender belongs."""
    practice = claim.practice
    counts = None if practice is None else around.place_of_practice(practice, claim.taken_on)
    if practice is not None and counts is None:
        detail = "No practice with this code is known; the measurement counts outside the communities."
        found.warnings.append(FieldError("ods.unknown", "/practice", detail))
    if claim.icc is not None:
        named = around.name_icc(claim.icc)
        if isinstance(named, FieldError):
            found.errors.append(named)
            return
        found.icc = named
    elif practice is not None:
        found.icc = counts or around.outside
    elif (own := around.own_icc()) is not None:
        found.icc = own
    else:
        detail = "Name the ICC, or the practice: the sender belongs to none by itself."
        found.errors.append(FieldError("body.required", "/icc", detail))
        return
    named_practice = practice or around.org
    if named_practice is not None and around.place_of_practice(named_practice, claim.taken_on) == found.icc:
        found.practice = named_practice


def ends_before(first: date) -> date:
    """The day after the last of an episode that nobody named: 24 months after its first, as PostgreSQL adds them."""
    years, month = divmod(first.month - 1 + MONTHS_OF_AN_EPISODE, 12)
    year, month = first.year + years, month + 1
    return date(year, month, min(first.day, monthrange(year, month)[1]))


def first_fits(first: date, later: tuple[date, date], *, named: bool) -> bool:
    """Whether a first goes before the others of its episode. later: the first and last day of those."""
    return first <= later[0] and (named or later[1] < ends_before(first))


def order_fault(taken: date, first: date) -> FieldError | None:
    """What is wrong with the day of a later measurement; None where it does not lie before the first."""
    if taken >= first:
        return None
    return FieldError("date.order", "/taken_on", "The measurement lies before the first of its episode.")
