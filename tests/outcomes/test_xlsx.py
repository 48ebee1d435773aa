"""Workbooks: read through guards, and refused where what is seen and what is stored could differ."""

import io
import re
import zipfile
from collections.abc import Callable
from functools import cache
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from services.outcomes.feeds.exchange import Form
from tests.outcomes.builders import altered, codes, places, read, routes_csv, workbook
from tests.support.quarter import COMMUNITIES, as_xlsx, outcomes_table, routes_table

HEADER = ["period", "icc", "category", "count"]
ROW = ["2020-01", "kendal", "community", 19]


def repacked(content: bytes, change: Callable[[str, bytes], bytes | None], **added: bytes) -> bytes:
    """The workbook with parts changed (None removes one) and others added, `__` in a name standing for `/`."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            part = change(name, source.read(name))
            if part is not None:
                target.writestr(name, part)
        for name, part in added.items():
            target.writestr(name.replace("__", "/"), part)
    return out.getvalue()


def unchanged(_: str, part: bytes) -> bytes:
    return part


def in_sheet(old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    """Change the first sheet's XML."""
    return lambda name, part: part.replace(old, new) if name == "xl/worksheets/sheet1.xml" else part


LONG = workbook({"s": [HEADER, ROW]})


def test_a_table_that_does_not_begin_in_the_first_cell_is_numbered_as_the_sheet_shows_it() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(3, 0, HEADER)
        sheet.write_row(4, 0, ["2020-01", "kendle", "community", 19])
    assert places(read(out.getvalue(), form="xlsx")) == [("icc.unknown", 5, "icc")]


def test_columns_left_of_the_table_do_not_shift_it() -> None:
    moved = read(workbook({"s": [["", *row] for row in routes_table()]}), form="xlsx")
    assert codes(moved) == []
    assert moved.figures == read(workbook({"s": routes_table()}), form="xlsx").figures


def test_names_are_told_in_characters_that_every_answer_can_carry() -> None:
    out, book = io.BytesIO(), openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in altered(routes_table(), row=1, column=1, to="Bor_x0000_row\n(South)"):
        sheet.append(row)
    sheet["C1"] = "Millom_x0000_ICC"
    book.save(out)
    reading = read(out.getvalue(), form="xlsx")
    assert reading.findings.errors[0].to_json()["column"] == "Bor\N{REPLACEMENT CHARACTER}row (South)"
    assert ("community", "Millom\N{REPLACEMENT CHARACTER}ICC") in reading.aliases


@pytest.mark.parametrize(("left", "cell"), [(0, "B3"), (2, "D3")])
def test_an_error_names_its_sheet_and_its_cell_as_excel_does(left: int, cell: str) -> None:
    wrong = altered(outcomes_table(), row=3, column=1, to="<5")
    content = workbook({"Routes": routes_table(), "Outcomes": [[""] * left + list(row) for row in wrong]})
    found = read(content, form="xlsx").findings.errors[0].to_json()
    assert (found["code"], found["row"], found["column"], found["sheet"], found["cell"]) == (
        "number.suppressed",
        3,
        COMMUNITIES["barrow"],
        "Outcomes",
        cell,
    )


def test_every_way_to_be_wrong_names_the_cell() -> None:
    """The long form's header and cells, a sum, a row as a whole (its first cell), a broken cell beside the table."""
    routes = workbook({"s": altered(routes_table(), row=3, column=1, to=47)})
    two = workbook({"s": [HEADER, ROW, ROW]})
    for content, where in (
        (workbook({"s": [["", *HEADER[:3], "cuont"], ["", *ROW]]}), ("file.header_unknown", "s", "E1")),
        (workbook({"s": [HEADER, [*ROW[:3], "<5"]]}), ("number.suppressed", "s", "D2")),
        (two, ("row.duplicate", "s", "A3")),
        (routes, ("row.totals_mismatch", "s", "B3")),
        (routes_csv(row=3, column=1, to=47), ("row.totals_mismatch", None, "B3")),
    ):
        form: Form = "xlsx" if content.startswith(b"PK") else "csv"
        (found,) = read(content, form=form).findings.errors
        assert (found.code, found.sheet, found.cell) == where
    json = b'{"rows": [{"period": "2020-01", "icc": "kendle", "category": "community", "count": 1}]}'
    assert "cell" not in read(json, form="json").findings.errors[0].to_json()


