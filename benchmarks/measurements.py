"""`python -m benchmarks.measurements [--seconds 4] [--rounds 5] [--lines 100000]`: measurements one by one, and as one batch.

One by one: `POST /v1/measurements` beside a worker that validates the same body and inserts a row. As a batch: seconds, CPU and
peak memory of the process, beside the COPY of the same rows into the same table with its constraints; then a summary of all of them.
"""

import argparse
import asyncio
import itertools
import json
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import httpx

from benchmarks.__main__ import HALF, HEAD, Comparison, Side, measure
from benchmarks.bodies import nhs_numbers
from benchmarks.load import request
from benchmarks.servers import Server, databases, limit_beside, serve, tokens_of
from services.outcomes.measurements.statement import COLUMNS
from shared.local.temporary import temporary_servers

PATH = "/v1/measurements"
SUMMARY = "/v1/measurement-summaries?instrument=swemwbs&icc=kendal&from=2026-01-01&to=2026-06-30"
BATCH_SECONDS = 600.0
ASKED_TIMES = 20


def measurement(number: str, **changed: object) -> dict[str, object]:
    """A first SWEMWBS of an invented person."""
    return {
        "person": {"nhs_number": number, "birth_year": 1938},
        "instrument": "swemwbs",
        "items": [3, 4, 2, 3, 3, 4, 3],
        "taken_on": "2026-06-20",
        "occasion": "first",
        "mode": "self",
        "icc": "kendal",
        **changed,
    }


def posts(path: str, token: str | None) -> Iterator[bytes]:
    """Measurements of new people under new keys, for ever. token: None for the limit, which asks for none."""
    headers = [("Authorization", f"Bearer {token}")] if token else []
    for episode in itertools.count():
        for number in itertools.islice(nhs_numbers(), 2000):
            body = json.dumps(measurement(number, episode=f"{secrets.token_hex(4)}-{episode}")).encode()
            yield request("POST", path, [*headers, ("Idempotency-Key", secrets.token_hex(16))], body)


def lines(count: int) -> bytes:
    """A batch: of each two lines a first and its repeat, every line with a key of its own."""
    numbers = list(itertools.islice(_many_numbers(), (count + 1) // 2))
    bodies = (
        measurement(number, occasion=occasion, taken_on=day, key=secrets.token_hex(8))
        for number in numbers
        for occasion, day in (("first", "2026-03-01"), ("repeat", "2026-06-01"))
    )
    return b"".join(json.dumps(body).encode() + b"\n" for body in itertools.islice(bodies, count))


def _many_numbers() -> Iterator[str]:
    """More valid numbers than `bodies` has in its range: without its prefix, from 4 on."""
    for first in itertools.count(400_000_000):
        weighted = sum(
            int(digit) * weight for digit, weight in zip(str(first), range(10, 1, -1), strict=True)
        )
        check = 11 - weighted % 11
        if check != 10:
            yield f"{first}{check % 11}"


def peak_mebibytes(pid: int) -> float:
    """The most memory that a process ever had (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def cpu_seconds(pid: int) -> float:
    """The CPU that a process took (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def batch(server: Server, token: str, dsn: str, *, count: int) -> str:
    """Send one batch, then copy the rows that it made into an equal table."""
    content, before, cpu = lines(count), peak_mebibytes(server.pid), cpu_seconds(server.pid)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    async with httpx.AsyncClient(timeout=BATCH_SECONDS, trust_env=False) as client:
        begun = time.perf_counter()
        url = f"http://127.0.0.1:{server.port}{PATH}/batch"
        answer = await client.post(url, content=content, headers=headers)
        took = time.perf_counter() - begun
    stored = sum("id" in json.loads(line) for line in answer.text.splitlines())
    if stored != count:
        raise SystemExit(f"{answer.status_code}: {stored} of {count} lines were stored")
    peak, cpu = peak_mebibytes(server.pid), cpu_seconds(server.pid) - cpu
    copied = await _copy(dsn)
    return (
        f"{count:,} lines ({len(content) / 2**20:.0f} MiB) stored in {took:.1f} s, beside {copied:.2f} s for the COPY of their rows; "
        f"{cpu:.1f} s of CPU and at most {peak:.0f} MiB in the process, {before:.0f} before"
    )


async def summary(server: Server, token: str) -> str:
    """Ask for a summary of the whole batch again and again."""
    took = []
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{server.port}", timeout=BATCH_SECONDS, trust_env=False
    ) as client:
        for _ in range(ASKED_TIMES):
            begun = time.perf_counter()
            answer = await client.get(SUMMARY, headers={"Authorization": f"Bearer {token}"})
            took.append((time.perf_counter() - begun) * 1000)
    n = answer.json()["paired"]["n"]
    return f"a summary of {n:,} pairs in {statistics.median(took):.0f} ms (median), {min(took):.0f} at best, {max(took):.0f} at worst"


async def _copy(dsn: str) -> float:
    """Seconds to copy all measurements into an empty table with the same constraints and indexes."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(f"select {', '.join(COLUMNS)} from measurement order by id")  # noqa: S608 -- our names
        await connection.execute("create table copied (like measurement including all)")
        begun = time.perf_counter()
        await connection.copy_records_to_table("copied", columns=list(COLUMNS), records=map(tuple, rows))
        return time.perf_counter() - begun
    finally:
        await connection.close()


async def run(*, seconds: float, rounds: int, count: int) -> None:
    """Start everything, measure both, print."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="icc-benchmark-")))
        servers = stack.enter_context(temporary_servers())
        dsn = await asyncio.to_thread(databases, servers, "outcomes", "limit")
        token = tokens_of(directory / "data")["case-manager"]
        outcomes = stack.enter_context(serve("outcomes", servers, dsn["outcomes"], directory))
        static = directory / "static.json"
        static.write_bytes(b"{}")
        limit = stack.enter_context(limit_beside(dsn["limit"], static, directory))
        one = Comparison(
            "measurement, `POST /v1/measurements`",
            HALF,
            Side(outcomes.port, lambda: posts(PATH, token), outcomes.pid),
            Side(limit.port, lambda: posts("/measurement", None), limit.pid),
        )
        print(f"{HEAD}\n{await measure(one, seconds=seconds, rounds=rounds)}\n", flush=True)
        print(await batch(outcomes, token, dsn["outcomes"], count=count), flush=True)
        print(await summary(outcomes, token))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measurements", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lines", type=int, default=100_000)
    given = parser.parse_args()
    asyncio.run(run(seconds=given.seconds, rounds=given.rounds, count=given.lines))
