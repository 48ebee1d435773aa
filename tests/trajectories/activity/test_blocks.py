"""Promises of counting records many at a time: it says what counting them one by one says, to the last fault."""

import io
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.trajectories.activity import files
from services.trajectories.activity.blocks import add_blocks
from services.trajectories.activity.counting import count_file
from services.trajectories.activity.exchange import Counted, Question
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


def both(registry: Registry, content: bytes, measure: str | None = None) -> Counted:
    """What a file holds, once both ways have said the same."""
    question = Question("csv", measure, date(2021, 5, 20))
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
