"""A calendar of as many entries and occurrences as may be is read in a moment."""

import pytest

from services.referrals.events.calendars import CalendarRefused, read_calendar


def _entry(uid: str, *more: str) -> str:
    named = (f"UID:{uid}", "DTSTAMP:20260101T000000Z", "SUMMARY:Walk", *more)
    return "\r\n".join(("BEGIN:VEVENT", *named, "END:VEVENT"))


def test_thousands_of_exceptions_each_replace_the_occurrence_that_they_name() -> None:
    daily = ("DTSTART:20260801T100000Z", "RRULE:FREQ=DAILY;COUNT=366")
    series = [_entry(f"s{number}", *daily) for number in range(54)]
    moved = [
        _entry("s53", f"DTSTART:20260802T12{number % 60:02}00Z", "RECURRENCE-ID:20260802T100000Z")
        for number in range(4_000)
    ]
    whole = "\r\n".join(
        ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", *series, *moved, "END:VCALENDAR", "")
    )
    read = read_calendar(whole.encode())
    assert (read.entries, len(read.occurrences)) == (4_054, 54 * 366)
    assert read.occurrences["s53", 1].starts_at.isoformat() == "2026-08-02T12:39:00+00:00"
    nowhere = whole.replace(
        "END:VCALENDAR", moved[0].replace("ID:20260802", "ID:20250802") + "\r\nEND:VCALENDAR"
    )
    with pytest.raises(CalendarRefused) as refused:
        read_calendar(nowhere.encode())
    assert [(one.code, one.pointer) for one in refused.value.errors] == [
        ("reference.unresolved", "/4054/RECURRENCE-ID")
    ]
