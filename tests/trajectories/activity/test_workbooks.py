"""Promises of workbooks of activity: the same rows, the same faults, whatever a spreadsheet makes of a month."""

import io
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from services.trajectories.activity.counting import count_file
from services.trajectories.activity.exchange import Counted, Question
from shared.registry.loading import load_registry
from shared.spreadsheets import XLSX
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.activity.sending import EAST, PRACTICES, WEST, a_system, figures, sent
from tests.trajectories.shares.a_bay import write_registry


@pytest.fixture
async def service(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """A small system on 20 May 2021."""
    async with a_system(databases, tmp_path) as made:
        yield made


def a_workbook(*sheets: Sequence[Any], hidden: tuple[int, ...] = ()) -> bytes:
    """A workbook with these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(row)
        if number in hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


HEADER = ["Month", "Practice", "Count"]


async def test_a_workbook_of_counts_is_taken(service: Running) -> None:
    rows = [
        HEADER,
        [date(2021, 1, 1), EAST, 10],
        ["2021-02", EAST, 12.0],
        [],
        [date(2021, 1, 1), WEST, "7"],
    ]
    await sent(service, a_workbook([], rows), form=XLSX)
    assert await figures(service, "non-elective-admissions") == {
        ("2021-01", EAST, ""): 10,
        ("2021-01", WEST, ""): 7,
        ("2021-02", EAST, ""): 12,
    }


def count(folder: Path, content: bytes) -> Counted:
    registry = write_registry(folder / "registry.json", ["east", "west"], PRACTICES)
    question = Question("xlsx", None, date(2021, 5, 20))
    return count_file(io.BytesIO(content), question, load_registry(registry))


def test_faults_stand_where_the_sheet_shows_them(tmp_path: Path) -> None:
    rows = [[], [], HEADER, [date(2021, 1, 15), EAST, 1.5], ["2021-01", "Total", 1], [True, EAST, 3]]
    found = [(one["row"], one["column"], one["code"]) for one in count(tmp_path, a_workbook(rows)).errors]
    assert found == [
        (4, "Month", "date.format"),
        (4, "Count", "number.integer_required"),
        (5, "Practice", "file.total_row"),
        (6, "Month", "date.format"),
    ]


def test_two_sheets_with_rows_are_ambiguous_and_what_is_no_workbook_is_told(tmp_path: Path) -> None:
    rows = [HEADER, ["2021-01", EAST, 1]]
    assert [one["code"] for one in count(tmp_path, a_workbook(rows, rows)).errors] == ["file.sheet_ambiguous"]
    assert [one["code"] for one in count(tmp_path, b"month,practice").errors] == ["file.type"]
    assert [one["code"] for one in count(tmp_path, b"PK\x03\x04 and no more").errors] == ["file.zip_invalid"]


def test_a_hidden_sheet_with_rows_is_never_passed_over(tmp_path: Path) -> None:
    rows = [HEADER, ["2021-01", EAST, 1]]
    found = count(tmp_path, a_workbook(rows, [HEADER, ["2021-01", WEST, 2]], hidden=(1,)))
    assert [one["code"] for one in found.errors] == ["file.hidden_content"]


def test_a_cell_beyond_every_sheet_is_the_files_fault(tmp_path: Path) -> None:
    made, out = zipfile.ZipFile(io.BytesIO(a_workbook([HEADER, ["2021-01", EAST, 1]]))), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in made.namelist():
            content = made.read(part)
            if part.startswith("xl/worksheets/"):
                content = content.replace(b'r="A1"', b'r="ZZZZZZ99999999999"')
            archive.writestr(part, content)
    assert [one["code"] for one in count(tmp_path, out.getvalue()).errors] == ["file.zip_invalid"]
