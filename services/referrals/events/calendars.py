"""Calendars (RFC 5545) as events and events as a calendar. Pure.

An occurrence of a recurring event leaves as an entry of its own, `UID#number`, which any calendar opens; coming back it is
known by that name. A calendar of others names a recurring event once: it is expanded, and its exceptions replace occurrences.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, get_args

from icalendar import Calendar, Event
from icalendar.prop import vBroken
from pydantic_core import PydanticCustomError

from services.referrals.directory.rules import Age, Need
from services.referrals.events.recurrence import RecurrenceRefused, expand
from services.referrals.events.rules import event_faults
from shared.http.text import LONGEST_NAME, LONGEST_NOTE, clean_line, clean_note
from shared.months import LONDON
from shared.problems import FieldError
from shared.workbooks.identifiers import holds_nhs_number

MOST_ENTRIES: Final = 5_000
MOST_ROWS: Final = 20_000
"""Occurrences of a whole calendar."""
MOST_FAULTS: Final = 100
PRODUCT: Final = "-//ICC platform//Community events//EN"
_NUMBERED: Final = re.compile(r"(?P<uid>.+)#(?P<number>[0-9]{1,3})\Z", re.DOTALL)
_COMMUNITIES, _AGES, _NEEDS = "X-ICC-COMMUNITIES", "X-ICC-AGES", "X-ICC-NEEDS"
_SEVERAL: Final = frozenset({"CATEGORIES", "EXDATE"})
_READ: Final = (
    *("UID", "SUMMARY", "DESCRIPTION", "LOCATION", "DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID"),
    *("STATUS", "CLASS", _COMMUNITIES, _AGES, _NEEDS),
    *sorted(_SEVERAL),
)
_LINE_END: Final = re.compile(r"\r\n?|\n")
_LONGEST_LINE: Final = 75
_HOUR: Final = timedelta(hours=1)
_ONE_LINE: Final = re.compile(r"\s+")


class CalendarRefused(Exception):  # noqa: N818 -- a finding about a file, raised and caught within a parse
    """A calendar of which nothing is taken, with what is wrong."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__()
        self.errors = list(errors)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence as a calendar has it. entry: which entry of the calendar, from 0.   communities: None where the calendar does not say."""

    entry: int
    uid: str
    number: int
    recurring: bool
    title: str
    description: str | None
    place: str | None
    starts_at: datetime
    ends_at: datetime
    rrule: str | None
    communities: tuple[str, ...] | None
    ages: tuple[str, ...]
    needs: tuple[str, ...]
    topics: tuple[str, ...]
    cancelled: bool
    public: bool


@dataclass(slots=True)
class Read:
    """A calendar that was read. whole: recurring events of which every occurrence is here, so that others are gone.

    cut: entries of which not all occurrences are taken.   begun: by its calendar's own time, which occurrence of those that recur.
    """

    entries: int = 0
    occurrences: dict[tuple[str, int], Occurrence] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    begun: dict[tuple[str, datetime], tuple[str, int]] = field(default_factory=dict)
    cut: list[int] = field(default_factory=list)


def read_calendar(content: bytes) -> Read:
    """The occurrences of a calendar. Raises CalendarRefused with every fault, each by the number of its entry, from 0."""
    entries = _entries(content)
    read, faults = Read(entries=len(entries)), []
    # Exceptions come after what they change, wherever they stand.
    for place, entry in sorted(enumerate(entries), key=lambda one: "RECURRENCE-ID" in one[1]):
        try:
            _take(read, place, entry)
        except CalendarRefused as refused:
            faults += refused.errors
        if len(read.occurrences) > MOST_ROWS:
            raise CalendarRefused(
                FieldError("list.too_long", "", f"The calendar has more than {MOST_ROWS} occurrences.")
            )
    if faults:
        raise CalendarRefused(*faults[:MOST_FAULTS])
    return read


def _entries(content: bytes) -> list[Event]:
    unreadable = FieldError("ical.syntax", "", "This is no calendar that can be read (RFC 5545).")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CalendarRefused(FieldError("ical.syntax", "", "A calendar is written in UTF-8.")) from None
    if text.upper().count("BEGIN:VEVENT") > MOST_ENTRIES:
        raise CalendarRefused(
            FieldError("list.too_long", "", f"A calendar has {MOST_ENTRIES} entries at most.")
        )
    try:
        calendar = Calendar.from_ical(text)
        entries: list[Event] = [one for one in calendar.walk("VEVENT") if isinstance(one, Event)]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        raise CalendarRefused(unreadable) from None
    if calendar.name != "VCALENDAR":
        raise CalendarRefused(unreadable)
    return entries


def _take(read: Read, place: int, entry: Event) -> None:
    """Take over one entry. Raises CalendarRefused."""
    one = _occurrence(place, entry)
    if "RECURRENCE-ID" in entry:
        read.occurrences |= _exception(read, place, entry, one)
        return
    if one.rrule is None:
        if (one.uid, one.number) in read.occurrences:
            raise _fault(place, "row.duplicate", "UID", "The calendar has this entry twice.")
        read.occurrences[one.uid, one.number] = one
        if one.recurring:
            read.begun[one.uid, one.starts_at] = one.uid, one.number
        return
    try:
        expanded = expand(one.rrule, one.starts_at)
    except RecurrenceRefused:
        raise _fault(place, "ical.recurrence", "RRULE", "Nobody can tell when it recurs.") from None
    if expanded.cut:
        read.cut.append(place)
    if one.uid in read.whole:
        raise _fault(place, "row.duplicate", "UID", "The calendar has this entry twice.")
    read.whole.add(one.uid)
    left_out = set(_instants(entry.get("EXDATE")))
    lasts = one.ends_at - one.starts_at
    for number, start in enumerate(expanded.starts):
        cancelled = one.cancelled or start in left_out
        made = replace(
            one, number=number, recurring=True, starts_at=start, ends_at=start + lasts, cancelled=cancelled
        )
        read.occurrences[one.uid, number] = made
        read.begun[one.uid, start] = one.uid, number


def _exception(read: Read, place: int, entry: Event, one: Occurrence) -> dict[tuple[str, int], Occurrence]:
    """The occurrence that an exception replaces. Raises CalendarRefused where there is none."""
    when = next(iter(_instants(entry.get("RECURRENCE-ID"))), None)
    key = None if when is None else read.begun.get((one.uid, when))
    if key is None:
        raise _fault(
            place, "reference.unresolved", "RECURRENCE-ID", "The calendar has no such occurrence to replace."
        )
    return {key: replace(one, number=key[1], recurring=True, rrule=read.occurrences[key].rrule)}


def _check_readable(place: int, entry: Event) -> None:
    """Raises CalendarRefused for a property that the library could not read, or that stands there twice."""
    for name in _READ:
        given = entry.get(name)
        if isinstance(given, list) and name not in _SEVERAL:
            raise _fault(place, "ical.syntax", name, "An entry says this once.")
        if any(isinstance(one, vBroken) for one in (given if isinstance(given, list) else [given])):
            code = "ical.recurrence" if name == "RRULE" else "ical.syntax"
            raise _fault(place, code, name, "This cannot be read (RFC 5545).")


def _occurrence(place: int, entry: Event) -> Occurrence:
    _check_readable(place, entry)
    uid = str(entry.get("UID", "")).strip()
    if not uid:
        raise _fault(place, "ical.syntax", "UID", "An entry has a UID.")
    numbered = _NUMBERED.match(uid)
    starts_at, ends_at = _times(place, entry)
    rule = entry.get("RRULE")
    if rule is not None and numbered:
        raise _fault(place, "ical.recurrence", "RRULE", "An entry recurs by one rule.")
    return Occurrence(
        entry=place,
        uid=_line(place, "UID", numbered["uid"] if numbered else uid) or "",
        number=int(numbered["number"]) if numbered else 0,
        recurring=numbered is not None,
        title=_line(place, "SUMMARY", str(entry.get("SUMMARY", ""))) or "Event",
        description=_note(place, str(entry.get("DESCRIPTION", ""))),
        place=_line(place, "LOCATION", str(entry.get("LOCATION", ""))),
        starts_at=starts_at,
        ends_at=ends_at,
        rrule=None if rule is None else rule.to_ical().decode(),
        communities=_words(entry.get(_COMMUNITIES)),
        ages=_known(place, entry, _AGES, get_args(Age)),
        needs=_known(place, entry, _NEEDS, get_args(Need)),
        topics=tuple(_line(place, "CATEGORIES", one) or "" for one in _categories(entry)),
        cancelled=str(entry.get("STATUS", "")).upper() == "CANCELLED",
        public=str(entry.get("CLASS", "PUBLIC")).upper() == "PUBLIC",
    )


def _times(place: int, entry: Event) -> tuple[datetime, datetime]:
    start, end, lasts = entry.get("DTSTART"), entry.get("DTEND"), entry.get("DURATION")
    begin = getattr(start, "dt", None)
    if not isinstance(begin, date):
        raise _fault(place, "ical.syntax", "DTSTART", "An entry says when it begins.")
    starts_at = _instant(begin)
    last, length = getattr(end, "dt", None), getattr(lasts, "dt", None)
    whole_day = timedelta(days=1) if not isinstance(begin, datetime) else _HOUR
    try:
        if isinstance(last, date):
            ends_at = _instant(last)
        else:
            ends_at = starts_at + (length if isinstance(length, timedelta) else whole_day)
    except OverflowError:
        raise _fault(place, "date.implausible", "DTSTART", "The day lies too far from today.") from None
    if next(event_faults(starts_at, ends_at), None) is not None:
        raise _fault(place, "date.order", "DTEND", "The event ends before it has begun.")
    if not 1900 <= starts_at.year <= ends_at.year <= 9000:  # noqa: PLR2004 -- days that a calendar of people has
        raise _fault(place, "date.implausible", "DTSTART", "The day lies too far from today.")
    return starts_at, ends_at


def _instant(when: date) -> datetime:
    """An instant in UTC: what says no zone is meant as London's clocks show it."""
    if not isinstance(when, datetime):
        when = datetime.combine(when, time())
    return (when if when.tzinfo else when.replace(tzinfo=LONDON)).astimezone(UTC)


