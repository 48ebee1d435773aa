"""`python -m benchmarks.whole_system [--seconds 10] [--root DIR]`: the CPU that an intake costs in every process of `icc up`.

API, workers, PostgreSQL and Valkey, from one practice whose month grows. `--root` measures another checkout the same way, with
its own environment, so that two states of the code are compared in one run.
"""

import argparse
import asyncio
import http.client
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.bodies import PRACTICE, intake_requests
from benchmarks.load import burst
from benchmarks.servers import ROOT
from shared.local.ports import free_port

CONNECTIONS = 16
WARM_UP_SECONDS, SETTLE_SECONDS = 2.0, 3.0
KINDS = ("referrals api", "referrals worker", "postgres", "valkey", "outcomes", "trajectories")
_TICK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print milliseconds of CPU an intake, by process and in all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole_system", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--root", type=Path, default=ROOT)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="icc-benchmark-") as folder:
        directory = Path(folder)
        directory.chmod(0o711)  # as root, PostgreSQL's own account has to reach it
        with _system(given.root, directory / "data") as (port, pid, token):
            asyncio.run(burst(port, intake_requests(token), seconds=WARM_UP_SECONDS, connections=CONNECTIONS))
            time.sleep(SETTLE_SECONDS)
            before = cpu_by_kind(pid)
            done = asyncio.run(
                burst(port, intake_requests(token), seconds=given.seconds, connections=CONNECTIONS)
            )
            time.sleep(SETTLE_SECONDS)  # what came in is sealed, counted and pulled
            after = cpu_by_kind(pid)
    intakes = len(done.latencies)
    sys.stdout.write(f"{intakes} intakes, {done.rate:,.0f} a second, statuses {done.statuses}\n")
    total = 0.0
    for kind in KINDS:
        milliseconds = 1000 * (after[kind] - before[kind]) / intakes
        total += milliseconds
        sys.stdout.write(f"{kind:<18}{milliseconds:.3f} ms\n")
    sys.stdout.write(
        f"{'all':<18}{total:.3f} ms an intake: {1000 / total:,.0f} creates for each CPU-second\n"
    )


@contextmanager
def _system(root: Path, data: Path) -> Iterator[tuple[int, int, str]]:
    """A running `icc up`: the port of referrals, the supervisor's pid, a practice system's token."""
    port = next(first for first in (free_port() for _ in itertools.count()) if first < 60_000)
    python = root / ".venv" / "bin" / "python"
    environment = {**os.environ, "PYTHONPATH": str(root), "ICC_DATA_DIR": str(data), "ICC_PORT": str(port)}
    command = [str(python), "-P", "-m", "shared.cli"]
    data.mkdir()
    process = subprocess.Popen(
        [*command, "up"],
        env=environment,
        cwd=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        lines = iter(process.stdout or ())
        if not any(line.strip() == "ready" for line in lines):
            raise SystemExit("the system did not start")
        asked = [*command, "token", "--role", "practice-system", "--org", PRACTICE]
        token = subprocess.check_output(asked, env=environment, cwd=data, text=True).strip()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/health/ready")
        connection.getresponse().read()
        yield port, process.pid, token
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=60)


def cpu_by_kind(supervisor: int) -> dict[str, float]:
    """CPU seconds of every process below the supervisor, ended children included, by kind."""
    parents, spent, lines = {}, {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                pid = int(entry.name)
                parents[pid] = int(fields[1])
                spent[pid] = sum(int(one) for one in fields[11:15]) / _TICK
                lines[pid] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    totals: dict[str, float] = defaultdict(float)
    for pid, parent in parents.items():
        above = parent
        while above not in {supervisor, 0, 1} and above in parents:
            above = parents[above]
        if above == supervisor:
            line = lines[pid].replace("services.", "").replace("postgres:", "postgres")
            totals[next((kind for kind in KINDS if kind in line), "other")] += spent[pid]
    return totals


if __name__ == "__main__":
    main()
