"""`python -m benchmarks [--seconds 4] [--rounds 5]`: each work of the budget and its limit in turn, and the table of ratios.

Both sides are one uvicorn process on the same throwaway PostgreSQL, driven by the same generator in this process. Bursts
alternate, A B A B …, so that a machine whose speed drifts slows both; the ratio is the median of the rounds' ratios.
"""

import argparse
import asyncio
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.bodies import (
    etag_request,
    insert_requests,
    intake_requests,
    performance_request,
    row_requests,
)
from benchmarks.load import Burst, burst, request
from benchmarks.servers import Bench, open_bench

WARM_UP_SECONDS = 1.0
HALF, THIRD = 0.5, 1 / 3


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: where it listens, what is sent, and the process whose CPU time is read."""

    port: int
    requests: Callable[[], Iterator[bytes]]
    pid: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of the budget: the work, the limit beside it, and the ratio of rates to reach."""

    name: str
    budget: float
    work: Side
    limit: Side


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: medians over the rounds. Latencies in ms, CPU in microseconds an answer."""

    name: str
    budget: float
    rate: float
    limit_rate: float
    ratio: float
    p99: float
    p99_ratio: float
    cpu: float
    limit_cpu: float

    def __str__(self) -> str:
        """The line as the table shows it."""
        return (
            f"| {self.name} | {self.rate:,.0f} | {self.limit_rate:,.0f} | **{self.ratio:.2f}** | {self.budget:.2f} "
            f"| {self.p99:.1f} | {self.p99_ratio:.2f} | {self.cpu:.0f} | {self.limit_cpu:.0f} |"
        )


HEAD = (
    "| work | rate /s | limit /s | ratio | to reach | p99 ms | p99 ratio | CPU µs | limit CPU µs |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


async def measure(comparison: Comparison, *, seconds: float, rounds: int) -> Line:
    """Run the two in turn; raises SystemExit when any answer is not a success."""
    for side in (comparison.work, comparison.limit):
        await _burst(side, seconds=WARM_UP_SECONDS)
    pairs = [
        (await _timed(comparison.work, seconds=seconds), await _timed(comparison.limit, seconds=seconds))
        for _ in range(rounds)
    ]
    work, limit = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return Line(
        comparison.name,
        comparison.budget,
        statistics.median(one.rate for one, _ in work),
        statistics.median(one.rate for one, _ in limit),
        statistics.median(a.rate / b.rate for (a, _), (b, _) in pairs),
        statistics.median(one.percentile(0.99) for one, _ in work),
        statistics.median(a.percentile(0.99) / b.percentile(0.99) for (a, _), (b, _) in pairs),
        statistics.median(cpu for _, cpu in work),
        statistics.median(cpu for _, cpu in limit),
    )


async def _timed(side: Side, *, seconds: float) -> tuple[Burst, float]:
    before = cpu_seconds(side.pid)
    result = await _burst(side, seconds=seconds)
    return result, 1_000_000 * (cpu_seconds(side.pid) - before) / len(result.latencies)


async def _burst(side: Side, *, seconds: float) -> Burst:
    result = await burst(side.port, side.requests(), seconds=seconds)
    refused = {status: count for status, count in result.statuses.items() if status not in {200, 201, 304}}
    if refused:
        raise SystemExit(f"the server refused what it should have taken: {refused}")
    return result


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, in seconds (Linux)."""
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 -- a pseudo-file
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def comparisons(bench: Bench) -> list[Comparison]:
    """The lines of the budget that this release has."""
    performance = performance_request(bench.analyst)
    conditional = etag_request(bench.trajectories.port, bench.analyst)
    static = request("GET", "/static", [])
    listed = request("GET", "/v1/referrals?icc=kendal", [("Authorization", f"Bearer {bench.case_manager}")])
    rows = request("GET", "/rows", [])
    worked = request("GET", "/v1/worklists/kendal", [("Authorization", f"Bearer {bench.case_manager}")])
    soonest = request("GET", "/soonest", [])
    limit, referrals, trajectories = bench.limit, bench.referrals, bench.trajectories
    return [
        Comparison(
            "list of 50 out of 5,000",  # first, while there are no more
            HALF,
            Side(referrals.port, lambda: _again(listed), referrals.pid),
            Side(limit.port, lambda: _again(rows), limit.pid),
        ),
        Comparison(
            "worklist of 50 out of 5,000",
            HALF,
            Side(referrals.port, lambda: _again(worked), referrals.pid),
            Side(limit.port, lambda: _again(soonest), limit.pid),
        ),
        Comparison(
            "intake, `POST /v1/referrals`",
            HALF,
            Side(referrals.port, lambda: intake_requests(bench.practice), referrals.pid),
            Side(limit.port, insert_requests, limit.pid),
        ),
        Comparison(
            "read by id with its audit row",
            HALF,
            Side(
                referrals.port, lambda: row_requests(bench.referral_paths, bench.case_manager), referrals.pid
            ),
            Side(limit.port, lambda: row_requests(bench.limit_paths, None), limit.pid),
        ),
        Comparison(
            "performance, 8 communities × 24 months",
            THIRD,
            Side(trajectories.port, lambda: _again(performance), trajectories.pid),
            Side(limit.port, lambda: _again(static), limit.pid),
        ),
        Comparison(
            "performance with a matching ETag",
            HALF,
            Side(trajectories.port, lambda: _again(conditional), trajectories.pid),
            Side(limit.port, lambda: _again(static), limit.pid),
        ),
    ]


def _again(one: bytes) -> Iterator[bytes]:
    while True:
        yield one


async def run(*, seconds: float, rounds: int) -> None:
    """Start everything, measure every line, print the table."""
    async with open_bench() as bench:
        print(HEAD)
        for comparison in comparisons(bench):
            print(await measure(comparison, seconds=seconds, rounds=rounds), flush=True)
        print(f"\n{rounds} rounds of {seconds:g} s a side, 16 connections, medians. {bench.machine}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    asyncio.run(run(seconds=given.seconds, rounds=given.rounds))
