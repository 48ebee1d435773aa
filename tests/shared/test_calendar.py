"""Working days in England: the bank holidays are right, and counting them keeps its promises."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from shared.calendar import WorkingCalendar, add_working_days, england, is_working_day, load_calendar

covered_days = st.dates(date(2013, 2, 1), date(2028, 10, 31))

# Years with a day more or another day than the rule gives, as proclaimed.
_PROCLAIMED = {
    2020: {date(2020, 5, 8)},  # early May bank holiday moved for the 75th VE day
    2022: {date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19)},
    2023: {date(2023, 5, 8)},
}
_WITHDRAWN = {2020: {date(2020, 5, 4)}, 2022: {date(2022, 5, 30)}}


def easter_sunday(year: int) -> date:
    """Easter in the Gregorian calendar. Source: the anonymous algorithm of Nature, 20 April 1876."""
    century, of_century = divmod(year, 100)
    leaps, rest = divmod(century, 4)
    epact = (19 * (year % 19) + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    quarters, left = divmod(of_century, 4)
    weekday = (32 + 2 * rest + 2 * quarters - epact - left) % 7
    month, day = divmod(epact + weekday - 7 * ((year % 19 + 11 * epact + 22 * weekday) // 451) + 114, 31)
    return date(year, month, day + 1)


def holidays_by_rule(year: int) -> set[date]:
    """Bank holidays as the Banking and Financial Dealings Act 1971 and the yearly proclamations place them."""

    def monday_from(day: date) -> date:
        return day + timedelta(days=-day.weekday() % 7)

    found = {easter_sunday(year) - timedelta(days=2), easter_sunday(year) + timedelta(days=1)}
    found |= {monday_from(date(year, 5, 1)), monday_from(date(year, 5, 25)), monday_from(date(year, 8, 25))}
    for fixed in (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)):
        day = fixed
        while day.weekday() >= 5 or day in found:
            day += timedelta(days=1)
        found.add(day)
    return (found - _WITHDRAWN.get(year, set())) | _PROCLAIMED.get(year, set())


@pytest.mark.parametrize("year", range(2013, 2029))
def test_the_file_has_the_bank_holidays_of_the_law_and_the_proclamations(year: int) -> None:
    assert {day for day in england().holidays if day.year == year} == holidays_by_rule(year)


def test_the_file_covers_whole_years_and_holds_no_weekend_day() -> None:
    calendar = england()
    assert (calendar.covers_from, calendar.covers_until) == (date(2013, 1, 1), date(2028, 12, 31))
    assert not [day for day in calendar.holidays if day.weekday() >= 5]
    assert min(Counter(day.year for day in calendar.holidays).values()) == 8


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-06-12", 1, "2026-06-15"),  # a Friday
        ("2026-06-13", 1, "2026-06-15"),  # a Saturday: the same Monday
        ("2026-12-24", 2, "2026-12-30"),  # Christmas, with a substitute for Boxing Day
        ("2022-06-01", 1, "2022-06-06"),  # the Platinum Jubilee's two days
        ("2026-06-13", 0, "2026-06-15"),
        ("2026-06-12", 0, "2026-06-12"),
        ("2026-06-15", -1, "2026-06-12"),
        ("2026-04-07", -1, "2026-04-02"),  # back over Easter
    ],
)
def test_working_days_are_counted_over_weekends_and_holidays(start: str, days: int, due: str) -> None:
    assert add_working_days(date.fromisoformat(start), days) == date.fromisoformat(due)


@given(covered_days, st.integers(1, 30))
def test_a_due_day_is_worked_and_exactly_so_many_working_days_away(day: date, days: int) -> None:
    due = add_working_days(day, days)
    assert is_working_day(due)
    assert england().working_days_between(day, due) == days


@given(covered_days, st.integers(1, 20), st.integers(1, 20))
def test_working_days_add_up(day: date, one: int, other: int) -> None:
    assert add_working_days(add_working_days(day, one), other) == add_working_days(day, one + other)


@given(covered_days, st.integers(1, 20))
def test_going_back_undoes_going_on_from_a_working_day(day: date, days: int) -> None:
    worked = add_working_days(day, 0)
    assert add_working_days(add_working_days(worked, days), -days) == worked


def test_a_day_that_the_file_does_not_cover_is_warned_of_once() -> None:
    calendar = WorkingCalendar({}, date(1990, 1, 1), date(1990, 12, 31))
    with capture_logs() as logged:
        assert calendar.is_working_day(date(1990, 12, 31))
        assert logged == []
        assert calendar.is_working_day(date(1991, 1, 1))
        calendar.is_working_day(date(1991, 1, 2))
    assert [entry["event"] for entry in logged] == ["calendar.not_covered"]
    assert (logged[0]["log_level"], logged[0]["covers_until"]) == ("warning", "1990-12-31")


def test_another_calendar_may_be_given() -> None:
    calendar = WorkingCalendar({date(2026, 6, 15): "A local fair"}, date(2026, 1, 1), date(2026, 12, 31))
    assert not is_working_day(date(2026, 6, 15), calendar=calendar)
    assert add_working_days(date(2026, 6, 12), 1, calendar=calendar) == date(2026, 6, 16)


def test_a_calendar_file_with_a_misspelt_member_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "calendar.json"
    file.write_text('{"schema_version": 1, "holydays": []}')
    with pytest.raises(ValueError, match="holydays"):
        load_calendar(file)
