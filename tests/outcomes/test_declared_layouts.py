"""Tables that other councils print: read by declaration alone, and refused with the reason where there is none."""

from typing import Any

import pytest

from services.outcomes.catalogue.printed_templates import printed_templates
from services.outcomes.feeds.declarations import DeclarationError
from shared.months import parse_period
from tests.outcomes.builders import altered, codes, places, read, registry, with_layout, workbook
from tests.outcomes.sending import checked
from tests.support.quarter import ROUTES, Table, as_csv, printed_table, routes_table
from tests.support.running import Running

INVENTED = {
    "layout": "lancashire-own",
    "feed": "reablement",
    "councils": ["lancashire"],
    "label_columns": 2,
    "tables": {
        "routes": {
            "words": ["How people came to us"],
            "categories": {"From home": "community", "From a ward": "hospital", "Unknown": "not-recorded"},
        }
    },
    "quarter": [r"(?P<quarter>[1-4])\. Quartal (?P<start>20[0-9]{2})"],
    "months": {"Month 10": 1, "Month 11": 2, "Month 12": 3},
    "columns": {"North of the Lune": "bay-icc"},
    "outside": ["Preston"],
    "total_columns": ["All"],
    "total_rows": ["Whole quarter"],
    "month_totals": ["Sum"],
}
INVENTED_TABLE: list[list[Any]] = [
    ["Lancashire, 4. Quartal 2019"],
    ["", "How people came to us", "Lancaster ICC", "North of the Lune", "Preston", "All"],
    ["Month 10", "From home", 10, 4, 7, 21],
    ["", "From a ward", 3, None, 1, 4],
    ["", "Sum", 13, 4, 8, 25],
    ["Month 12", "From home", 9, 5, 2, 16],
    ["Month 12", "Unknown", None, 1, None, 1],
    ["", "Sum", 9, 6, 2, 17],
    ["", "Whole quarter", 22, 10, 10, 42],
]


def test_the_template_of_another_councils_table_is_read_by_its_own_layout() -> None:
    declared, period = with_layout(INVENTED), parse_period("2019-20-Q4")
    feed, layout = declared.feeds["reablement"], declared.layouts[0]
    (template,) = printed_templates(feed, registry(), layout, council="lancashire", period=period)
    assert template.rows[0][2:] == ["Lancaster", "North of the Lune", "All"]
    filled: Table = [
        [3 if cell is None else cell if isinstance(cell, str) else "" for cell in row]
        for row in template.rows
    ]
    reading = read(as_csv(filled), council="lancashire", known=declared)
    assert (codes(reading), str(reading.period), len(reading.figures)) == ([], "2019-20-Q4", 3 * 4 * 2)
    assert reading.totals["routes"].computed == 3 * 4 * 2 * 3


def test_another_councils_table_with_other_columns_months_and_categories_passes_by_declaration_alone() -> (
    None
):
    reading = read(
        workbook({"Blatt 1": INVENTED_TABLE}), form="xlsx", council="lancashire", known=with_layout(INVENTED)
    )
    assert codes(reading) == []
    assert (reading.totals["routes"].stated, reading.totals["routes"].computed) == (42, 42)
    figures = {(str(one.month), one.place, one.category): one.count for one in reading.figures}
    assert figures["2020-01", "bay-icc", "community"] == 4
    assert figures["2020-01", "bay-icc", "hospital"] is None
    assert figures["2020-03", "lancaster", "community"] == 9
    assert figures["2020-03", "bay-icc", "not-recorded"] == 1
    assert (reading.read, reading.skipped) == (12, 4)


def test_a_wrong_figure_in_another_councils_table_is_named_just_so() -> None:
    table = altered(INVENTED_TABLE, row=6, column=2, to=8)
    reading = read(workbook({"s": table}), form="xlsx", council="lancashire", known=with_layout(INVENTED))
    assert places(reading)[0] == ("row.totals_mismatch", 6, "Lancaster ICC")


async def test_a_table_that_only_other_councils_print_says_so(outcomes: Running) -> None:
    said = await checked(outcomes, as_csv(routes_table()), org="lancashire")
    assert [error["code"] for error in said["errors"]] == ["file.header"]
    assert "the table of cumbria, westmorland-and-furness, cumberland; no printed table" in said["detail"]
    assert "declare your council's table (docs/feeds.md)" in said["detail"]
    unknown = await checked(outcomes, b"hello,world\n1,2\n", org="lancashire")
    assert unknown["detail"].startswith("1 error: The table is not recognised.")


async def test_a_title_that_names_another_council_than_the_sender_is_a_warning(outcomes: Running) -> None:
    title = "{} Council Reablement Qtr 4 2019/2020 Route of Access"
    said = await checked(outcomes, as_csv(printed_table(ROUTES, title=title.format("Lancashire County"))))
    assert said["status"] == "accepted"
    assert [(one["code"], one["row"]) for one in said["warnings"]] == [("file.header", 1)]
    assert (
        "names Lancashire County Council; the figures are taken as cumbria's" in said["warnings"][0]["detail"]
    )
    own = await checked(outcomes, as_csv(printed_table(ROUTES, title=title.format("Cumbria County"))))
    assert own["warnings"] == []


def test_without_the_declaration_the_same_table_is_not_recognised() -> None:
    assert codes(read(workbook({"s": INVENTED_TABLE}), form="xlsx", council="lancashire")) == ["file.header"]


def test_a_layout_that_names_a_category_its_feed_does_not_have_is_refused_when_it_is_loaded() -> None:
    broken = {**INVENTED, "tables": {"routes": {"words": ["x"], "categories": {"Walk-in": "walk-in"}}}}
    with pytest.raises(DeclarationError, match="lancashire-own"):
        with_layout(broken)
