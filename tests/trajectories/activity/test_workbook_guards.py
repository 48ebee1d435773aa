"""Promises of workbooks that are not what they seem: each is refused with its code, its sheet and its cell."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from services.trajectories.activity.counting import count_file
from services.trajectories.activity.exchange import Counted, Question
from shared.registry.loading import load_registry
from shared.registry.registry import Registry
from tests.trajectories.activity.sending import EAST, PRACTICES, WEST
from tests.trajectories.shares.a_bay import write_registry

HEADER = ["Month", "Practice", "Count"]
ROW = ["2021-01", EAST, 10]
NHS_NUMBER = "943 476 5919"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """A small system."""
    folder = tmp_path_factory.mktemp("data")
    return load_registry(write_registry(folder / "registry.json", ["east", "west"], PRACTICES))


def count(registry: Registry, content: bytes, *, plan: bool = False) -> Counted:
    return count_file(io.BytesIO(content), Question("xlsx", None, date(2021, 5, 20), plan=plan), registry)


def workbook(fill: Callable[[Any, Any], None], name: str = "Counts") -> bytes:
    """A workbook with one sheet, filled by hand."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        fill(book, book.add_worksheet(name))
    return out.getvalue()


def of_rows(*rows: list[Any]) -> Callable[[Any, Any], None]:
    def fill(_: Any, sheet: Any) -> None:
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)

    return fill