def test_a_sheet_without_a_table_is_left_aside_with_a_warning() -> None:
    reading = read(workbook({"Routes": routes_table(), "Contacts": [["who to ring"]]}), form="xlsx")
    assert codes(reading) == []
    assert [(one.code, one.sheet) for one in reading.findings.warnings] == [
        ("file.sheet_missing", "Contacts")
    ]


def test_hidden_sheets_and_rows_with_content_are_refused() -> None:
    assert codes(read(workbook({"a": routes_table(), "b": [["x"]]}, hidden="b"), form="xlsx")) == [
        "file.hidden_content"
    ]
    assert ("file.hidden_content", 5, None) in places(
        read(workbook({"a": routes_table()}, hidden_row=4), form="xlsx")
    )


@pytest.mark.parametrize("state", [b"hidden", b"veryHidden"])
def test_the_hidden_sheet_is_named(state: bytes) -> None:
    content = repacked(
        workbook({"Table": routes_table(), "_addin": [["x"]]}, hidden="_addin"),
        lambda name, part: part.replace(b"hidden", state) if name == "xl/workbook.xml" else part,
    )
    (found,) = read(content, form="xlsx").findings.errors
    assert (found.code, found.sheet, "“_addin”" in found.detail) == ("file.hidden_content", "_addin", True)
    assert ("No menu shows it" in found.detail) == (state == b"veryHidden")


