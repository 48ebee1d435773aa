"""The whole system as an operator starts it: one command, real processes, and ways to kill them."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

from tests.support.databases import run_sql
from tests.support.ports import free_ports
from tests.support.running import bearer

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")

_SHOWN_BYTES = re.compile(r"\\\\x([0-9a-f]*)")
"""How a row shown as text writes bytes."""

OFFSETS = {"referrals": 0, "outcomes": 1, "trajectories": 2}
POSTGRES_OFFSET = 3
PORTS_NEEDED = 6
START_SECONDS = 90
STOP_SECONDS = 40
PAUSE_SECONDS = 0.05


def _as_text(shown: re.Match[str]) -> str:
    return bytes.fromhex(shown[1]).decode(errors="replace")


@dataclass(frozen=True)
class System:
    """A running `icc up`: where its services are, its data directory, and its processes."""

    port: int
    data_dir: Path
    process: "subprocess.Popen[str]"

    def url(self, service: str) -> str:
        """The base address of a service."""
        return f"http://127.0.0.1:{self.port + OFFSETS[service]}"

    def token(
        self, role: str, *, org: str | None = None, communities: tuple[str, ...] = ()
    ) -> dict[str, str]:
        """The Authorization header of a client in this role."""
        return bearer(self.data_dir, role, org=org, communities=communities)

    def client(self, service: str) -> httpx.AsyncClient:
        """A client of one service, over its true port."""
        return httpx.AsyncClient(base_url=self.url(service), timeout=30, verify=False)  # noqa: S501 -- plain HTTP on loopback; a TLS context costs 30 ms

    async def every_row(self, service: str) -> str:
        """Every row of every table of a service's database, as text; bytes as the text they may hold."""
        role, database = f"icc_{service}_owner", f"icc_{service}"
        password = json.loads((self.data_dir / "keys" / "servers.json").read_text())[role]
        url = f"postgresql://{role}:{password}@127.0.0.1:{self.port + POSTGRES_OFFSET}/{database}"
        tables = await run_sql(url, "select tablename from pg_tables where schemaname = 'public'")
        rows = []
        for table in tables:
            rows += await run_sql(url, f'select t::text as row from "{table["tablename"]}" t')  # noqa: S608 -- names from the catalogue
        return "\n".join(_SHOWN_BYTES.sub(_as_text, row["row"]) for row in rows)

    def logged(self, event: str) -> list[str]:
        """The log lines of every process that tell of an event."""
        logs = sorted((self.data_dir / "logs").glob("*.log*"))
        return [
            line
            for log in logs
            for line in log.read_text(errors="replace").splitlines()
            if f'"{event}"' in line
        ]

    def kill(self, *words: str) -> int:
        """SIGKILL every descendant whose command line has all these words; how many there were."""
        return self._signal(signal.SIGKILL, words)

    @contextmanager
    def frozen(self, *words: str) -> Iterator[int]:
        """Every descendant whose command line has all these words stands still for the length of the block."""
        yield self._signal(signal.SIGSTOP, words)
        self._signal(signal.SIGCONT, words)

    def _signal(self, number: signal.Signals, words: tuple[str, ...]) -> int:
        found = [
            pid for pid in descendants(self.process.pid) if all(word in command_line(pid) for word in words)
        ]
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        return len(found)

    def run(self, *words: str, seconds: float = 60) -> "subprocess.CompletedProcess[str]":
        """One `icc` command beside the running system, which may take so long."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "ICC_DATA_DIR": str(self.data_dir),
            "ICC_PORT": str(self.port),
        }
        return subprocess.run(
            [sys.executable, "-m", "shared.cli", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            cwd=self.data_dir,
        )


@contextmanager
def running_system(
    data_dir: Path, *, workers: int = 1, environment: Mapping[str, str] | None = None
) -> Iterator[System]:
    """`icc up` on free ports until the block ends; stopped as an operator stops it."""
    port = free_ports(PORTS_NEEDED)
    data_dir.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "shared.cli",
            "up",
            "--port",
            str(port),
            "--data",
            str(data_dir),
            "--workers",
            str(workers),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=data_dir,
    )
    try:
        _await_ready(process)
        yield System(port, data_dir, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _await_ready(process: "subprocess.Popen[str]") -> None:
    """Read what it prints until the line `ready`; AssertionError with all of it when it ends before."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if line.strip() == "ready":
            return
    raise AssertionError(f"the system did not start:\n{''.join(said)}")


def descendants(pid: int) -> list[int]:
    """Every process below this one, nearest first (Linux)."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(0), [])
        found += below
        waiting += below
    return found


def command_line(pid: int) -> str:
    """What the process was started with; empty when it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


async def until(check: Callable[[], Awaitable[T]], *, seconds: float = 30) -> T:
    """The first truthy answer of `check`; AssertionError with its last one when none came in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = await check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"it did not come true within {seconds:g} s; last: {answer!r}")
        await asyncio.sleep(PAUSE_SECONDS)
