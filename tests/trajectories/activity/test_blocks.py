"""Promises of counting records many at a time: it says what counting them one by one says, to the last fault."""

import io
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.trajectories.activity import files
from services.trajectories.activity.blocks import add_blocks
from services.trajectories.activity.counting import count_file
from services.trajectories.activity.exchange import Counted, Form, Question
from shared.registry.loading import load_registry
from shared.registry.registry import Registry
from tests.trajectories.activity.sending import AFTER, CLOSED, EAST, OUTSIDE, PRACTICES, WEST
from tests.trajectories.shares.a_bay import write_registry

BLOCK = 400


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """A small system."""
    folder = tmp_path_factory.mktemp("data")
    return load_registry(write_registry(folder / "registry.json", ["east", "west"], PRACTICES))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few lines, so that a file of a test has many."""
    monkeypatch.setattr(files, "BLOCK_BYTES", BLOCK)


def both(registry: Registry, content: bytes, form: Form = "csv") -> Counted:
    """What a file holds, once both ways have said the same."""
    question = Question(form, None, date(2021, 5, 20))
    one_by_one = count_file(io.BytesIO(content), question, registry)
    in_blocks = count_file(io.BufferedReader(io.BytesIO(content)), question, registry, add=add_blocks)
    assert in_blocks == one_by_one
    return in_blocks


DAYS = ["2021-01-05", "2021-02-28", "2021-02-31", "2021-06-01", "2020-12-31", " 2021-01-06 ", "5/1/2021", ""]
CODES = [EAST, EAST.lower(), WEST, CLOSED, AFTER, OUTSIDE, "Z99999", "Total", ""]
METHODS = ["21", "2A", "2a", "28", "31", "11", "99", "X", ""]
ENDS = ["", "2021-01-04", "2021-01-20", "2021-03-02", "2021-02-30"]
AGES = ["", "0", "64", "65", "80", "131", "75-84", "85+", "old"]
SCORES = ["", "0", "4.99", "5", "17.5", "-1"]
CAUSES = ["", "W01", "W19.0", "S720", "falls"]
WRONG = ["", "one,two", '"a,b"', '"open', 'in"side', "\u00e9", "\ufeff"]

admissions = st.tuples(*(st.sampled_from(one) for one in (DAYS, CODES, METHODS, ENDS, AGES, SCORES, CAUSES)))
attendances = st.tuples(
    *(
        st.sampled_from(one)
        for one in (DAYS, CODES, ["1", "02", "4", "5", "6"], AGES, ["", "true", "no", "x"])
    )
)
ADMISSION = "admitted_on,practice,method,discharged_on,age,frailty,cause"
ATTENDANCE = "attended_on,practice,type,age,planned"


def written(header: str, rows: Sequence[Sequence[str]], *, quoted: bool, ends: str, last: str) -> bytes:
    mark = '"' if quoted else ""
    lines = [header, *(",".join(f"{mark}{cell}{mark}" for cell in row) for row in rows)]
    return (ends.join(lines) + last).encode()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(admissions, min_size=1, max_size=60),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\n", "\r\n", "\n\n"]),
)
def test_admissions_are_counted_alike(
    registry: Registry, rows: list[tuple[str, ...]], quoted: bool, ends: str, last: str
) -> None:
    both(registry, written(ADMISSION, rows, quoted=quoted, ends=ends, last=last))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(attendances, min_size=1, max_size=60), st.booleans())
def test_attendances_are_counted_alike(registry: Registry, rows: list[tuple[str, ...]], quoted: bool) -> None:
    both(registry, written(ATTENDANCE, rows, quoted=quoted, ends="\n", last="\n"))


GOOD = f"2021-01-05,{EAST},21,2021-01-09,80,7.5,W01"


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "   ",
        f"2021-01-05,{EAST},21,2021-01-09,80,7.5",
        f"2021-01-05,{EAST},21,2021-01-09,80,7.5,W01,more",
        f'2021-01-05,"{EAST}",21,2021-01-09,80,7.5,"W01, W19"',
        f'2021-01-05,{EAST},21,2021-01-09,80,7.5,"W01',
        f'2021-01-05,{EAST},21,2021-01-09,80,7.5,W"01',
        f'2021-01-05,{EAST},21,2021-01-09,80,7.5,"W01"x',
        f'2021-01-05,{EAST},21,2021-01-09,80,7.5,""""',
        f'2021-01-05,{EAST},21,"2021-01\n-09",80,7.5,W01',
        f"2021-01-05,{EAST},21,2021-01-09,80,7.5,W01\r2021-01-05,{EAST},21,,,,",
        f"2021-01-05,{EAST},21,2021-01-09,80,7.5,\0",
        f"2021-01-05,{EAST},21,2021-01-09,80,7.5,{'W' * 33_000}",
        f"2021-01-05,{EAST},21,2021-01-09,\u0664\u0665,7.5,W01",
        "\ufeff" + GOOD,
    ],
)
@pytest.mark.parametrize("at", [0, 9, 20, 49])
def test_whatever_a_line_holds_is_told_alike(registry: Registry, odd: str, at: int) -> None:
    rows = [GOOD] * 50
    rows[at] = odd
    both(registry, "\n".join([ADMISSION, *rows, f"2021-13-01,{EAST},21,,,,", GOOD]).encode())


def test_what_is_no_utf8_is_told_with_its_row(registry: Registry) -> None:
    content = (
        "\n".join([ADMISSION, *[GOOD] * 30]).encode() + b"\n2021-01-05,Z\xff0001,21,,,,\n" + GOOD.encode()
    )
    found = both(registry, content)
    assert [(one["code"], one["row"]) for one in found.errors] == [("file.encoding", 32)]


