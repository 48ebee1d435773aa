"""Working days in England: the bank holidays are right, and counting them keeps its promises."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from shared.calendar import WorkingCalendar, add_working_days, england, is_working_day, load_calendar

covered_days = st.dates(date(2013, 2, 1), date(2028, 10, 31))


def test_every_covered_day_is_worked_or_not_as_an_independent_judge_says() -> None:
    calendar = england()
    years = range(calendar.covers_from.year, calendar.covers_until.year + 1)
    judge = country_holidays("GB", subdiv="ENG", years=years)
    covered = (calendar.covers_until - calendar.covers_from).days + 1
    days = [calendar.covers_from + timedelta(days=n) for n in range(covered)]
    assert len(days) == 5844
    assert [day for day in days if calendar.is_working_day(day) != judge.is_working_day(day)] == []
    named = {day for day in judge if day.weekday() < 5}
    assert set(calendar.holidays) == named


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
