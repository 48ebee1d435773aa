"""Months and periods: one spelling, one meaning, arithmetic that never leaves the calendar."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shared.months import (
    Month,
    Period,
    financial_quarter,
    financial_year,
    london_day,
    month_range,
    parse_period,
)

months = st.builds(Month, st.integers(1900, 2200), st.integers(1, 12))


class Figure(BaseModel):
    month: Month


@pytest.mark.parametrize(
    "text",
    [
        "2020-1",
        "2020-13",
        "2020-00",
        "20-01",
        "2020/01",
        " 2020-01",
        "2020-01\n",
        "2020-01-01",
        "0020-01",
        "",
        "٢٠٢٠-٠١",
    ],
)
def test_a_month_is_written_in_one_way_only(text: str) -> None:
    with pytest.raises(ValueError, match="YYYY-MM"):
        Month.parse(text)


@pytest.mark.parametrize(("year", "month"), [(2020, 0), (2020, 13), (999, 1), (9999, 1)])
def test_a_month_that_no_calendar_has_cannot_be_made(year: int, month: int) -> None:
    with pytest.raises(ValueError, match="a month lies between"):
        Month(year, month)


@given(months)
def test_a_month_reads_back_as_it_was_written(month: Month) -> None:
    assert Month.parse(str(month)) == month


@given(months, st.integers(-600, 600))
def test_months_added_are_months_apart(month: Month, count: int) -> None:
    assert (month + count) - month == count
    assert (month + count) - count == month


@given(months)
def test_a_month_ends_the_day_before_the_next_begins(month: Month) -> None:
    assert month.last_day + timedelta(days=1) == (month + 1).first_day
    assert month.days == month.last_day.day


@pytest.mark.parametrize("edge", [Month(1000, 1), Month(9998, 12)])
def test_the_first_and_the_last_month_there_are_begin_and_end(edge: Month) -> None:
    assert edge.first_day < edge.last_day
    assert Month.of(edge.first_day) == Month.of(edge.last_day) == edge


@given(months, st.integers(0, 60))
def test_a_range_holds_every_month_once_with_both_ends(month: Month, count: int) -> None:
    found = month_range(month, month + count)
    assert found[0] == month
    assert found[-1] == month + count
    assert len(found) == len(set(found)) == count + 1
    assert found == sorted(found)


def test_a_range_that_ends_before_it_begins_is_empty() -> None:
    assert month_range(Month(2020, 2), Month(2020, 1)) == []


@pytest.mark.parametrize(
    ("instant", "month"),
    [
        (datetime(2020, 6, 30, 22, 59, 59, tzinfo=UTC), "2020-06"),
        (datetime(2020, 6, 30, 23, 0, tzinfo=UTC), "2020-07"),  # midnight in British Summer Time
        (datetime(2020, 12, 31, 23, 59, 59, tzinfo=UTC), "2020-12"),
        (datetime(2021, 1, 1, 0, 0, tzinfo=UTC), "2021-01"),
    ],
)
def test_an_instant_lies_in_the_month_that_a_clock_in_london_shows(instant: datetime, month: str) -> None:
    assert str(Month.of(instant)) == month


def test_a_date_lies_in_its_own_month() -> None:
    assert Month.of(date(2020, 2, 29)) == Month(2020, 2)


def test_an_instant_without_an_offset_lies_in_no_month() -> None:
    with pytest.raises(ValueError, match="offset"):
        Month.of(datetime(2020, 6, 30, 23, 0))  # noqa: DTZ001 - the naive instant is the point


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2019-20", "2019-04", "2020-03"),
        ("2019-20-Q1", "2019-04", "2019-06"),
        ("2019-20-Q4", "2020-01", "2020-03"),
        ("2020-01", "2020-01", "2020-01"),
        ("1999-00", "1999-04", "2000-03"),
        ("2011-12", "2011-12", "2011-12"),  # a month wherever both readings exist
    ],
)
def test_a_period_is_a_month_a_financial_year_or_a_quarter_of_one(text: str, first: str, last: str) -> None:
    period = parse_period(text)
    assert (str(period.first), str(period.last), str(period)) == (first, last, text)


@pytest.mark.parametrize(
    "text", ["2019-21", "2019-20-Q5", "2019-20-Q0", "2019-20-q1", "2019/20", "Q4 2019", "2019", ""]
)
def test_a_period_in_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a period is written"):
        parse_period(text)


@given(st.integers(2012, 2097))
def test_the_quarters_of_a_financial_year_are_the_year(year: int) -> None:
    label = f"{year}-{(year + 1) % 100:02d}"
    quarters = [month for number in range(1, 5) for month in parse_period(f"{label}-Q{number}")]
    assert quarters == parse_period(label).months


@given(st.integers(2012, 2097), st.integers(1, 12))
def test_a_month_lies_in_the_year_and_quarter_it_is_filed_under(year: int, number: int) -> None:
    month = Month(year, number)
    assert month in financial_year(month)
    assert month in financial_quarter(month)
    assert parse_period(financial_quarter(month).label) == financial_quarter(month)


def test_a_period_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="no earlier"):
        Period(Month(2020, 2), Month(2020, 1), "backwards")


def test_a_body_takes_and_gives_a_month_as_text() -> None:
    figure = Figure.model_validate_json('{"month": "2020-01"}')
    assert figure.month == Month(2020, 1)
    assert json.loads(figure.model_dump_json()) == {"month": "2020-01"}
    assert Figure.model_json_schema()["properties"]["month"]["type"] == "string"


@pytest.mark.parametrize(
    ("value", "code"), [("2020-1", "date.format"), (202001, "date.type"), (None, "date.type")]
)
def test_a_body_with_something_else_for_a_month_is_refused_with_a_code(value: object, code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Figure.model_validate({"month": value})
    assert [fault["type"] for fault in refusal.value.errors()] == [code]


def test_the_day_begins_at_midnight_in_england_in_summer_too() -> None:
    assert london_day(datetime(2026, 6, 11, 22, 59, tzinfo=UTC)) == date(2026, 6, 11)
    assert london_day(datetime(2026, 6, 11, 23, 0, tzinfo=UTC)) == date(2026, 6, 12)
    assert london_day(datetime(2026, 1, 11, 23, 59, tzinfo=UTC)) == date(2026, 1, 11)
