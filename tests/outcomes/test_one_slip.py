"""One slip of a typist is one error, which names the cell and what was probably meant."""

from typing import Any

import pytest

from tests.outcomes.builders import altered, codes, long_csv, places, read
from tests.outcomes.sending import checked, send
from tests.support.quarter import COMMUNITIES, Table, as_csv, as_xlsx, routes_table
from tests.support.running import Running

KENDAL = list(COMMUNITIES).index("kendal") + 1
FEBRUARY = 7
"""The row of the routes in which February stands."""


def said(table: Table, **given: Any) -> tuple[str, str | None, str]:
    """Code, cell and detail of the one error of a printed table."""
    (error,) = read(as_csv(table), **given).findings.errors
    return error.code, error.cell, error.detail


def without_column(index: int) -> Table:
    return [[*row[:index], *row[index + 1 :]] for row in routes_table()]


def with_column(name: str) -> Table:
    """The routes with one column more, of zeros."""
    return [[*row[:7], name if at == 0 else 0, *row[7:]] for at, row in enumerate(routes_table())]


def without_row(number: int) -> Table:
    return [row for at, row in enumerate(routes_table(), start=1) if at != number]


@pytest.mark.parametrize("spelling", ["Febuary", "Feburary", "Febuary 2020"])
def test_a_misspelt_month_is_told_with_the_nearest(spelling: str) -> None:
    code, cell, detail = said(altered(routes_table(), row=FEBRUARY, column=0, to=spelling))
    assert (code, cell) == ("date.format", f"A{FEBRUARY}")
    assert "The nearest is “February”." in detail


def test_a_misspelt_month_of_the_long_form_is_told_with_the_nearest() -> None:
    (error,) = read(long_csv("Febuary 2020,kendal,community,1", "2020-01,kendal,community,1")).findings.errors
    assert (error.code, error.cell) == ("date.format", "A2")
    assert error.detail.endswith("The nearest month is “February”.")


def test_a_council_that_did_not_stand_is_told_so_once_and_not_for_each_of_its_columns() -> None:
    (error,) = read(as_csv(routes_table()), council="westmorland-and-furness").findings.errors
    assert (error.code, error.cell) == ("row.out_of_scope", None)
    assert "did not stand through 2019-20-Q4" in error.detail


def test_a_month_written_twice_is_told_once() -> None:
    code, cell, detail = said(altered(routes_table(), row=FEBRUARY, column=0, to="January"))
    assert (code, cell) == ("row.duplicate", f"A{FEBRUARY}")
    assert "Row 2 already has this label" in detail


def test_a_month_whose_own_row_is_missing_is_told_once() -> None:
    code, cell, detail = said(without_row(FEBRUARY))
    assert (code, cell) == ("row.duplicate", f"A{FEBRUARY}")
    assert "is the row of another month missing above?" in detail


@pytest.mark.parametrize(
    ("row", "column", "name", "near"),
    [
        (16, 0, "Grand Totl", "Grand Total"),
        (1, 7, "Grand Totl", "Grand Total"),
        (4, 0, "Comunity Bed", "Community Bed"),
    ],
)
def test_a_misspelt_label_is_told_with_the_nearest(row: int, column: int, name: str, near: str) -> None:
    code, cell, detail = said(altered(routes_table(), row=row, column=column, to=name))
    assert code in {"code.unknown", "icc.unknown"}
    assert cell == f"{'AH'[column > 0]}{row}"
    assert f"“{near}”" in detail


@pytest.mark.parametrize("pasted", [True, False])
def test_a_row_that_stands_twice_is_told_without_the_sums_it_breaks(*, pasted: bool) -> None:
    table = routes_table()
    doubled = (
        [*table[:3], table[2], *table[3:]] if pasted else altered(table, row=4, column=0, to="Community")
    )
    assert said(doubled)[:2] == ("row.duplicate", "A4")


def test_what_is_wrong_in_a_row_that_stands_twice_is_told_too() -> None:
    table = altered(routes_table(), row=4, column=0, to="Community")
    assert places(read(as_csv(altered(table, row=4, column=2, to="<5")))) == [
        ("number.suppressed", 4, COMMUNITIES["millom"]),
        ("row.duplicate", 4, "Route of Access"),
    ]


def test_a_missing_column_is_named() -> None:
    code, cell, detail = said(without_column(KENDAL))
    assert (code, cell) == ("file.header", "G1")
    assert "the totals of 14 rows hold 86 more than their figures" in detail
    assert "Add the column of Kendal" in detail


def test_rows_that_lack_what_no_column_could_hold_are_told_one_by_one() -> None:
    table = altered(without_column(KENDAL), row=2, column=6, to=154)
    assert len(read(as_csv(table)).findings.errors) > 1


