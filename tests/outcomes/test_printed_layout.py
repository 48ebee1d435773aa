"""The council's printed tables, read as they stand. Figures: ICC annual report 2019/20, quarter 4."""

import re
from typing import Any

import pytest

from shared.months import Month
from tests.outcomes.builders import (
    altered,
    codes,
    places,
    read,
    routes_csv,
    workbook,
)
from tests.outcomes.sending import checked, post
from tests.support.quarter import (
    ASSESSMENTS,
    COMMUNITIES,
    OUTCOMES,
    PERIOD,
    ROUTES,
    Table,
    as_csv,
    as_xlsx,
    outcomes_table,
    printed_table,
    routes_table,
)
from tests.support.running import Running

TITLE = routes_table()[0][0]
QUARTER = "Number of Assessments Completed - Qtr 4 2019/2020"


def off_the_edge(table: Table) -> Table:
    """The table two columns further right."""
    return [["", "", *cells] for cells in table]


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (as_csv(routes_table(), outcomes_table()), "csv"),
        (b"\xef\xbb\xbf" + as_csv(outcomes_table(), routes_table()), "csv"),
        (as_xlsx(routes_table(), outcomes_table()), "xlsx"),
        (workbook({"both": [*routes_table(), [], *outcomes_table()]}), "xlsx"),
        (workbook({"both": [[], *off_the_edge([*outcomes_table(), *routes_table()])]}), "xlsx"),
        (as_csv(off_the_edge(routes_table()), off_the_edge(outcomes_table())), "csv"),
        (workbook({"both": [[QUARTER], *off_the_edge([*routes_table(), *outcomes_table()])]}), "xlsx"),
    ],
    ids=[
        "one after the other",
        "with a byte order mark",
        "a sheet each",
        "both on one sheet",
        "off the edge",
        "off the edge of a CSV",
        "under a title that is not off the edge",
    ],
)
def test_both_tables_in_one_file_reconcile_to_the_472_assessments_they_state(
    content: bytes, form: Any
) -> None:
    reading = read(content, form=form)
    assert codes(reading) == []
    assert {key: (one.stated, one.computed, one.reconciled) for key, one in reading.totals.items()} == {
        "routes": (472, 472, True),
        "outcomes": (472, 472, True),
    }
    assert str(reading.period) == PERIOD
    assert (reading.read, len(reading.figures), reading.skipped) == (132, 132, 0)


def test_every_month_of_every_community_adds_to_its_printed_total() -> None:
    reading = read(as_csv(routes_table()))
    sums = {slug: [0, 0, 0] for slug in ASSESSMENTS}
    for figure in reading.figures:
        sums[figure.place][figure.month - Month(2020, 1)] += figure.count or 0
    assert sums == ASSESSMENTS


def test_a_blank_cell_is_nothing_recorded_and_not_zero() -> None:
    figures = {figure.key: figure.count for figure in read(as_csv(routes_table())).figures}
    assert figures["routes", Month(2020, 2), "east", "not-recorded"] is None
    assert figures["routes", Month(2020, 2), "kendal", "not-recorded"] == 2
    assert 0 not in figures.values()


def test_the_misspelt_category_and_the_councils_names_are_mapped_and_recorded() -> None:
    aliases = read(as_csv(outcomes_table()), period=PERIOD).aliases
    assert aliases["category", "Reablement Inapproriate"] == "inappropriate"
    assert aliases["community", COMMUNITIES["mid-furness"]] == "mid-furness"
    assert aliases["community", COMMUNITIES["grange-and-lakes"]] == "grange-and-lakes"


def test_a_table_that_does_not_name_its_quarter_needs_the_period_of_the_request() -> None:
    content = as_csv(outcomes_table())
    assert codes(read(content)) == ["file.header"]
    assert codes(read(content, period=PERIOD)) == []


def test_a_table_that_names_another_quarter_than_the_request_is_refused() -> None:
    assert codes(read(as_csv(routes_table()), period="2019-20-Q3")) == ["file.header"]
    assert codes(read(as_csv(routes_table()), period=PERIOD)) == []


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Assessments - Qtr 4 2019/2020 Route of Access", "2019-20-Q4"),
        ("Route of Access, Quarter 1 2018/19", "2018-19-Q1"),
        ("Q2 2019-20 Route of Access", "2019-20-Q2"),
    ],
)
def test_the_title_names_the_quarter_of_the_financial_year(title: str, expected: str) -> None:
    reading = read(as_csv(printed_table(ROUTES, title=title)))
    assert str(reading.period) == expected


