"""`python -m benchmarks.activity [--rows 1000000] [--rounds 3] [--form csv|ndjson]`: admissions counted in, beside the COPY of the same rows.

The work is what a post does: a child counts the file as it comes, then cells and submission are written in one transaction.
The limit is a COPY of the same file into a table with a column for each of its own. Rounds alternate; each has a year of its own,
which is then sent again without a twentieth of its rows, so that nearly every figure is restated. CPU is of all processes: this
one, which stands for the API, the child, and PostgreSQL.
"""

import argparse
import asyncio
import csv
import io
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Final

import orjson

from benchmarks.cpu import cpu_seconds, parent_of
from benchmarks.servers import ROOT
from services.trajectories.activity.actions import Sent, take_file
from services.trajectories.activity.count_process import LARGE_CHILD, Counter
from services.trajectories.activity.exchange import Form, Question, question_line
from services.trajectories.activity.rules.kinds import NON_ELECTIVE
from services.trajectories.settings import Settings
from shared.auth.caller import Caller
from shared.children import child_environment
from shared.db.alembic import migrate
from shared.local.temporary import temporary_servers
from shared.registry.registry import Registry
from shared.service.app import settle_memory
from shared.service.platform import Platform, open_platform

PIECE: Final = 256 * 1024
TODAY: Final = date(2026, 1, 1)
LAST_YEAR: Final = 2024
FEWER: Final = 20
_TABLE: Final = """
    create table admission (admitted_on date, practice text, method text, discharged_on date, age integer, frailty numeric,
                            cause text)
"""
_PARTS: Final = (attrgetter("here"), attrgetter("child"), attrgetter("postgres"))
_METHODS: Final = ("21", "22", "2A", "28", "11", "12", "31")
_CAUSES: Final = ("", "", "", "W01", "W19.0", "S720")


@dataclass(frozen=True, slots=True)
class File:
    """A file that is sent."""

    form: Form
    content: bytes
    rows: int

    @property
    def question(self) -> Question:
        """How it is to be read."""
        return Question(self.form, None, TODAY)


@dataclass(slots=True)
class Spent:
    """Seconds of one piece of work: by the clock, and of CPU here, in children that ended, and in PostgreSQL."""

    wall: float = 0.0
    here: float = 0.0
    child: float = 0.0
    postgres: float = 0.0

    @property
    def cpu(self) -> float:
        """Of all processes."""
        return self.here + self.child + self.postgres


@contextmanager
def _measured(postmaster: int) -> Iterator[Spent]:
    told = Spent()
    before = _standing(postmaster)
    yield told
    told.wall, told.here, told.child, told.postgres = (
        now - was for now, was in zip(_standing(postmaster), before, strict=True)
    )


def _standing(postmaster: int) -> tuple[float, ...]:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (
        time.perf_counter(),
        time.process_time(),
        ended.ru_utime + ended.ru_stime,
        cpu_seconds(postmaster),
    )


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.activity", description=__doc__)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--form", choices=("csv", "ndjson"), default="csv")
    given = asked.parse_args()
    sys.path.insert(0, str(ROOT))
    with temporary_servers() as servers, tempfile.TemporaryDirectory() as folder:
        migrate("trajectories", servers.database_url)
        lines = asyncio.run(
            _measure(servers.database_url, Path(folder), given.rows, given.rounds, form=given.form)
        )
    sys.stdout.write("\n".join(lines) + "\n")