def repacked(content: bytes, change: Callable[[str, bytes], bytes], **added: bytes) -> bytes:
    """A workbook with its parts changed and others added, `__` in a name standing for `/`."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
        for name, part in added.items():
            target.writestr(name.replace("__", "/"), part)
    return out.getvalue()


def as_it_is(_: str, part: bytes) -> bytes:
    return part


def told(counted: Counted) -> list[tuple[Any, ...]]:
    """The errors of a refused file as code, row, sheet and cell."""
    assert (counted.refused, counted.lines) == (True, [])
    return [(one["code"], one["row"], one.get("sheet"), one.get("cell")) for one in counted.errors]


PLAIN = workbook(of_rows(HEADER, ROW))


def test_the_plain_workbook_is_taken(registry: Registry) -> None:
    assert [(one.sent, one.numerator) for one in count(registry, PLAIN).lines] == [(EAST, 10)]


def test_error_values_and_formulas_never_calculated_are_named_by_their_cells(registry: Registry) -> None:
    def fill(_: Any, sheet: Any) -> None:
        of_rows(HEADER, ["2021-01", EAST], ["2021-02", EAST], ["2021-03", EAST, -1])(_, sheet)
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 2, "=5+5", None, "")

    def never(name: str, part: bytes) -> bytes:
        return part.replace(b"<f>5+5</f><v></v>", b"<f>5+5</f>") if "sheet1" in name else part

    found = told(count(registry, repacked(workbook(fill), never)))
    assert found == [
        ("cell.error", 2, "Counts", "C2"),
        ("cell.formula_without_value", 3, "Counts", "C3"),
        ("number.range", 4, "Counts", "C4"),
    ]


def test_a_formula_counts_as_its_stored_value(registry: Registry) -> None:
    def fill(_: Any, sheet: Any) -> None:
        of_rows(HEADER, ["2021-01", EAST])(_, sheet)
        sheet.write_formula(1, 2, "=5+5", None, 10)

    assert [one.numerator for one in count(registry, workbook(fill)).lines] == [10]


@pytest.mark.parametrize(
    ("part", "content", "code"),
    [
        ("xl__vbaProject.bin", b"macros", "file.macro"),
        ("xl__externalLinks__externalLink1.xml", b"<a/>", "file.external_link"),
        ("xl__theme__theme9.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "file.xml_forbidden"),
        ("xl__media__image1.bin", bytes(200 * 1024 * 1024), "file.inflates_too_large"),
        ("xl__comments1.xml", f"<comment><t>{NHS_NUMBER}</t></comment>".encode(), "file.pii_detected"),
    ],
    ids=["macro", "external link", "document type", "inflates", "comment"],
)
def test_what_a_workbook_must_not_hold_refuses_it(
    registry: Registry, part: str, content: bytes, code: str
) -> None:
    out = io.BytesIO(PLAIN)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part.replace("__", "/"), content)
    assert [one[0] for one in told(count(registry, out.getvalue()))] == [code]


def test_a_workbook_with_a_password_or_of_an_old_kind_is_told_so(registry: Registry) -> None:
    ole = bytes.fromhex("d0cf11e0a1b11ae1")
    locked = ole + "EncryptedPackage".encode("utf-16-le")
    assert [told(count(registry, one))[0][0] for one in (locked, ole)] == ["file.encrypted", "file.type"]


def test_hidden_rows_columns_and_sheets_are_named(registry: Registry) -> None:
    def rows(_: Any, sheet: Any) -> None:
        of_rows(HEADER, ROW, ["2021-02", EAST, 11])(_, sheet)
        sheet.set_row(2, None, None, {"hidden": True})

    def columns(_: Any, sheet: Any) -> None:
        of_rows(HEADER, ROW)(_, sheet)
        sheet.set_column(1, 1, None, None, {"hidden": True})

    def sheets(book: Any, sheet: Any) -> None:
        of_rows(HEADER, ROW)(book, sheet)
        other = book.add_worksheet("Old")
        other.write_row(0, 0, ["anything"])
        other.hide()

    assert told(count(registry, workbook(rows))) == [("file.hidden_content", 3, "Counts", None)]
    assert told(count(registry, workbook(columns))) == [("file.hidden_content", None, "Counts", None)]
    found = count(registry, workbook(sheets))
    assert told(found) == [("file.hidden_content", None, "Old", None)]
    assert "“Old”" in found.errors[0]["detail"]


def test_records_with_a_hidden_row_are_not_left_aside_but_refused(registry: Registry) -> None:
    def fill(_: Any, sheet: Any) -> None:
        rows = [[f"2021-01-{day:02}", EAST, "21"] for day in range(1, 20)]
        of_rows(["admitted_on", "practice", "method"], *rows)(_, sheet)
        sheet.set_row(4, None, None, {"hidden": True})

    assert [one[0] for one in told(count(registry, workbook(fill)))] == ["file.hidden_content"]


def test_the_table_may_stand_under_a_title_and_beside_notes(registry: Registry) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write(0, 0, "Activity of the year")
        sheet.write_row(3, 2, HEADER)
        sheet.write_row(4, 2, ROW)
        sheet.write_row(5, 2, ["2021-02", "Z00009", 11])
        book.add_worksheet("Notes").write(0, 0, "Spells of all lengths")

    counted = count(registry, workbook(fill))
    assert told(counted) == [("ods.unknown", 6, "Counts", "D6")]
    assert [(one["code"], one["sheet"]) for one in counted.warnings] == [("file.sheet_missing", "Notes")]


def test_two_sheets_with_figures_are_both_named(registry: Registry) -> None:
    def fill(book: Any, sheet: Any) -> None:
        of_rows(HEADER, ROW)(book, sheet)
        of_rows(HEADER, ["2021-01", WEST, 2])(book, book.add_worksheet("Again"))

    counted = count(registry, workbook(fill))
    assert told(counted) == [("file.sheet_ambiguous", None, "Again", None)]
    assert "“Counts” and “Again”" in counted.errors[0]["detail"]


def test_a_figure_beside_the_table_is_told(registry: Registry) -> None:
    assert told(count(registry, workbook(of_rows(HEADER, [*ROW, "see note"])))) == [
        ("row.field_count", 2, "Counts", "A2")
    ]


def test_a_count_that_is_shown_as_a_percentage_or_as_money_is_none(registry: Registry) -> None:
    def fill(book: Any, sheet: Any) -> None:
        of_rows(HEADER, ["2021-01", EAST], ["2021-02", EAST])(book, sheet)
        sheet.write_number(1, 2, 0.1, book.add_format({"num_format": "0%"}))
        sheet.write_number(2, 2, 10, book.add_format({"num_format": "£#,##0"}))

    assert [one[0] for one in told(count(registry, workbook(fill)))] == ["number.format", "number.format"]


@pytest.mark.parametrize(
    "rows",
    [
        [[NHS_NUMBER], HEADER, ROW],
        [HEADER, ["2021-01", NHS_NUMBER, 1]],
        [[*HEADER, "nhs_number"], [*ROW, "9434765919"]],
        [
            ["Surname", "Date of birth", "Practice", "Month", "Count"],
            ["Bell", "1931-02-03", EAST, "2021-01", 1],
        ],
    ],
    ids=["above", "in a cell", "in a column", "columns of people"],
)
def test_people_are_told_alone_and_not_repeated(registry: Registry, rows: list[list[Any]]) -> None:
    counted = count(registry, workbook(of_rows(*rows)))
    assert [one[0] for one in told(counted)] == ["file.pii_detected"]
    assert not any(word in str(counted.errors) for word in ("943", "Bell", "1931"))


def test_a_plan_is_held_to_the_same_guards(registry: Registry) -> None:
    plan: list[list[Any]] = [["month", "count"], *([f"2021-{month:02}", 100] for month in range(4, 13))]
    assert len(count(registry, workbook(of_rows(["Plan 2021-22"], *plan)), plan=True).lines) == 9
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in plan:
        book.worksheets[0].append(row)
    book.worksheets[0]["B3"] = "=1/0"
    book.save(out)
    assert told(count(registry, out.getvalue(), plan=True)) == [
        ("cell.formula_without_value", 3, "Sheet", "B3")
    ]
