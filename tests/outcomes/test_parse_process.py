"""Files are read by a child process with limits: whatever they hold, the parent gets an answer."""

import asyncio
import os
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from services.outcomes.feeds.exchange import Form, Question
from services.outcomes.feeds.parse_process import Parser
from shared.months import Month, parse_period
from shared.problems import Unavailable
from tests.outcomes.builders import heavy_json, long_csv
from tests.support.quarter import PERIOD, as_csv, outcomes_table


def question(form: Form = "csv", period: str | None = None) -> Question:
    return Question("reablement", "cumbria", form, parse_period(period) if period else None, Month(2026, 6))


def parser(slots: int = 2) -> Parser:
    return Parser(None, None, asyncio.Semaphore(slots))


@contextmanager
def memory_taken() -> Iterator[list[int]]:
    """The most bytes that this process's Python held more than before, once the block has ended."""
    taken: list[int] = []
    tracemalloc.start()
    try:
        yield taken
        taken.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def readers_that_die(monkeypatch: pytest.MonkeyPatch, folder: Path, *, first: int) -> None:
    """Have the first so many readers killed as they start, as somebody with the right to it would."""
    mark = folder / "died"
    _in_every_reader(
        monkeypatch,
        folder,
        f"""
import os, pathlib, signal
with open({str(mark)!r}, "ab") as file:
    file.write(b".")
if pathlib.Path({str(mark)!r}).stat().st_size <= {first}:
    os.kill(os.getpid(), signal.SIGKILL)
""",
    )


def _in_every_reader(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    (folder / "sitecustomize.py").write_text(code)
    monkeypatch.syspath_prepend(str(folder))


async def test_a_reading_crosses_the_pipe_whole() -> None:
    parsed = await parser().read(as_csv(outcomes_table()), question(period=PERIOD))
    assert parsed.errors == []
    assert (len(parsed.figures), parsed.period and parsed.period.label, parsed.period_named) == (
        66,
        PERIOD,
        False,
    )
    assert sum(figure.count or 0 for figure in parsed.figures) == parsed.totals["outcomes"]["stated"] == 472
    assert {"kind": "category", "name": "Reablement Inapproriate", "code": "inappropriate"} in parsed.aliases


async def test_a_refused_file_crosses_with_its_errors_and_no_figures() -> None:
    parsed = await parser().read(
        long_csv("2020-01,kendal,community,1", "2020-01,kendle,community,1"), question()
    )
    assert (parsed.figures, parsed.errors_total) == ([], 1)
    assert (parsed.errors[0]["code"], parsed.errors[0]["row"]) == ("icc.unknown", 3)


async def test_ten_thousand_errors_under_the_longest_headers_cross_too() -> None:
    long = "\N{BANANA}" * 250
    headers = [f"{number} {long}" for number in range(1_000)]
    row: list[str | int | None] = ["?"] * len(headers)
    table: list[list[str | int | None]] = [
        ["Qtr 4 2019/2020 Route of Access", *headers],
        ["January", *row],
        *([["Community", *row]] * 10),
    ]
    parsed = await parser().read(as_csv(table), question())
    assert parsed.errors_total > len(parsed.errors) == 10_000
    assert {error["column"] for error in parsed.errors} >= set(headers)


async def test_as_many_spellings_as_a_file_has_are_not_all_told() -> None:
    spellings = ["".join(one) for one in product(*((letter, letter.upper()) for letter in "inapproriate"))]
    rows = [f"2020-01,kendal,{one},1" for one in spellings]
    parsed = await parser().read(long_csv(*rows), question())
    assert parsed.errors_total == len(rows) - 1
    assert len(parsed.aliases) == 1_000


async def test_four_bombs_at_once_are_all_answered() -> None:
    reading = parser(slots=4)
    bombs = [b'{"rows": ' + b"[" * 200_000] * 4
    found = await asyncio.gather(*(reading.read(bomb, question("json")) for bomb in bombs))
    assert [one.errors[0]["code"] for one in found] == ["body.too_deep"] * 4


async def test_a_reader_that_takes_too_long_is_killed_and_its_file_refused() -> None:
    impatient = replace(parser(), wall_seconds=0.01)
    parsed = await impatient.read(as_csv(outcomes_table()), question(period=PERIOD))
    assert [error["code"] for error in parsed.errors] == ["file.too_large"]


async def test_a_file_that_needs_more_memory_than_a_reader_has_is_refused_and_the_parent_stays_small() -> (
    None
):
    content = heavy_json()
    with memory_taken() as taken:
        parsed = await parser().read(content, question("json"))
    assert [error["code"] for error in parsed.errors] == ["file.too_large"]
    assert taken[0] < 4 * len(content)


async def test_a_reader_that_somebody_kills_is_replaced_and_its_file_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    readers_that_die(monkeypatch, tmp_path, first=1)
    parsed = await parser().read(as_csv(outcomes_table()), question(period=PERIOD))
    assert (parsed.errors, len(parsed.figures)) == ([], 66)


async def test_a_file_whose_readers_are_killed_again_and_again_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    readers_that_die(monkeypatch, tmp_path, first=2)
    parsed = await parser().read(as_csv(outcomes_table()), question(period=PERIOD))
    assert [error["code"] for error in parsed.errors] == ["file.too_large"]


async def test_a_reader_is_given_no_secret_of_its_parents_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ICC_MASTER_KEY", "a secret")
    started = tmp_path / "environment"
    _in_every_reader(
        monkeypatch,
        tmp_path,
        f"import os, pathlib\npathlib.Path({str(started)!r}).write_text('\\n'.join(os.environ))\n",
    )
    await parser().read(as_csv(outcomes_table()), question(period=PERIOD))
    assert not [name for name in started.read_text().splitlines() if name.startswith("ICC_")]
    assert "ICC_MASTER_KEY" in os.environ


async def test_when_every_slot_stays_taken_the_sender_is_asked_to_come_back() -> None:
    with pytest.raises(Unavailable) as refusal:
        await replace(parser(slots=0), slot_seconds=0.01).read(b"x", question())
    assert refusal.value.headers["Retry-After"] == "5"
