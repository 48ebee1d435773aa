"""Which quarter a printed table is about: what its title and its months say, and what the request may not contradict."""

import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from tests.outcomes.builders import codes, read
from tests.outcomes.sending import XLSX, checked
from tests.support.quarter import Table, as_csv, as_xlsx, printed_table
from tests.support.running import Running

APRIL, MAY, JUNE = "April", "May", "June"
COUNTS = (4, 1, 3, 2, 5, 1)


def table(title: str, *, months: tuple[Any, Any, Any] = (APRIL, MAY, JUNE)) -> Table:
    """A printed table of the first quarter of 2020/21, so titled, its months written so."""
    rows = printed_table({month: {"Community": COUNTS} for month in (APRIL, MAY, JUNE)}, title=title)
    for at, month in zip((1, 3, 5), months, strict=True):
        rows[at][0] = month
    return rows


def titled(title: str) -> bytes:
    return as_csv(table(f"Reablement {title} Route of Access"))


SPELLINGS = [
    "2020-21-Q1",
    "2020-21 Q1",
    "2020/21Q1",
    "Qtr. 1 2020/2021",
    "Qtr 1 2020/21",
    "Q1 2020\N{EN DASH}21",
    "Q1 20/21",
    "Q1 FY2020/21",
    "Quarter One 2020/21",
    "First quarter of the financial year 2020 to 2021",
    "Quarter: I Year: 2020/21",
    "April to June 2020",
    "Apr\N{EN DASH}Jun 20",
    "April, May and June 2020",
    "1 April 2020 to 30 June 2020",
    "Quarter ended 30 June 2020",
    "3 months to 30/06/2020",
    "quarter ending 2020-06-30",
    "Q1 2020 (April - June 2020)",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_title_names_its_quarter_however_a_council_writes_it(spelling: str) -> None:
    content = titled(spelling)
    reading = read(content)
    assert (codes(reading), str(reading.period), reading.period_named) == ([], "2020-21-Q1", True)
    assert codes(read(content, period="2020-21-Q1")) == []
    for other in ("2021-22-Q1", "2020-21-Q2", "2019-20-Q4"):
        assert codes(read(content, period=other)) == ["file.header"]


@pytest.mark.parametrize(
    "spelling", ["2020-21-Q1", "Q1 20/21", "Quarter ended 30 June 2020", "Q1 2020", "2020"]
)
async def test_a_period_that_contradicts_the_title_is_refused(outcomes: Running, spelling: str) -> None:
    said = await checked(outcomes, titled(spelling), period="2021-22-Q1")
    assert [error["code"] for error in said["errors"]] == ["file.header"]
    assert "2020" in said["errors"][0]["detail"]
    assert "2021-22-Q1" in said["errors"][0]["detail"]
    assert (await checked(outcomes, titled(spelling), period="2020-21-Q1"))["status"] == "accepted"


async def test_a_quarter_of_one_year_may_be_of_two_kinds_and_is_asked_about(outcomes: Running) -> None:
    said = await checked(outcomes, titled("Q1 2020"))
    detail = said["errors"][0]["detail"]
    assert said["code"] == "file.header"
    assert "2019-20-Q4 (January 2020 to March 2020)" in detail
    assert "2020-21-Q1 (April 2020 to June 2020)" in detail
    assert codes(read(titled("Q1 2020"), period="2020-21-Q2")) == ["file.header"]


@pytest.mark.parametrize(
    ("title", "period", "fits"),
    [
        ("Q1", "2020-21-Q1", True),
        ("Q2", "2020-21-Q1", True),
        ("Q3", "2020-21-Q1", False),
        ("as at 5 January 2021", "2020-21-Q1", True),
        ("as at 5 January 2022", "2020-21-Q1", False),
        ("Qtr 1 2020/21, printed in 2023", "2020-21-Q1", True),
        ("2019/20", "2020-21-Q1", False),
        ("Qtr 1 2020/21 and Qtr 1 2019/20", "2020-21-Q1", False),
        ("Qtr 1 2020/23", "2020-21-Q1", False),
    ],
    ids=str,
)
def test_a_title_that_cannot_be_about_the_period_is_refused(title: str, period: str, *, fits: bool) -> None:
    assert (codes(read(titled(title), period=period)) == []) is fits


def test_a_source_line_is_no_title() -> None:
    rows = table("Qtr 1 2020/21 Route of Access")
    content = as_csv([["Source: case system, read on 3 July 2023"]], rows)
    assert codes(read(content)) == []


MONTHS: list[tuple[Any, Any, Any]] = [
    ("01/04/2020", "01/05/2020", "01/06/2020"),
    ("30/04/2020", "31/05/2020", "30/06/2020"),
    ("2020-04", "2020-05", "2020-06"),
    ("2020/04", "2020/05", "2020/06"),
    ("2020-04-01", "2020-05-01", "2020-06-01"),
    ("Apr-20", "May-20", "Jun-20"),
    ("April 2020", "May", "June"),
]


@pytest.mark.parametrize("months", MONTHS, ids=lambda months: months[0])
async def test_months_that_carry_their_year_name_the_quarter(
    outcomes: Running, months: tuple[Any, Any, Any]
) -> None:
    said = await checked(outcomes, as_csv(table("Route of Access", months=months)))
    assert (said["status"], said["period"]) == ("accepted", "2020-21-Q1")


async def test_months_that_carry_another_year_than_the_period_are_one_error_with_the_period_that_fits(
    outcomes: Running,
) -> None:
    content = as_csv(table("Route of Access", months=MONTHS[0]))
    (error,) = (await checked(outcomes, content, period="2021-22-Q1"))["errors"]
    assert (error["code"], error["cell"]) == ("row.conflict", "A2")
    assert "The months fit 2020-21-Q1: send the file with ?period=2020-21-Q1." in error["detail"]


def test_the_dates_of_a_workbook_name_the_quarter() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, dates = book.add_worksheet(), book.add_format({"num_format": "mmm-yy"})
        for at, row in enumerate(table("Route of Access")):
            sheet.write_row(at, 0, row)
        for at, month in ((1, 4), (3, 5), (5, 6)):
            sheet.write_datetime(at, 0, date(2020, month, 1), dates)
    reading = read(out.getvalue(), form="xlsx")
    assert (codes(reading), str(reading.period)) == ([], "2020-21-Q1")
    assert codes(read(out.getvalue(), form="xlsx", period="2019-20-Q1")) == ["row.conflict"]


async def test_a_table_without_a_month_is_one_error(outcomes: Running) -> None:
    content = as_xlsx(table("Qtr 1 2020/21 Route of Access", months=("M1", "M2", "M3")))
    said = await checked(outcomes, content, media_type=XLSX)
    assert [(error["code"], error["row"]) for error in said["errors"]] == [("date.format", 2)]