def test_a_title_above_the_heading_names_the_quarter_too() -> None:
    table: list[list[str | int | None]] = [
        ["Reablement Service"],
        ["Qtr 4 2019/2020"],
        [],
        ["Route of Access", *routes_table()[0][1:]],
        *routes_table()[1:],
    ]
    reading = read(workbook({"return": table}), form="xlsx")
    assert codes(reading) == []
    assert str(reading.period) == PERIOD


def test_a_financial_year_that_does_not_exist_is_refused() -> None:
    table = altered(routes_table(), row=1, column=0, to="Qtr 4 2019/2022 Route of Access")
    assert codes(read(as_csv(table))) == ["file.header"]


def test_left_packing_a_row_is_caught_by_the_columns_although_every_row_still_adds() -> None:
    """Values slid to the left keep their row's total; Barrow, Millom and Kendal then miss their month's."""
    table = altered(routes_table(), row=6, column=0, to="Not Recorded")
    assert table[5][0] == "Not Recorded"
    table[5][1:7] = [1, 2, None, None, None, None]
    errors = places(read(as_csv(table)))
    named = {column for code, row, column in errors if (code, row) == ("row.totals_mismatch", 2)}
    assert named == {COMMUNITIES["barrow"], COMMUNITIES["millom"], COMMUNITIES["kendal"]}


def test_a_row_with_fewer_cells_than_the_header_is_refused_and_never_filled_up() -> None:
    lines = as_csv(routes_table()).splitlines()
    lines[3] = b"Community Bed,1,1"
    errors = places(read(b"\r\n".join(lines)))
    assert errors == [("row.field_count", 4, "Route of Access")]


@pytest.mark.parametrize(
    ("row", "column", "to", "code"),
    [
        (3, 1, "<5", "number.suppressed"),
        (3, 1, "*", "number.suppressed"),
        (3, 1, "4.5", "number.integer_required"),
        (3, 1, "-3", "number.range"),
        (3, 1, "?", "number.format"),
        (1, 1, "Borrow", "icc.unknown"),
        (1, 1, "Ulverston", "icc.unknown"),
        (1, 1, "Lancaster ICC", "row.out_of_scope"),
        (1, 1, "Kendal ICC", "file.header_duplicate"),
        (3, 0, "Comunity", "code.unknown"),
        (6, 0, "Hospital", "row.duplicate"),
        (7, 0, "April", "row.conflict"),
        (7, 0, "January", "row.duplicate"),
    ],
)
def test_a_cell_that_cannot_be_used_is_named_with_its_row(row: int, column: int, to: str, code: str) -> None:
    assert (code, row) in [
        (found, at) for found, at, _ in places(read(routes_csv(row=row, column=column, to=to)))
    ]


def test_an_unknown_label_is_answered_with_the_nearest_known_name() -> None:
    reading = read(routes_csv(row=1, column=6, to="Ulverston, Dalton and Akam ICC"))
    assert COMMUNITIES["mid-furness"] in reading.findings.errors[0].detail
    assert "Community" in read(routes_csv(row=3, column=0, to="Comunity")).findings.errors[0].detail


def test_all_errors_are_told_at_once() -> None:
    table = altered(routes_table(), row=3, column=1, to="<5")
    table = altered(table, row=5, column=2, to="x9")
    table = altered(table, row=9, column=0, to="Hospitle")
    assert places(read(as_csv(table))) == [
        ("number.suppressed", 3, COMMUNITIES["barrow"]),
        ("number.format", 5, COMMUNITIES["millom"]),
        ("code.unknown", 9, "Route of Access"),
    ]


def test_a_community_known_to_lie_outside_is_reconciled_and_then_left_out() -> None:
    table = [list(cells) for cells in routes_table()]
    for cells in table:
        cells.insert(7, "Carlisle ICC" if cells is table[0] else 2)
        if cells is not table[0]:
            inside = [cell for cell in cells[1:7] if isinstance(cell, int)]
            cells[7] = None
            cells[8] = sum(inside)
    table[2][7], table[1][7], table[-1][7] = 5, 5, 5
    for at in (1, 2, len(table) - 1):
        table[at][8] = int(table[at][8] or 0) + 5
    reading = read(as_csv(table))
    assert codes(reading) == []
    assert (reading.totals["routes"].stated, reading.totals["routes"].computed) == (477, 477)
    assert (reading.read, reading.skipped, len(reading.figures)) == (77, 11, 66)
    wrong = altered(table, row=3, column=7, to=6)
    assert (("row.totals_mismatch", 3, "Carlisle ICC")) in places(read(as_csv(wrong)))


def test_figures_under_the_grand_total_are_refused() -> None:
    table: list[list[str | int | None]] = [*routes_table(), ["April", *[0] * 7]]
    assert ("file.total_row", 17) in [(code, row) for code, row, _ in places(read(as_csv(table)))]