@pytest.mark.parametrize(
    "top",
    [
        f"\ufeff{ADMISSION}",
        f"Activity of the year\n\n{ADMISSION}",
        f'"Activity,\nof the year"\n{ADMISSION}',
        ",".join(f'"{name}"' for name in ADMISSION.split(",")),
        ADMISSION.replace(",", " , ").upper(),
        f"{ADMISSION},",
        "practice,method,admitted_on,discharged_on,age,frailty,cause",
        "admitted_on,practice,methd",
        "",
    ],
)
def test_however_a_table_begins_it_is_found_alike(registry: Registry, top: str) -> None:
    both(registry, "\n".join([top, *[GOOD] * 30]).encode())


def test_a_large_file_of_monthly_counts_is_read_row_by_row(registry: Registry) -> None:
    rows = [f"2021-{month:02},{code},{month}" for month in range(1, 6) for code in (EAST, WEST, AFTER)] * 2
    found = both(registry, "\n".join(["month,practice,count", *rows, *rows]).encode())
    assert {one["code"] for one in found.errors} == {"row.duplicate"}
    assert len(found.errors) == 45


def lines(rows: Sequence[Sequence[Any]], *, blank: str, tight: bool) -> list[str]:
    """JSON lines of admissions. blank: what becomes of an empty cell: it is left out, null, or an empty text."""
    names = ADMISSION.split(",")
    records = [
        {
            name: None if cell == "" and blank == "null" else cell
            for name, cell in zip(names, row, strict=True)
            if cell != "" or blank != "left out"
        }
        for row in rows
    ]
    return [json.dumps(one, separators=(",", ":") if tight else None, ensure_ascii=False) for one in records]


VALUES: tuple[list[Any], ...] = (
    DAYS,
    CODES,
    METHODS,
    ENDS,
    [*AGES, 64, 80.0, 131, -1, True],
    [*SCORES, 5, 17.5, 4.99, 5e-5, 1e15],
    CAUSES,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(*(st.sampled_from(one) for one in VALUES)), min_size=1, max_size=60),
    st.sampled_from(["left out", "null", "empty"]),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\n", "\n\n"]),
)
def test_json_lines_are_counted_alike(
    registry: Registry, rows: list[tuple[Any, ...]], blank: str, tight: bool, ends: str, last: str
) -> None:
    both(registry, (ends.join(lines(rows, blank=blank, tight=tight)) + last).encode(), "ndjson")


GOOD_LINE = json.dumps(dict(zip(ADMISSION.split(","), GOOD.split(","), strict=True)))


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "  ",
        "{}",
        "[]",
        '{"admitted_on"',
        GOOD_LINE + GOOD_LINE,
        GOOD_LINE.replace('"age"', '"agee"'),
        GOOD_LINE.replace('"age": "80"', '"age": 80, "age": 80'),
        GOOD_LINE.replace('"age": "80"', '"age": 80, "age": null'),
        GOOD_LINE.replace('"age": "80"', '"age" : 80, "cause": "W01"'),
        GOOD_LINE.replace('"age": "80"', '"age": [80]'),
        GOOD_LINE.replace('"age": "80"', '"age": {"years": 80}'),
        GOOD_LINE.replace('"age": "80"', '"age": -0.0'),
        GOOD_LINE.replace('"age": "80"', '"age": NaN'),
        GOOD_LINE.replace('"age": "80"', '"age": 1e400'),
        GOOD_LINE.replace('"age": "80"', '"age": 080'),
        GOOD_LINE.replace('"7.5"', '" 7.5 "'),
        GOOD_LINE.replace('"7.5"', '"\\u0037.5"'),
        GOOD_LINE.replace('"7.5"', '":7.5"'),
        GOOD_LINE.replace('"7.5"', "7.50000000000000000001"),
        GOOD_LINE.replace('"7.5"', '"7\x01.5"'),
        GOOD_LINE.replace('"7.5"', '"7.5\u00e9"'),
        GOOD_LINE.replace('"7.5"', '"' + "7" * 70_000 + '"'),
        GOOD_LINE.replace('"7.5"', " " * 70_000 + "7.5"),
        "\ufeff" + GOOD_LINE,
        "x" + GOOD_LINE,
        GOOD_LINE + ",",
    ],
)
@pytest.mark.parametrize("at", [0, 9, 49])
def test_whatever_a_json_line_holds_is_told_alike(registry: Registry, odd: str, at: int) -> None:
    rows = [GOOD_LINE] * 50
    rows[at] = odd
    wrong = GOOD_LINE.replace("2021-01-05", "2021-13-01")
    both(registry, "\n".join([*rows, wrong, GOOD_LINE]).encode(), "ndjson")


@pytest.mark.parametrize(
    "long", ['"' + "7" * 70_000 + '"', " " * 70_000 + "7.5", "7.5" + "0" * 70_000, "7.5" + "0" * 60_000]
)
def test_a_line_is_no_longer_in_a_larger_block(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, long: str
) -> None:
    monkeypatch.setattr(files, "BLOCK_BYTES", 250_000)
    content = "\n".join([*[GOOD_LINE] * 900, GOOD_LINE.replace('"7.5"', long), *[GOOD_LINE] * 1_200])
    found = both(registry, content.encode(), "ndjson")
    assert [one["code"] for one in found.errors] == (
        ["row.too_long"] if len(long) > files.LONGEST_LINE else []
    )


def test_json_lines_of_monthly_counts_are_read_row_by_row(registry: Registry) -> None:
    months = [{"month": f"2021-{month:02}", "practice": EAST, "count": month} for month in range(1, 6)]
    found = both(registry, b"\n".join(json.dumps(one).encode() for one in months * 9), "ndjson")
    assert len(found.errors) == 40
