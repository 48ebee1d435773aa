"""`python -m benchmarks.activity [--rows 1000000] [--rounds 3]`: admissions counted in, beside the COPY of the same rows.

The work is what a post does: a child counts the file as it comes, then cells and submission are written in one transaction.
The limit is a COPY of the same file into a table with a column for each of its own. Rounds alternate.
"""

import argparse
import asyncio
import io
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.servers import ROOT
from services.trajectories.activity.actions import Sent, take_file
from services.trajectories.activity.count_process import LARGE_CHILD, Counter
from services.trajectories.activity.exchange import Question, question_line
from services.trajectories.activity.rules.kinds import NON_ELECTIVE
from services.trajectories.settings import Settings
from shared.auth.caller import Caller
from shared.children import child_environment
from shared.db.alembic import migrate
from shared.local.temporary import temporary_servers
from shared.registry.registry import Registry
from shared.service.platform import Platform, open_platform

PIECE: Final = 256 * 1024
QUESTION: Final = Question("csv", None, date(2026, 1, 1))
_TABLE: Final = """
    create table admission (admitted_on date, practice text, method text, discharged_on date, age integer, frailty numeric,
                            cause text)
"""
_METHODS: Final = ("21", "22", "2A", "28", "11", "12", "31")
_CAUSES: Final = ("", "", "", "W01", "W19.0", "S720")


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.activity", description=__doc__)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args()
    sys.path.insert(0, str(ROOT))
    with temporary_servers() as servers, tempfile.TemporaryDirectory() as folder:
        migrate("trajectories", servers.database_url)
        lines = asyncio.run(_measure(servers.database_url, Path(folder), given.rows, given.rounds))
    sys.stdout.write("\n".join(lines) + "\n")


async def _measure(url: str, folder: Path, rows: int, rounds: int) -> list[str]:
    told = {
        "environment": "test",
        "data_dir": folder,
        "redis_url": "none",
        "trajectories": {"database_url": url},
    }
    async with open_platform("trajectories", Settings.model_validate(told)) as platform:
        pairs = []
        for number in range(rounds):
            content = _admissions(platform.registry, rows, seed=number)
            copied = await _copied(platform, content)
            pairs.append((await _counted(platform, content, rows), copied))
        peak = _peak(folder, _admissions(platform.registry, rows, seed=0))
    counted, copied = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    return [
        "| rows | counted and written, s | COPY, s | ratio | to reach | child's peak, MiB |",
        "| --- | --- | --- | --- | --- | --- |",
        f"| {rows:,} | {counted:.2f} | {copied:.2f} | **{ratio:.2f}** | 3.00 | {peak:.0f} |",
        "",
        f"{rounds} rounds, medians. {datetime.now(UTC):%Y-%m-%d}.",
    ]


async def _counted(platform: Platform, content: bytes, rows: int) -> float:
    counter = Counter(None, asyncio.Semaphore(1))
    caller = Caller("benchmark", frozenset())
    began = time.perf_counter()
    counted, sha256 = await counter.count(_pieces(content), QUESTION, size=len(content))
    async with platform.transaction() as session:
        sent = Sent(caller, NON_ELECTIVE, "csv", counted, sha256, platform.clock())
        submission = await take_file(session, sent)
    took = time.perf_counter() - began
    if submission.status != "accepted" or submission.rows_read != rows:
        raise SystemExit(f"the file was not taken: {submission.errors[:3]}")
    return took


# A child counts what its parent held as its own, so a small parent starts it.
_SMALL_PARENT: Final = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", sys.argv[1]], stdin=sys.stdin, stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def _peak(folder: Path, content: bytes) -> float:
    """The most memory that the child held while it counted a file, in MiB."""
    file = folder / "admissions.csv"
    file.write_bytes(question_line(QUESTION, None) + content)
    words = [sys.executable, "-c", _SMALL_PARENT, LARGE_CHILD]
    with file.open("rb") as opened:
        told = subprocess.run(
            words, stdin=opened, capture_output=True, text=True, check=True, env=child_environment()
        )
    return int(told.stdout) / 1024


async def _copied(platform: Platform, content: bytes) -> float:
    async with platform.database.connection() as connection:
        await connection.execute("drop table if exists admission")
        await connection.execute(_TABLE)
        await connection.execute("set statement_timeout = 0")
        began = time.perf_counter()
        await connection.copy_to_table(
            "admission", source=io.BytesIO(content), format="csv", header=True, timeout=120
        )
        return time.perf_counter() - began


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), PIECE):
        yield content[at : at + PIECE]


def _admissions(registry: Registry, rows: int, *, seed: int) -> bytes:
    """A year of admissions of every practice of the registry, and of those known outside."""
    invent = random.Random(seed)  # noqa: S311 -- invented data
    codes = [one.code for one in registry.file.practices]
    codes += [one.code for one in registry.file.outside_practices]
    out = io.StringIO()
    out.write("admitted_on,practice,method,discharged_on,age,frailty,cause\n")
    for _ in range(rows):
        day = date(2024, 1, 1) + timedelta(invent.randrange(365))
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


if __name__ == "__main__":
    main()
