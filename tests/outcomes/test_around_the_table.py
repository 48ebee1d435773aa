"""What stands around a table: covers, notes, titles, filters, marks of notes, the corners of a pivot table."""

from typing import Any

import pytest

from tests.outcomes.builders import Cells, altered, codes, long_csv, read, routes_csv, workbook
from tests.support.quarter import PERIOD, Table, as_csv, outcomes_table, routes_table

HEADER: list[str | int | None] = ["period", "icc", "category", "count"]
LONG: Table = [HEADER, ["2020-01", "kendal", "community", 19], ["2020-02", "kendal", "hospital", 2]]
COVER: Table = [["Reablement returns"], ["Contact: Performance team"], ["Prepared 12 April 2020"]]
NOTES: Table = [
    ["Notes"],
    ["Note number", "Note text"],
    ["note 1", "Late forms count in the month they came."],
]
TITLES: Table = [["Reablement, quarter 4 2019/20"], ["This worksheet contains one table."], []]
FILTERS: Table = [[], ["Applied filters:"], ["Year is 2020, Area is (All)"]]


@pytest.mark.parametrize(
    ("sheets", "aside"),
    [
        ({"Cover": COVER, "Data": LONG}, ["Cover"]),
        ({"Data": LONG, "Notes": NOTES}, ["Notes"]),
        ({"Data": [*TITLES, *LONG]}, []),
        ({"Cover": COVER, "Contents": [["Sheet", "About"]], "1": [*TITLES, *LONG], "Notes": NOTES}, ["Cover", "Contents", "Notes"]),
    ],
    ids=["cover", "notes", "titles", "all of them"],
)  # fmt: skip
def test_the_long_form_is_found_wherever_it_stands(sheets: dict[str, Cells], aside: list[str]) -> None:
    reading = read(workbook(sheets), form="xlsx", period=PERIOD)
    assert (codes(reading), [one.count for one in reading.figures]) == ([], [19, 2])
    told = [one for one in reading.findings.warnings if one.code == "file.sheet_missing"]
    assert [one.sheet for one in told] == aside


def test_two_sheets_with_figures_are_refused_by_name() -> None:
    for sheets in (
        {"a": LONG, "b": LONG},
        {"a": LONG, "b": routes_table()},
        {"b": routes_table(), "a": LONG},
    ):
        (found,) = read(workbook(sheets), form="xlsx").findings.errors
        assert (found.code, found.sheet) == ("file.sheet_ambiguous", "b")
        assert "“a” and “b”" in found.detail


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_filters_of_a_reporting_tool_under_the_figures_are_left_aside(form: Any) -> None:
    rows: Table = [*TITLES, *LONG, *FILTERS]
    content = workbook({"s": rows}) if form == "xlsx" else as_csv(rows)
    reading = read(content, form=form, period=PERIOD)
    assert (codes(reading), len(reading.figures), reading.read) == ([], 2, 2)
    assert [one.detail for one in reading.findings.warnings if one.code == "row.invalid"] == [
        "Rows 8 to 9 hold text and no figures; left aside."
    ]


@pytest.mark.parametrize(
    "row", ["2020-01,,,", "kendal,,,", "Grand Total,,,", "2020-01 kendal community 19,,,"]
)
def test_a_last_row_of_which_something_is_left_is_no_remark(row: str) -> None:
    assert set(codes(read(long_csv("2020-01,kendal,community,19", row)))) & {
        "row.required",
        "date.format",
        "file.total_row",
    }


def test_text_between_figures_is_an_error() -> None:
    content = long_csv(
        "2020-01,kendal,community,19", "Applied filters: none,,,", "2020-02,kendal,community,1"
    )
    assert "date.format" in codes(read(content))


def test_a_title_over_the_long_form_that_names_another_quarter_is_told() -> None:
    for title, told in (("Quarter 1 2018/19", ["file.header"]), ("Quarter 4 2019/20", [])):
        reading = read(as_csv([[title], HEADER, ["2020-01", "kendal", "community", "19"]]))
        assert (codes(reading), [one.code for one in reading.findings.warnings]) == ([], told)


def test_marks_of_notes_are_no_part_of_a_name() -> None:
    marked: Table = [
        ["period [note 1]", "icc", "category", "count"],
        ["2020-01 [p]", "Kendal ICC [note 2]", "Community¹", 19],
        ["2020-02", "Kendal*", "Hospital (note 3)", 2],
    ]
    reading = read(workbook({"s": marked}), form="xlsx")
    assert (codes(reading), [one.count for one in reading.figures]) == ([], [19, 2])
    table = altered(
        altered(routes_table(), row=1, column=1, to="Barrow [note 1]"), row=2, column=0, to="January [r]"
    )
    assert read(as_csv(table)).figures == read(as_csv(routes_table())).figures


@pytest.mark.parametrize("corner", ["Row Labels", "Community", "Month and route"])
def test_a_title_heads_the_table_whatever_stands_in_its_corner(corner: str) -> None:
    title, *columns = routes_table()[0]
    pivot: Table = [
        [title],
        ["Count of Assessments", "Column Labels"],
        [corner, *columns],
        *routes_table()[1:],
    ]
    expected = read(as_csv(routes_table())).figures
    assert read(workbook({"s": pivot}), form="xlsx").figures == expected
    wide: Table = [[*row, *[""] * (len(columns) + 1 - len(row))] for row in pivot]
    assert read(as_csv(wide)).figures == expected


def test_two_tables_side_by_side_are_refused_once_and_by_name() -> None:
    beside: Table = [
        [*left, "", *right] for left, right in zip(routes_table(), outcomes_table(), strict=False)
    ]
    (found,) = read(workbook({"Both": beside}), form="xlsx", period=PERIOD).findings.errors
    assert (found.code, found.sheet, found.cell) == ("file.sheet_ambiguous", "Both", "J1")
    assert "Outcome of Assessment" in found.detail


def test_a_lone_dash_in_a_printed_table_is_blank() -> None:
    dashed, blank = (routes_csv(row=5, column=1, to=to) for to in ("-", ""))
    assert read(dashed).figures == read(blank).figures


@pytest.mark.parametrize("hint", ["sep=,\r\n", '"sep=,"\n', "\ufeffSEP=,\r\n"])
def test_the_line_that_tells_excel_its_separator_is_no_row(hint: str) -> None:
    content = hint.encode() + long_csv("2020-01,kendal,community,19", "2020-01,kendle,community,1")
    (found,) = read(content).findings.errors
    assert (found.code, found.row) == ("icc.unknown", 3)


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "upright strokes")])
def test_another_separator_is_named(mark: str, name: str) -> None:
    rows = long_csv("2020-01,kendal,community,19").replace(b",", mark.encode())
    for content in (rows, f"sep={mark}\n".encode() + rows):
        (found,) = read(content).findings.errors
        assert (found.code, name in found.detail) == ("file.csv_syntax", True)


def test_a_title_with_semicolons_does_not_make_them_the_separator() -> None:
    content = b"Year: 2020; Area: all; Team: all,,,\n" + long_csv("2020-01,kendal,community,19")
    assert codes(read(content)) == []
