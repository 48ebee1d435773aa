"""The long form: one figure a row, as CSV, XLSX or JSON."""

import csv
import io
import json
import re
from datetime import datetime
from typing import Any

import pytest
import xlsxwriter

from tests.outcomes.builders import codes, long_csv, places, read
from tests.outcomes.sending import checked, post
from tests.support.quarter import routes_table
from tests.support.running import Running

GOOD = "2020-01,kendal,community,19"


def routes_table_with(delimiter: str) -> bytes:
    """The council's printed table with another delimiter: one of its communities has a comma in its name."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(routes_table())
    return out.getvalue().encode()


def test_the_header_is_forgiven_its_order_case_and_spaces() -> None:
    reading = read(
        long_csv(
            "19,first week missing,Kendal ICC,Community,2020-01", header=" COUNT ,Note, Icc ,category,Period"
        )
    )
    assert codes(reading) == []
    figure = reading.figures[0]
    assert (figure.table, str(figure.month), figure.place, figure.category, figure.count) == (
        "routes",
        "2020-01",
        "kendal",
        "community",
        19,
    )


def test_both_tables_may_stand_in_one_long_form() -> None:
    reading = read(long_csv(GOOD, "2020-01,kendal,plan,23", "2020-01,kendal,Inapproriate,2"))
    assert {key: one.computed for key, one in reading.totals.items()} == {"routes": 19, "outcomes": 25}
    assert reading.aliases["category", "Inapproriate"] == "inappropriate"


def test_a_blank_count_is_kept_as_nothing_recorded() -> None:
    reading = read(long_csv(GOOD, "2020-01,kendal,community-bed,"))
    assert [figure.count for figure in reading.figures] == [19, None]


def test_a_practice_may_stand_for_its_community() -> None:
    reading = read(long_csv("2020-01,a82026,community,4", header="period,practice,category,count"))
    assert [figure.place for figure in reading.figures] == ["A82026"]


def test_a_feed_about_councils_takes_their_codes_in_a_place_column() -> None:
    rows = long_csv("2020-01,council:barrow-borough,accommodated,72", header="period,place,category,count")
    reading = read(rows, feed="homelessness", council="barrow-borough")
    assert [(figure.place, figure.count) for figure in reading.figures] == [("barrow-borough", 72)]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2020-01-01", "2020-01"),
        ("Jan-20", "2020-01"),
        ("January 2020", "2020-01"),
        ("01/04/2020", "2020-04"),
        ("30/04/2020", "2020-04"),
        ("01/04/20", "2020-04"),
        ("2020/04", "2020-04"),
        ("2018-05-01 00:00:00.000", "2018-05"),
        ("01-05-2018", "2018-05"),
        ("31-05-2018 00:00:00", "2018-05"),
        ("2018-05-01T00:00:00Z", "2018-05"),
        ("2018-05-01 00:00:00+00:00", "2018-05"),
        ("2018-04-30T23:00:00Z", "2018-05"),
        ("01/05/2018 12:00:00 AM", "2018-05"),
        ("01 May 2018", "2018-05"),
        ("1-May-18", "2018-05"),
        ('"May 1st, 2018"', "2018-05"),
        ("201805", "2018-05"),
        ("20180531", "2018-05"),
        ("05/2018", "2018-05"),
        ("2018-05 [note 1]", "2018-05"),
    ],
)
def test_a_month_is_read_as_spreadsheets_rewrite_it(period: str, expected: str) -> None:
    assert [str(one.month) for one in read(long_csv(f"{period},kendal,community,1")).figures] == [expected]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (datetime(2020, 1, 1), ["2020-01"]),  # noqa: DTZ001 -- a spreadsheet's dates have no zone
        (datetime(2020, 1, 31), ["2020-01"]),  # noqa: DTZ001
        (datetime(2019, 12, 31, 23, 59, 59, 900_000), ["2020-01"]),  # noqa: DTZ001 -- the noise of a computed date
        (datetime(2020, 1, 20), []),  # noqa: DTZ001 -- what Excel makes of a typed Jan-20
        (datetime(2020, 1, 1, 12), []),  # noqa: DTZ001
    ],
)
def test_a_spreadsheet_date_is_its_month_on_the_first_or_last_day(
    typed: datetime, expected: list[str]
) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["period", "icc", "category", "count"])
        sheet.write_datetime(1, 0, typed, book.add_format({"num_format": "mmm-yy"}))
        sheet.write_row(1, 1, ["kendal", "community", 19])
    reading = read(out.getvalue(), form="xlsx")
    assert [str(figure.month) for figure in reading.figures] == expected
    assert codes(reading) == ([] if expected else ["date.format"])


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("2020-13,kendal,community,1", "date.format", "period"),
        ("2019-20-Q4,kendal,community,1", "date.format", "period"),
        ("04/01/2020,kendal,community,1", "date.format", "period"),
        ("31/04/2020,kendal,community,1", "date.format", "period"),
        ("2018-05-01T12:00:00Z,kendal,community,1", "date.format", "period"),
        ("2018-05-20 00:00:00,kendal,community,1", "date.format", "period"),
        ("20-May,kendal,community,1", "date.format", "period"),
        ("200518,kendal,community,1", "date.format", "period"),
        ("43221,kendal,community,1", "date.format", "period"),
        ("2031-01,kendal,community,1", "date.future", "period"),
        ("1989-01,kendal,community,1", "date.implausible", "period"),
        (",kendal,community,1", "row.required", "period"),
        ("2020-01,,community,1", "row.required", "icc"),
        ("2020-01,kendal,,1", "row.required", "category"),
        ("2020-01,kendle,community,1", "icc.unknown", "icc"),
        ("2020-01,South Cumbria,community,1", "icc.unknown", "icc"),
        ("2020-01,lancaster,community,1", "row.out_of_scope", "icc"),
        ("2020-01,Total,community,1", "file.total_row", "icc"),
        ("2020-01,kendal,Grand Total,1", "file.total_row", "category"),
        ("2020-01,kendal,comunity,1", "code.unknown", "category"),
        ("2020-01,kendal,community,<5", "number.suppressed", "count"),
        ("2020-01,kendal,community", "row.field_count", None),
        ("2020-01,kendal,community,1,more", "row.field_count", None),
        ("2020-01,kendal,community,7", "row.duplicate", None),
    ],
)
def test_a_row_that_cannot_be_used_is_named(row: str, code: str, column: str | None) -> None:
    assert places(read(long_csv(GOOD, row))) == [(code, 3, column)]


def test_rows_outside_the_period_of_the_request_are_errors() -> None:
    reading = read(long_csv(GOOD, "2020-04,kendal,community,1"), period="2019-20-Q4")
    assert places(reading) == [("row.conflict", 3, "period")]


def test_a_community_known_to_lie_outside_is_skipped_with_a_count() -> None:
    reading = read(long_csv(GOOD, "2020-01,Carlisle,community,40"))
    assert codes(reading) == []
    assert (reading.read, reading.skipped, len(reading.figures)) == (2, 1, 1)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("period,icc,category", "file.header"),
        ("period,category,count", "file.header"),
        ("period,icc,practice,category,count", "file.header"),
        ("period,icc,category,count,colour", "file.header_unknown"),
        ("period,icc,category,count,Count", "file.header_duplicate"),
    ],
)
def test_a_header_that_is_not_the_long_forms_is_refused(header: str, code: str) -> None:
    assert codes(read(long_csv(GOOD, header=header))) == [code]


@pytest.mark.parametrize(
    ("note", "code"),
    [
        ("patient 943 476 5919 moved", "file.pii_detected"),
        ("x" * 10_001, "text.too_long"),
        ("abc\u202edef", "text.bidi_control"),
    ],
)
def test_a_note_names_no_person_and_is_no_book(note: str, code: str) -> None:
    reading = read(long_csv(f"{GOOD},{note}", header="period,icc,category,count,note"))
    assert codes(reading) == [code]
    assert "943" not in reading.findings.errors[0].detail


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b"\n \n", "file.empty"),
        (long_csv(), "file.no_rows"),
        (long_csv("2020-01,kendal,community,"), "file.no_rows"),
        ("period,icc,category,count\n2020-01,Kendal – ICC,community,1\n".encode("cp1252"), "file.encoding"),
        (long_csv(GOOD).decode().encode("utf-16"), "file.encoding"),
        (long_csv("2020-01,ken\x07dal,community,1"), "file.control_character"),
        (long_csv('2020-01,"kendal,community,1'), "file.csv_syntax"),
        (long_csv('2020-01,"ken"dal,community,1'), "file.csv_syntax"),
        (long_csv(GOOD).replace(b",", b";"), "file.csv_syntax"),
        (long_csv(GOOD).replace(b",", b"\t"), "file.csv_syntax"),
        (long_csv(f"2020-01,{'k' * 40_000},community,1"), "row.too_long"),
        (b"PK\x03\x04 not a csv", "file.type"),
        (b"hello,world\n1,2\n", "file.header"),
        (routes_table_with(";"), "file.csv_syntax"),
        (routes_table_with("\t"), "file.csv_syntax"),
    ],
)
def test_a_file_that_is_no_csv_of_ours_is_refused_with_one_clear_code(content: bytes, code: str) -> None:
    assert codes(read(content)) == [code]


def test_a_row_is_numbered_as_the_sheet_shows_it_across_blank_lines_and_quoted_line_breaks() -> None:
    content = b'period,icc,category,count,note\n\n2020-01,kendal,community,1,"two\nlines"\n2020-01,kendle,hospital,1,\n'
    assert places(read(content)) == [("icc.unknown", 4, "icc")]


PERSON = "999 000 0018"


@pytest.mark.parametrize(
    ("content", "column"),
    [
        (long_csv(f"2020-01,kendal,Community {PERSON},1"), "category"),
        (long_csv(f"{PERSON},kendal,community,1"), "period"),
        (long_csv("2020-01,kendal,community,9990000018"), "count"),
        (long_csv("2020-01,kendal,community,1,9990000018"), "E"),
        (long_csv(GOOD, header="period,icc,category,9990000018"), "D"),
        (long_csv(f"{GOOD},", header="period,icc,category,count,Kathy 999-000-0018"), "E"),
    ],
)
async def test_no_cell_names_a_person_and_no_answer_repeats_it(
    outcomes: Running, content: bytes, column: str
) -> None:
    said = await post(outcomes, content, validate_only="true")
    assert ("file.pii_detected", column) in [
        (error["code"], error["column"]) for error in said.json()["errors"]
    ]
    assert not re.search(r"999.?000.?0018|Kathy", said.text)


async def test_an_unknown_column_is_told_by_its_letter_and_not_repeated(outcomes: Running) -> None:
    content = long_csv(f"{GOOD},Archer", header="period,icc,category,count,Kathy")
    said = await post(outcomes, content, validate_only="true")
    assert [(error["code"], error["column"]) for error in said.json()["errors"]] == [
        ("file.header_unknown", "E")
    ]
    assert "Kathy" not in said.text


async def test_a_return_for_one_month_needs_no_column_that_says_so(outcomes: Running) -> None:
    bare = long_csv("kendal,community,19", header="icc,category,count")
    month = await checked(outcomes, bare, period="2020-04")
    assert (month["status"], month["period"]) == ("accepted", "2020-04")
    quarter = await checked(outcomes, bare, period="2020-21-Q1")
    assert (quarter["code"], len(quarter["errors"])) == ("file.header", 1)
    assert "Add the column period" in quarter["detail"]
    assert (await checked(outcomes, bare))["code"] == "file.header"


def test_a_blank_month_is_the_requests_if_that_is_one() -> None:
    content = long_csv(",kendal,community,19", "2020-04,kendal,hospital,1")
    assert [str(figure.month) for figure in read(content, period="2020-04").figures] == ["2020-04"] * 2
    assert places(read(content, period="2020-21-Q1")) == [("row.required", 2, "period")]


@pytest.mark.parametrize("name", ["cumbria", "council:cumbria", "Cumbria County Council"])
@pytest.mark.parametrize("column", ["icc", "place"])
async def test_a_council_in_place_of_a_community_is_told_its_communities(
    outcomes: Running, name: str, column: str
) -> None:
    content = long_csv(f"2020-04,{name},community,5", header=f"period,{column},category,count")
    (error,) = (await checked(outcomes, content))["errors"]
    assert (error["code"], error["column"]) == ("icc.unknown", column)
    assert "by community" in error["detail"]
    assert "barrow, millom, mid-furness, grange-and-lakes, kendal, east" in error["detail"]


@pytest.mark.parametrize(
    ("name", "near"),
    [("foo", None), ("Narnia", None), ("Preston", None), ("Kendel", "Kendal"), ("Mid Furnes", "Mid Furness")],
)
async def test_a_nearest_name_is_told_only_where_it_is_near(
    outcomes: Running, name: str, near: str | None
) -> None:
    (error,) = (await checked(outcomes, long_csv(f"2020-01,{name},community,1")))["errors"]
    assert error["code"] == "icc.unknown"
    assert ("nearest" in error["detail"]) == (near is not None)
    assert f"“{near}”" in error["detail"] or near is None


def json_rows(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"rows": rows}).encode()


ROW = {"period": "2020-01", "icc": "kendal", "category": "community", "count": 19}


def test_json_rows_are_the_same_form() -> None:
    reading = read(
        json_rows(ROW, {**ROW, "category": "hospital", "count": None, "note": "closed"}), form="json"
    )
    assert codes(reading) == []
    assert [figure.count for figure in reading.figures] == [19, None]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "body.json"),
        (b"[]", "body.type"),
        (b'{"rows": 1}', "body.type"),
        (b'{"rows": [], "more": 1}', "body.unknown_field"),
        (b'{"rows": [1]}', "body.type"),
        (b'{"rows": [{"period": "2020-01", "period": "2020-02"}]}', "body.duplicate_key"),
        (b'{"rows": ' + b"[" * 100_000, "body.too_deep"),
        (json_rows({**ROW, "icc": ["kendal"]}), "body.type"),
        (json_rows({**ROW, "count": "19"}), "number.type"),
        (json_rows({**ROW, "count": 19.5}), "number.integer_required"),
        (json_rows({**ROW, "count": True}), "number.type"),
        (
            b'{"rows": [{"period": "2020-01", "icc": "kendal", "category": "community", "count": NaN}]}',
            "number.not_finite",
        ),
        (json_rows({**ROW, "colour": "red"}), "file.header_unknown"),
        (json_rows({**ROW, "note": "half \ud800"}), "text.surrogate"),
        (json_rows({**ROW, "\ud800": 1}), "text.surrogate"),
        (json_rows({**ROW, "icc": "ken\x00dal"}), "text.control_character"),
        (json_rows({**ROW, "\x00": 1}), "text.control_character"),
        (b'{"rows": []}', "file.no_rows"),
        (b"\xff\xfe{}", "body.encoding"),
    ],
)
def test_json_that_is_not_strictly_the_form_is_refused(content: bytes, code: str) -> None:
    assert codes(read(content, form="json")) == [code]