def test_a_missing_row_is_named() -> None:
    code, cell, detail = said(without_row(4))
    assert (code, cell) == ("row.totals_mismatch", "A2")
    assert "The totals of January hold 1 more than the rows below" in detail
    assert "(Community Bed)" in detail


async def test_a_column_that_is_skipped_is_named_with_its_reason(outcomes: Running) -> None:
    for content in (
        as_csv(with_column("Carlisle ICC")),
        as_csv(with_column("Carlisle ICC"), [["Source: x"]]),
    ):
        told = await send(outcomes, content)
        assert told["rows"]["skipped"] == 11
        (warning,) = [one for one in told["warnings"] if one["code"] == "row.out_of_scope"]
        assert (warning["cell"], warning["column"]) == ("H1", "Carlisle ICC")
        assert "lies outside Morecambe Bay: the 11 figures of this column" in warning["detail"]


def test_rows_that_are_skipped_are_named_with_their_reason() -> None:
    rows = ["2020-01,kendal,community,1", "2020-01,Carlisle,community,4", "2020-01,Carlisle,hospital,5"]
    reading = read(long_csv(*rows))
    (warning,) = reading.findings.warnings
    assert (codes(reading), reading.skipped) == ([], 2)
    assert (warning.code, warning.cell) == ("row.out_of_scope", "B3")
    assert warning.detail == "Carlisle ICC lies outside Morecambe Bay: 2 rows left out."


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("period,icc,count", "The column category is missing: add it."),
        ("period,category,count", "The column icc is missing: add it."),
        ("period,icc,category", "The column count is missing: add it."),
        (
            "icc,category,count",
            "The column period is missing: add it, or name the one month of all rows with ?period=2020-01.",
        ),
        ("category,count", "The columns period, icc are missing: add them"),
        ("period,icc,practice,category,count", "The columns icc and practice all say where: keep one."),
    ],
)
def test_a_missing_column_of_the_long_form_is_named(header: str, told: str) -> None:
    (error,) = read(long_csv("2020-01,kendal,community,1", header=header)).findings.errors
    assert (error.code, error.cell) == ("file.header", "A1")
    assert told in error.detail


def test_a_column_of_another_councils_community_says_whose_it_is() -> None:
    code, cell, detail = said(with_column("Lancaster ICC"))
    assert (code, cell) == ("row.out_of_scope", "H1")
    assert "Cumbria County Council did not answer for Lancaster on 01 January 2020" in detail
    assert "Lancashire County Council did, and sends it. Leave it out, of the totals too." in detail


@pytest.mark.parametrize(
    ("title", "period", "fits"),
    [
        (
            "Qtr 1 2020/2021 Route of Access",
            None,
            "2019-20-Q4 or 2020-21-Q4: correct the quarter in the title",
        ),
        ("Route of Access", "2020-21-Q1", "2019-20-Q4 or 2020-21-Q4: send the file with ?period=2019-20-Q4"),
    ],
)
def test_a_wrong_quarter_is_told_once_with_the_ones_that_fit(
    title: str, period: str | None, fits: str
) -> None:
    code, cell, detail = said(altered(routes_table(), row=1, column=0, to=title), period=period)
    assert (code, cell) == ("row.conflict", "A2")
    assert "The rows are of January, February, March; 2020-21-Q1 is April 2020 to June 2020." in detail
    assert fits in detail


async def test_rows_of_another_quarter_than_asked_are_told_once_with_the_period_that_fits(
    outcomes: Running,
) -> None:
    content = long_csv(
        *(
            f"2020-{month},kendal,{route},1"
            for month in ("01", "02", "03")
            for route in ("community", "hospital")
        )
    )
    (error,) = (await checked(outcomes, content, period="2020-21-Q1"))["errors"]
    assert (error["code"], error["cell"]) == ("row.conflict", "A2")
    assert "send the file with ?period=2019-20-Q4." in error["detail"]
    assert (await checked(outcomes, content, period="2019-20-Q4"))["status"] == "accepted"


def test_some_rows_outside_the_period_are_told_each() -> None:
    content = long_csv(
        "2020-01,kendal,community,1", "2020-04,kendal,community,1", "2020-05,kendal,community,1"
    )
    assert places(read(content, period="2019-20-Q4")) == [
        ("row.conflict", 3, "period"),
        ("row.conflict", 4, "period"),
    ]


def test_the_cell_is_named_by_its_sheet_in_a_workbook() -> None:
    reading = read(as_xlsx(altered(routes_table(), row=FEBRUARY, column=0, to="Febuary")), form="xlsx")
    assert codes(reading) == ["date.format"]
    assert (reading.findings.errors[0].sheet, reading.findings.errors[0].cell) == ("Sheet1", "A7")