async def _measure(url: str, folder: Path, rows: int, rounds: int, *, form: Form) -> list[str]:
    told = {
        "environment": "test",
        "data_dir": folder,
        "redis_url": "none",
        "trajectories": {"database_url": url},
    }
    async with open_platform("trajectories", Settings.model_validate(told)) as platform:
        settle_memory()
        async with platform.database.connection() as connection:
            postmaster = parent_of(await connection.fetchval("select pg_backend_pid()"))
        found: dict[str, list[tuple[Spent, Spent]]] = {"new": [], "restated": []}
        for number in range(rounds):
            table = _admissions(platform.registry, rows, year=LAST_YEAR - number)
            copied = await _copied(platform, table, postmaster)
            content = table if form == "csv" else _as_lines(table)
            file = File(form, content, rows)
            found["new"].append((await _counted(platform, file, postmaster), copied))
            fewer = File(form, _without(content, rows // FEWER), rows - rows // FEWER)
            found["restated"].append((await _counted(platform, fewer, postmaster), copied))
        peak = _peak(folder, file)
    return [*_table(found, rows, peak), "", f"{rounds} rounds, medians. {datetime.now(UTC):%Y-%m-%d}."]


def _table(found: Mapping[str, Sequence[tuple[Spent, Spent]]], rows: int, peak: float) -> Iterator[str]:
    yield "| figures | rows | s | COPY, s | ratio | CPU, s | COPY's | ratio | API, child, PostgreSQL | to reach | child's MiB |"
    yield f"|{' --- |' * 11}"
    for name, pairs in found.items():
        parts = ", ".join(f"{statistics.median(of(pair[0]) for pair in pairs):.2f}" for of in _PARTS)
        times = f"{_middle(pairs, attrgetter('wall'))} | {_middle(pairs, attrgetter('cpu'))}"
        yield f"| {name} | {rows:,} | {times} | {parts} | 3.00 | {peak:.0f} |"


def _middle(pairs: Sequence[tuple[Spent, Spent]], of: Callable[[Spent], float]) -> str:
    counted, copied = ([of(pair[which]) for pair in pairs] for which in (0, 1))
    ratio = statistics.median(one / other for one, other in zip(counted, copied, strict=True))
    return f"{statistics.median(counted):.2f} | {statistics.median(copied):.2f} | **{ratio:.2f}**"


async def _counted(platform: Platform, file: File, postmaster: int) -> Spent:
    counter = Counter(None, asyncio.Semaphore(1))
    caller = Caller("benchmark", frozenset())
    with _measured(postmaster) as told:
        counted, sha256 = await counter.count(_pieces(file.content), file.question, size=len(file.content))
        async with platform.transaction() as session:
            sent = Sent(caller, NON_ELECTIVE, file.form, counted, sha256, platform.clock())
            submission = await take_file(session, sent)
    if submission.status != "accepted" or submission.rows_read != file.rows:
        raise SystemExit(f"the file was not taken: {submission.errors[:3]}")
    return told


# A child counts what its parent held as its own, so a small parent starts it.
_SMALL_PARENT: Final = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", sys.argv[1]], stdin=sys.stdin, stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def _peak(folder: Path, file: File) -> float:
    """The most memory that the child held while it counted a file, in MiB."""
    kept = folder / "admissions"
    kept.write_bytes(question_line(file.question, None) + file.content)
    words = [sys.executable, "-c", _SMALL_PARENT, LARGE_CHILD]
    with kept.open("rb") as opened:
        told = subprocess.run(
            words, stdin=opened, capture_output=True, text=True, check=True, env=child_environment()
        )
    return int(told.stdout) / 1024


async def _copied(platform: Platform, content: bytes, postmaster: int) -> Spent:
    async with platform.database.connection() as connection:
        await connection.execute("drop table if exists admission")
        await connection.execute(_TABLE)
        await connection.execute("set statement_timeout = 0")
        with _measured(postmaster) as told:
            await connection.copy_to_table(
                "admission", source=io.BytesIO(content), format="csv", header=True, timeout=120
            )
        return told


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), PIECE):
        yield content[at : at + PIECE]


def _without(content: bytes, rows: int) -> bytes:
    """A file without its last rows."""
    return b"\n".join(content.rstrip(b"\n").split(b"\n")[:-rows]) + b"\n"


def _admissions(registry: Registry, rows: int, *, year: int) -> bytes:
    """A year of admissions of every practice of the registry, and of those known outside."""
    invent = random.Random(year)  # noqa: S311 -- invented data
    codes = [one.code for one in registry.file.practices]
    codes += [one.code for one in registry.file.outside_practices]
    out = io.StringIO()
    out.write("admitted_on,practice,method,discharged_on,age,frailty,cause\n")
    for _ in range(rows):
        day = date(year, 1, 1) + timedelta(invent.randrange(365))
        cells = (
            day,
            invent.choice(codes),
            invent.choice(_METHODS),
            day + timedelta(invent.randrange(12)),
            invent.randrange(100),
            invent.randrange(300) / 10,
            invent.choice(_CAUSES),
        )
        out.write(",".join(map(str, cells)) + "\n")
    return out.getvalue().encode()


def _as_lines(table: bytes) -> bytes:
    """The same rows as JSON lines: numbers as numbers, blanks left out."""
    names, *rows = csv.reader(io.StringIO(table.decode()))
    numbers = {"age": int, "frailty": float}
    records = (
        {name: numbers.get(name, str)(cell) for name, cell in zip(names, row, strict=True) if cell}
        for row in rows
    )
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


if __name__ == "__main__":
    main()