def _instants(given: Any) -> list[datetime]:
    """The days of EXDATE or RECURRENCE-ID, however often the property stands there."""
    stated = [
        when for one in (given if isinstance(given, list) else [given]) for when in getattr(one, "dts", [one])
    ]
    return [_instant(one.dt) for one in stated if isinstance(getattr(one, "dt", None), date)]


def _categories(entry: Event) -> Iterator[str]:
    given = entry.get("CATEGORIES")
    for one in given if isinstance(given, list) else [given]:
        yield from (str(name) for name in getattr(one, "cats", ()) if str(name).strip())


def _words(given: Any) -> tuple[str, ...] | None:
    words = tuple(one.strip() for one in str(given or "").replace("\\,", ",").split(",") if one.strip())
    return words or None


def _known(place: int, entry: Event, name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    words = _words(entry.get(name)) or ()
    if not set(words) <= set(known):
        raise _fault(place, "enum", name, f"These are {', '.join(known)}.")
    return tuple(dict.fromkeys(words))


def _line(place: int, name: str, text: str) -> str | None:
    return _clean(place, name, _ONE_LINE.sub(" ", text).strip(), LONGEST_NAME)


def _note(place: int, text: str) -> str | None:
    return _clean(place, "DESCRIPTION", text.strip(), LONGEST_NOTE)


def _clean(place: int, name: str, text: str, longest: int) -> str | None:
    if not text:
        return None
    try:
        cleaned = clean_line(text) if longest == LONGEST_NAME else clean_note(text)
    except PydanticCustomError as fault:
        raise _fault(place, fault.type, name, fault.message()) from None
    if len(cleaned) > longest:
        raise _fault(place, "text.too_long", name, f"The text may have at most {longest} characters.")
    if name != "UID" and holds_nhs_number(cleaned):
        raise _fault(place, "text.forbidden", name, "The text holds what looks like an NHS number.")
    return cleaned


def _fault(place: int, code: str, name: str, detail: str) -> CalendarRefused:
    return CalendarRefused(FieldError(code, f"/{place}/{name}", detail))


def written_calendar(occurrences: Iterable[tuple[Occurrence, datetime]]) -> bytes:
    """A calendar of events, each with the moment when it was last changed.

    It is written line by line: the library takes seconds for thousands of events, and whoever asks needs no token.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "X-WR-CALNAME:Community events"]
    for one, changed_at in occurrences:
        lines += _entry(one, changed_at)
    return "".join(f"{_folded(line)}\r\n" for line in (*lines, "END:VCALENDAR")).encode()


def _entry(one: Occurrence, changed_at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_escaped(f'{one.uid}#{one.number}' if one.recurring else one.uid)}"
    for name, moment in (
        ("DTSTAMP", changed_at),
        ("LAST-MODIFIED", changed_at),
        ("DTSTART", one.starts_at),
        ("DTEND", one.ends_at),
    ):
        yield f"{name}:{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"SUMMARY:{_escaped(one.title)}"
    for name, text in (("DESCRIPTION", one.description), ("LOCATION", one.place)):
        if text is not None:
            yield f"{name}:{_escaped(text)}"
    if one.topics:
        yield f"CATEGORIES:{','.join(map(_escaped, one.topics))}"
    for name, words in ((_COMMUNITIES, one.communities), (_AGES, one.ages), (_NEEDS, one.needs)):
        if words:
            yield f"{name}:{_escaped(','.join(words))}"
    yield f"STATUS:{'CANCELLED' if one.cancelled else 'CONFIRMED'}"
    yield "END:VEVENT"


def _escaped(text: str) -> str:
    for character in "\\;,":
        text = text.replace(character, f"\\{character}")
    return _LINE_END.sub("\\\\n", text)


def _folded(line: str) -> str:
    """A line in pieces of at most 75 bytes, none of which cuts a character."""
    if len(line) <= _LONGEST_LINE and line.isascii():
        return line
    pieces, size = [""], 0
    for character in line:
        length = len(character.encode())
        if size + length > _LONGEST_LINE - 1:
            pieces.append("")
            size = 0
        pieces[-1] += character
        size += length
    return "\r\n ".join(pieces)