def renamed(content: bytes, names: dict[str, str], targets: dict[str, str]) -> bytes:
    """The workbook with texts in its parts' names, and in the relations that lead to them, replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            part, to = source.read(name).decode(), name
            for old, new in names.items():
                to = to.replace(old, new)
            for old, new in targets.items() if name.endswith(".rels") else ():
                part = part.replace(f'Target="{old}', f'Target="{new}')
            target.writestr(to, part)
    return out.getvalue()


@pytest.mark.parametrize(
    ("names", "targets"),
    [
        ({"workbook.xml": "workbook22.xml"}, {"xl/workbook.xml": "xl/workbook22.xml"}),
        (
            {"xl/workbook.xml": "book.xml", "xl/_rels/workbook.xml": "_rels/book.xml"},
            {"xl/workbook.xml": "book.xml", "worksheets": "xl/worksheets", "styles": "xl/styles", "shared": "xl/shared"},
        ),
        ({"/": "\\"}, {}),
        ({"sharedStrings": "SharedStrings"}, {}),
        ({"xl/": "XL/"}, {}),
        ({}, {"worksheets": "/xl/worksheets", "xl/workbook": "/xl/workbook"}),
        ({"worksheets/sheet1.xml": "pages/first.xml"}, {"worksheets/sheet1.xml": "pages/first.xml"}),
    ],
    ids=["main part", "root", "backslashes", "case", "case of a folder", "absolute", "elsewhere"],
)  # fmt: skip
def test_a_workbook_is_read_whatever_its_writer_called_the_parts(
    names: dict[str, str], targets: dict[str, str]
) -> None:
    reading = read(renamed(LONG, names, targets), form="xlsx")
    assert (codes(reading), [one.count for one in reading.figures]) == ([], [19])


@pytest.mark.parametrize(
    ("number_format", "code"),
    [
        ("0%", "number.type"),
        ("0.0%", "number.type"),
        ('0"%"', "number.type"),
        ("£#,##0", "number.type"),
        ("[$£-809]#,##0.00", "number.type"),
        ("#,##0", None),
        ("[$-809]0", None),
        ('0" people"', None),
    ],
)
def test_a_number_that_is_shown_as_a_percentage_or_as_money_is_no_count(
    number_format: str, code: str | None
) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ROW[:3])
        sheet.write_number(1, 3, 1, book.add_format({"num_format": number_format}))
    reading = read(out.getvalue(), form="xlsx")
    assert codes(reading) == ([code] if code else [])


def test_an_empty_hidden_sheet_does_no_harm() -> None:
    assert codes(read(workbook({"a": routes_table(), "b": []}, hidden="b"), form="xlsx")) == []


def test_a_formula_counts_as_its_stored_value_and_is_refused_without_one() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ROW[:3])
        sheet.write_formula(1, 3, "=10+9", None, 19)
        sheet.write_row(2, 0, ["2020-01", "kendal", "hospital"])
        sheet.write_formula(2, 3, "=3+3", None, "")
        sheet.write_row(3, 0, ["2020-01", "kendal", "not-recorded"])
        sheet.write_formula(3, 3, "=1/0", None, "#DIV/0!")
    reading = read(out.getvalue(), form="xlsx")
    assert places(reading) == [("cell.formula_without_value", 3, "count"), ("cell.error", 4, "count")]
    assert reading.figures[0].count == 19


def test_an_error_value_in_a_printed_table_is_named_once_by_its_header() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(routes_table()):
            sheet.write_row(number, 0, row)
        sheet.write_formula(2, 1, "=#REF!", None, "#REF!")
    assert places(read(out.getvalue(), form="xlsx")) == [("cell.error", 3, COMMUNITIES["barrow"])]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"not a zip", "file.type"),
        (b"PK\x03\x04 cut off", "file.zip_invalid"),
        (as_xlsx(routes_table())[:-200], "file.zip_invalid"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "file.type"),
        (
            bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"),
            "file.encrypted",
        ),
        (repacked(LONG, unchanged, xl__vbaProject_bin=b"x").replace(b"_bin", b".bin"), "file.macro"),
        (repacked(LONG, unchanged, xl__externalLinks__link1=b"x"), "file.external_link"),
        (repacked(LONG, lambda name, part: None if name == "xl/workbook.xml" else part), "file.type"),
        (
            repacked(LONG, in_sheet(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet')),
            "file.xml_forbidden",
        ),
        (repacked(LONG, in_sheet(b"</sheetData>", b"</sheetDat>")), "file.zip_invalid"),
        (repacked(LONG, in_sheet(b'r="A1"', b'r="ZZZ1"')), "file.too_many_rows"),
        (
            repacked(LONG, lambda _, part: re.sub(rb'r="([A-D]?)2"', rb'r="\g<1>900000"', part)),
            "file.too_many_rows",
        ),
        (repacked(LONG, in_sheet(b'r="A2"', b'r="A900000"')), "file.zip_invalid"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_workbook_that_is_not_what_it_seems_is_refused_before_it_is_parsed(
    content: bytes, code: str
) -> None:
    assert codes(read(content, form="xlsx")) == [code]


@pytest.mark.parametrize("declared", [True, False], ids=["as declared", "as it streams"])
def test_a_workbook_that_inflates_too_far_is_refused(declared: Any) -> None:
    bomb = _bomb() if declared else _understated(_bomb())
    found = codes(read(bomb, form="xlsx"))
    assert found in (["file.inflates_too_large"], ["file.zip_invalid"])


@cache
def _bomb() -> bytes:
    return repacked(LONG, unchanged, xl__media__image1=b"\0" * (200 * 1024 * 1024))


def _understated(content: bytes) -> bytes:
    """The archive with its directory claiming that the last part is small."""
    size = (200 * 1024 * 1024).to_bytes(4, "little")
    return content.replace(size, (1000).to_bytes(4, "little"))