def test_the_same_table_twice_is_ambiguous() -> None:
    assert codes(read(as_csv(routes_table(), routes_table()))) == ["file.sheet_ambiguous"]


@pytest.mark.parametrize(("row", "column"), [(16, 7), (2, 7), (2, 1), (3, 7), (16, 3)])
async def test_a_total_that_is_left_blank_states_nothing_and_is_not_checked(
    outcomes: Running, row: int, column: int
) -> None:
    said = await checked(outcomes, routes_csv(row=row, column=column, to=None))
    assert (said["status"], said["totals"]["computed"], said["totals"]["reconciled"]) == (
        "accepted",
        472,
        True,
    )


@pytest.mark.parametrize(
    ("table", "column", "row"),
    [
        ([["For 9990000018"], *routes_table()], "A", 1),
        ([*routes_table(), [], ["Contact Kathy Archer 999 000 0018"]], "A", 18),
        ([*routes_table(), ["", "", "999 000 0018"]], "C", 17),
        (
            altered(routes_table(), row=1, column=1, to="Barrow 999\N{NO-BREAK SPACE}000\N{EN DASH}0018"),
            "B",
            1,
        ),
        (altered(routes_table(), row=3, column=0, to="Community 9990000018"), "A", 3),
    ],
    ids=["title", "footnote", "stray cell", "header", "label"],
)
async def test_no_text_of_a_table_names_a_person_and_no_answer_repeats_it(
    outcomes: Running, table: Table, column: str, row: int
) -> None:
    said = await post(outcomes, as_csv(table), validate_only="true")
    found = [(error["code"], error["column"], error["row"]) for error in said.json()["errors"]]
    assert ("file.pii_detected", column, row) in found
    assert not re.search("999.?000.?0018|Archer", said.text)


def test_the_one_cell_that_is_wrong_is_the_one_error_and_says_which_totals_it_breaks() -> None:
    (error,) = read(routes_csv(row=3, column=1, to=47)).findings.errors
    assert (error.code, error.row, error.column) == ("row.totals_mismatch", 3, COMMUNITIES["barrow"])
    assert "With 46 instead of 47" in error.detail
    assert "B2 states 50, its parts add to 51." in error.detail
    assert "H3 states 120, its parts add to 121." in error.detail


def test_a_table_without_any_totals_is_read_and_states_nothing() -> None:
    table = [[str(TITLE), *COMMUNITIES.values()]]
    for month, rows in ROUTES.items():
        table += [[month, *[None] * 6], *([label, *cells] for label, cells in rows.items())]  # type: ignore[list-item]
    reading = read(as_csv(table))  # type: ignore[arg-type]
    assert codes(reading) == []
    assert (reading.totals["routes"].stated, reading.totals["routes"].computed) == (None, 472)


def test_a_file_with_no_figure_in_it_is_refused() -> None:
    empty = {month: {label: [None] * 6 for label in rows} for month, rows in ROUTES.items()}
    table = [cells if at == 0 else [cells[0], *[None] * 7] for at, cells in enumerate(routes_table(empty))]
    assert codes(read(as_csv(table))) == ["file.no_rows"]


def test_a_council_that_had_ended_by_the_period_is_told_who_sends_it_now() -> None:
    spring = dict(zip(("April", "May", "June"), ROUTES.values(), strict=True))
    content = as_csv(printed_table(spring, title="Qtr 1 2023/2024 Route of Access"))
    found = [error for error in read(content).findings.errors if error.row is None]
    assert [error.code for error in found] == ["row.out_of_scope"]
    assert "westmorland-and-furness" in found[0].detail


def test_a_table_that_has_not_begun_yet_is_refused() -> None:
    content = as_csv(printed_table(ROUTES, title="Qtr 4 2029/2030 Route of Access"))
    assert "date.future" in codes(read(content, council="westmorland-and-furness"))


def test_the_outcomes_of_the_quarter_are_those_the_report_prints() -> None:
    reading = read(as_csv(outcomes_table(OUTCOMES)), period=PERIOD)
    sums: dict[str, int] = {}
    for figure in reading.figures:
        sums[figure.category] = sums.get(figure.category, 0) + (figure.count or 0)
    assert sums == {"plan": 326, "inappropriate": 83, "refused": 49, "moved-or-other": 14}


def test_a_part_of_a_community_is_refused_with_the_community_it_belongs_to() -> None:
    reading = read(routes_csv(row=1, column=1, to="Ulverston"))
    assert "mid-furness" in reading.findings.errors[0].detail
