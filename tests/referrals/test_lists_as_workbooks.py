"""Lists as workbooks: read by a child process as CSV is, with the mend named where a workbook hides or breaks something."""

import io
import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import httpx
import openpyxl
import pytest

from services.referrals.case_finding.list_process import ListReader
from shared.spreadsheets import XLSX
from tests.referrals.acting import a_key
from tests.referrals.builders import KENDAL_PRACTICE
from tests.referrals.test_case_finding import HEAD, a_row, numbers, practice, read, taken
from tests.support.running import Running

HEADER = HEAD.split(",")


def a_person(number: Any, score: Any = 0.4, day: Any = date(2026, 6, 1), **more: Any) -> list[Any]:
    """A row of a sheet."""
    return [number, more.get("practice", KENDAL_PRACTICE), score, "efi", day, "LA9 4JE"]


def a_workbook(rows: Sequence[Sequence[Any]], *, header: Sequence[str] = HEADER) -> bytes:
    """A workbook with a list on its one sheet."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("List")
    for row in (header, *rows):
        sheet.append(list(row))
    return saved(book)


def saved(book: Any) -> bytes:
    """A workbook's bytes."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


async def send(service: Running, content: bytes, media_type: str = XLSX, key: str = "") -> httpx.Response:
    """POST a file."""
    headers = {**practice(service), "Idempotency-Key": key or a_key(), "Content-Type": media_type}
    return await service.client.post("/v1/case-finding/lists", content=content, headers=headers)


@pytest.mark.parametrize("media_type", [XLSX, "application/octet-stream"])
async def test_a_workbook_says_what_the_same_list_says_as_csv(referrals: Running, media_type: str) -> None:
    one, other, third = numbers(3)
    book = a_workbook(
        [
            a_person(int(one), 13 / 36),
            a_person(f"{other[:3]} {other[3:6]} {other[6:]}", "0.2", "2026-06-01"),
            [],
            a_person(float(third), 1, datetime(2026, 6, 1, 0, 0)),  # noqa: DTZ001 -- a workbook knows no zone
        ]
    )
    key = a_key()
    first = await send(referrals, book, media_type, key)
    assert first.status_code == 201, first.text
    assert (first.json()["added"], first.json()["quarantined"]) == (3, [])
    assert first.json()["cohort"]["counts"] == {"fit": 0, "mild": 1, "moderate": 0, "severe": 2}
    again = await send(referrals, book, media_type, key)
    assert (again.headers["idempotent-replayed"], again.content) == ("true", first.content)
    rows = [a_row(one, score="0.361111"), a_row(other, score="0.2"), a_row(third, score="1")]
    as_csv = await taken(referrals, rows)
    assert (as_csv["added"], as_csv["updated"], as_csv["unchanged"]) == (0, 0, 3)
    shown = await read(referrals, as_csv["cohort"])
    assert {item["measured_on"] for item in shown["items"]} == {"2026-06-01"}


async def test_bad_rows_of_a_workbook_are_set_aside_by_their_number(referrals: Running) -> None:
    known = numbers(20)
    rows = [a_person(number) for number in known]
    rows[3] = a_person("9990000019")
    rows[5] = a_person(known[5], "=1/0")
    rows[6] = [*a_person(known[6]), "more"]
    rows[7] = a_person(known[7], math.pi / 2)
    rows[8] = a_person(known[8], True)  # noqa: FBT003 -- a cell's value
    answer = await send(referrals, a_workbook(rows))
    assert answer.status_code == 201, answer.text
    assert [(one["row"], one["code"], one["column"]) for one in answer.json()["quarantined"]] == [
        (5, "nhs_number.checksum", "nhs_number"),
        (7, "cell.formula_without_value", "score"),
        (8, "row.field_count", ""),
        (9, "number.range", "score"),
        (10, "number.format", "score"),
    ]
    assert answer.json()["added"] == 15


def _two_sheets() -> bytes:
    book = openpyxl.Workbook(write_only=True)
    for name in ("List", "More"):
        book.create_sheet(name).append(HEADER)
    return saved(book)


def _hidden_row() -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(a_workbook([a_person(one) for one in numbers(2)])))
    book["List"].row_dimensions[3].hidden = True
    return saved(book)


def _hidden_sheet() -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(a_workbook([a_person(one) for one in numbers(2)])))
    sheet = book.create_sheet("Old")
    sheet.append(HEADER)
    sheet.sheet_state = "hidden"
    return saved(book)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b"PK\x03\x04 and no more", "file.zip_invalid"),
        (b"nhs_number,practice\n", "file.zip_invalid"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "file.type"),
        (saved(openpyxl.Workbook()), "file.empty"),
        (a_workbook([]), "file.no_rows"),
        (a_workbook([["x"]], header=["name"]), "file.header_unknown"),
        (a_workbook([["x"]], header=HEADER[:-2]), "file.header"),
        (_two_sheets(), "file.sheet_ambiguous"),
        (_hidden_row(), "file.hidden_content"),
        (_hidden_sheet(), "file.hidden_content"),
    ],
)
async def test_a_workbook_that_is_no_list_is_refused_whole(
    referrals: Running, content: bytes, code: str
) -> None:
    answer = await send(referrals, content)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    assert await referrals.rows("select from case_finding_cohort") == []


async def test_ten_bad_rows_are_set_aside_and_eleven_of_few_refuse_the_file(referrals: Running) -> None:
    good = [a_person(one) for one in numbers(5)]
    ten = await send(referrals, a_workbook([*good, *[a_person("9990000019")] * 10]))
    assert (ten.status_code, len(ten.json()["quarantined"])) == (201, 10)
    eleven = await send(referrals, a_workbook([*good, *[a_person("9990000019")] * 11]))
    assert (eleven.status_code, eleven.json()["errors"][0]["code"]) == (422, "nhs_number.checksum")


async def test_a_person_with_two_scores_is_nobody(referrals: Running) -> None:
    one, other = numbers(2)
    answer = await send(referrals, a_workbook([a_person(one, 0.3), a_person(other), a_person(one, 0.5)]))
    assert [(bad["row"], bad["code"]) for bad in answer.json()["quarantined"]] == [
        (2, "row.conflict"),
        (4, "row.conflict"),
    ]
    assert answer.json()["cohort"]["counts"]["severe"] == 1


async def test_a_list_that_takes_too_long_is_to_be_sent_again_and_changes_nothing(referrals: Running) -> None:
    reader = referrals.app.state.list_reader
    referrals.app.state.list_reader = ListReader(reader.slots, wall_seconds=0.0)
    try:
        answer = await send(referrals, a_workbook([a_person(*numbers(1))]))
    finally:
        referrals.app.state.list_reader = reader
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert await referrals.rows("select from case_finding_cohort") == []


async def test_another_media_type_is_no_list(referrals: Running) -> None:
    answer = await send(referrals, b"{}", "application/json")
    assert (answer.status_code, answer.json()["code"]) == (415, "content_type")
