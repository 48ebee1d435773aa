"""Promises of records: counted by the definitions of the measures while they stream in, and nothing of a record is kept."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.ids import new_id
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.activity.sending import (
    ADDRESS,
    EAST,
    OUTSIDE,
    WEST,
    a_system,
    cells,
    codes,
    counts,
    figures,
    refused,
    send,
    sent,
    shown,
)

COLUMNS = "admitted_on,practice,method,discharged_on,age,frailty,cause"
ADMISSIONS = [
    f"2021-01-05,{EAST},21,2021-01-08,80,5.0,W19",  # an emergency, frail, a fall, three days
    f"2021-01-06,{EAST},2A,2021-01-06,75-84,4.9,W20.1",  # no fall, not frail, no night
    f"2021-01-31,{EAST},28,2021-02-02,66,20,w00.0",  # a fall; discharged in February
    f"2021-01-07,{EAST},31,2021-01-09,30,,",  # maternity: non-elective, no emergency
    f"2021-01-07,{EAST},81,,,,",  # a transfer of unknown age
    f"2021-01-08,{EAST},11,2021-01-09,70,,",  # elective
    f"2021-01-09,{WEST},13,2021-01-09,90,9,W01",  # elective
    f"2021-02-01,{EAST},21,2021-02-01,64,9,W01",  # a fall below 65
]


@pytest.fixture
async def service(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """A small system on 20 May 2021."""
    async with a_system(databases, tmp_path) as made:
        yield made


def totals(found: dict[tuple[str, str, str], Any], month: str, place: str) -> int:
    """The numerators of a place and month over all ages."""
    lines = [value for (at, where, _), value in found.items() if (at, where) == (month, place)]
    return sum(value[0] if isinstance(value, tuple) else value for value in lines)


async def test_admissions_are_counted_by_the_definition_of_each_measure(service: Running) -> None:
    body = await sent(service, counts(*ADMISSIONS, columns=COLUMNS))
    assert (body["kind"], body["rows"]["accepted"], body["errors_total"]) == ("admissions", 8, 0)
    found = {measure: await figures(service, measure) for measure in body["measures"]}
    of_east = {measure: totals(lines, "2021-01", EAST) for measure, lines in found.items()}
    assert of_east == {
        "non-elective-admissions": 5,
        "emergency-admissions": 3,
        "emergency-frailty-admissions": 1,
        "falls-admissions-65": 2,
        "emergency-length-of-stay": 3,
    }
    assert found["non-elective-admissions"]["2021-01", EAST, "age=unknown"] == 1
    assert found["emergency-length-of-stay"]["2021-01", EAST, "age=75-84"] == (3, 2)
    assert found["emergency-length-of-stay"]["2021-02", EAST, "age=65-74"] == (2, 1)
    assert totals(found["non-elective-admissions"], "2021-01", WEST) == 0
    assert totals(found["falls-admissions-65"], "2021-02", EAST) == 0


async def test_measures_without_their_columns_are_not_counted(service: Running) -> None:
    body = await sent(service, counts(f"2021-01-05,{EAST},21", columns="admitted_on,practice,method"))
    assert body["measures"] == ["non-elective-admissions", "emergency-admissions"]
    assert await figures(service, "emergency-admissions") == {("2021-01", EAST, ""): 1}


async def test_attendances_of_types_1_to_4_count_unless_planned_and_are_divided_by_lists(
    service: Running,
) -> None:
    lists = counts(
        f"2021-01,{EAST},300,5-17", f"2021-01,{EAST},700,85-and-over", columns="month,practice,count,age_band"
    )
    await sent(service, lists, measure="registered")
    rows = [f"2021-01-05,{EAST},{age},{kind},{planned}" for age, kind, planned in (
        (7, "1", "false"), (8, "02", ""), ("5-17", "4", "no"), (9, "5", ""), (90, "3", "true"), (90, "1", ""),
    )]  # fmt: skip
    body = await sent(service, counts(*rows, columns="attended_on,practice,age,type,planned"))
    assert body["measure"] == "ed-attendances"
    found = await figures(service, "ed-attendances")
    assert found["2021-01", EAST, "age=5-17"] == (3, 300)
    assert found["2021-01", EAST, "age=85-and-over"] == (1, 700)
    assert (await shown(service, "ed-attendances", "2021-01"))["east"]["value"] == 4


async def test_lists_without_bands_divide_the_total(service: Running) -> None:
    await sent(service, counts(f"2021-01,{EAST},500"), measure="registered")
    await sent(service, counts(f"2021-01-05,{EAST},7,1", columns="attended_on,practice,age,type"))
    assert (await shown(service, "ed-attendances", "2021-01"))["east"]["value"] == 2


async def test_a_few_bad_rows_are_left_aside_and_named_without_what_they_say(service: Running) -> None:
    bad = [
        f"2021-02-31,{EAST},21,,,,",
        f"2021-01-05,{EAST},2021,,,,",
        f"2021-01-05,{EAST},21,2021-01-04,,,",
        "2021-01-05,Z99999,21,,,,",
        f"2021-06-01,{EAST},21,,secretly,-1,X",
        f"2021-01-05,{EAST},21",
    ]
    body = await sent(service, counts(ADMISSIONS[0], *bad, columns=COLUMNS))
    assert body["rows"] == {"read": 7, "accepted": 1, "rejected": 6}
    assert codes(body["errors"]) == [
        (3, "admitted_on", "date.invalid"),
        (4, "method", "code.unknown"),
        (5, "discharged_on", "date.order"),
        (6, "practice", "ods.unknown"),
        (7, "admitted_on", "date.future"),
        (7, "age", "number.format"),
        (7, "frailty", "number.format"),
        (7, "cause", "code.invalid"),
        (8, None, "row.field_count"),
    ]
    assert "secretly" not in str(body)
    assert totals(await figures(service, "emergency-admissions"), "2021-01", EAST) == 1


async def test_more_than_a_hundred_bad_rows_and_two_in_a_hundred_refuse_the_file(service: Running) -> None:
    bad = [f"2021-02-31,{EAST},21"] * 101
    columns = "admitted_on,practice,method"
    errors = await refused(service, counts(*bad, *[f"2021-01-05,{EAST},21"] * 4899, columns=columns))
    assert len(errors) == 100
    await sent(service, counts(*bad, *[f"2021-01-05,{EAST},21"] * 4949, columns=columns))


async def test_records_may_come_as_json_lines(service: Running) -> None:
    lines = (
        f'{{"admitted_on":"2021-01-05","practice":"{EAST}","method":"21","age":80}}\n'
        f'{{"admitted_on":"2021-01-06","practice":"{EAST}","method":"21","frailty":7.5,"age":null}}\n'
    )
    await sent(service, lines, form="application/octet-stream")
    assert totals(await figures(service, "emergency-admissions"), "2021-01", EAST) == 2


async def test_a_hundred_thousand_records_stream_in(service: Running) -> None:
    whole = 100_000

    def pieces() -> Iterator[bytes]:
        yield b"admitted_on,practice,method\n"
        for day in range(1, 11):
            yield f"2021-01-{day:02},{EAST if day % 2 else OUTSIDE},21\n".encode() * (whole // 10)

    async def stream() -> AsyncIterator[bytes]:
        for piece in pieces():
            yield piece

    body = await sent(service, stream())
    assert body["rows"]["accepted"] == whole
    assert await figures(service, "emergency-admissions") == {
        ("2021-01", EAST, ""): whole // 2,
        ("2021-01", "elsewhere", ""): whole // 2,
    }
    kept = await service.rows("select count(*) as cells from kept_cell")
    assert kept[0]["cells"] == 4


async def test_a_killed_reader_leaves_nothing_and_its_key_is_free(service: Running) -> None:
    killed = asyncio.Event()

    async def stream() -> AsyncIterator[bytes]:
        yield b"admitted_on,practice,method\n"
        os.kill(reader_of(os.getpid()), signal.SIGKILL)
        killed.set()
        yield f"2021-01-05,{EAST},21\n".encode()

    key = str(new_id())
    answer = await send(service, stream(), key=key)
    assert killed.is_set()
    assert answer.status_code == 503
    assert await cells(service) == []
    assert await service.rows("select from activity_submission") == []
    content = counts(f"2021-01-05,{EAST},21", columns="admitted_on,practice,method")
    assert (await send(service, content, key=key)).status_code == 200


def reader_of(parent: int) -> int:
    """The process that counts a file for another."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = status.read_text().rpartition(")")[2].split()
            command = status.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if int(words[1]) == parent and b"count_child" in command:
            return int(status.parent.name)
    raise LookupError("no reader runs")


async def test_a_body_that_ends_early_or_is_too_large_leaves_nothing(service: Running) -> None:
    headers = {
        **service.token("analyst"),
        "Content-Type": "text/csv",
        "Idempotency-Key": str(new_id()),
        "Content-Length": str(1 << 40),
    }
    answer = await service.client.post(ADDRESS, content=b"x", headers=headers)
    assert answer.status_code == 413
    assert await cells(service) == []


async def test_a_file_without_a_good_row_is_rejected_however_few_they_are(service: Running) -> None:
    rows = "\n".join([COLUMNS, f"2021-13-01,{EAST},21,,,,", f"2021-13-02,{EAST},21,,,,"])
    answer = await send(service, rows.encode())
    assert answer.status_code == 422, answer.text
    assert await cells(service) == []
