"""The supervisor: what dies is started again, what is stopped stays stopped, and nothing outlives it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from shared.local import LocalError
from shared.local.directory import ROOT
from shared.local.processes import Program
from shared.local.processes import main as guard
from shared.local.supervisor import Supervisor, Unit

SLEEPER = ("/bin/sleep", "600")


@pytest.fixture
async def said() -> list[str]:
    return []


@pytest.fixture
async def supervisor(said: list[str]) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(said.append)
    yield supervisor
    await supervisor.stop()


def program(tmp_path: Path, *command: str) -> Program:
    return Program(name="a program", command=command, log=tmp_path / "program.log")


async def until(condition: Callable[[], object]) -> None:
    """Waits for something another process does; the test fails when it takes half a minute."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - other processes set no event of ours
            await asyncio.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not yet collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_a_killed_program_is_started_again(
    tmp_path: Path, supervisor: Supervisor, said: list[str]
) -> None:
    unit = Unit(program(tmp_path, *SLEEPER), tier=1)
    await supervisor.start(unit)
    assert unit.process is not None
    first = unit.process.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: unit.process is not None and unit.process.pid != first and is_alive(unit.process.pid))
    assert said == ["a program ended (SIGKILL); starting it again"]


async def test_what_a_dead_program_left_in_its_session_is_ended_before_the_next_start(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    script = f"/bin/sleep 600 & echo $! >> {tmp_path}/children; wait"
    unit = Unit(program(tmp_path, "/bin/sh", "-c", script), tier=1)
    await supervisor.start(unit)
    children = tmp_path / "children"
    await until(children.exists)
    await until(lambda: children.read_text().strip())
    orphan = int(children.read_text())
    assert unit.process is not None
    unit.process.kill()
    await until(lambda: not is_alive(orphan))


async def test_a_program_that_cannot_start_is_said_with_the_end_of_its_log(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    unit = Unit(
        program(tmp_path, "/bin/sh", "-c", "echo the disk is upside down; exit 3"), tier=1, ready=never
    )
    with pytest.raises(LocalError, match=r"(?s)a program could not start\..*the disk is upside down"):
        await supervisor.start(unit)


async def test_a_program_that_may_fail_at_first_is_tried_again(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    script = f"test -e {tmp_path}/second || {{ touch {tmp_path}/second; exit 1; }}; touch {tmp_path}/up; exec sleep 600"

    async def ready(_pid: int) -> bool:
        return (tmp_path / "up").exists()

    unit = Unit(program(tmp_path, "/bin/sh", "-c", script), tier=1, ready=ready, may_fail_first=True)
    await supervisor.start(unit)
    assert unit.was_ready


async def test_the_last_tier_is_stopped_first(tmp_path: Path, said: list[str]) -> None:
    supervisor = Supervisor(said.append)
    ended = tmp_path / "ended"
    for tier in (1, 2, 3):
        script = f"trap 'echo {tier} >> {ended}; exit 0' TERM; touch {tmp_path}/{tier}; while :; do sleep 0.01; done"

        async def ready(_pid: int, tier: int = tier) -> bool:
            return (tmp_path / str(tier)).exists()

        await supervisor.start(Unit(program(tmp_path, "/bin/sh", "-c", script), tier=tier, ready=ready))
    await supervisor.stop()
    assert ended.read_text().split() == ["3", "2", "1"]
    assert said == []


async def test_a_failed_errand_is_said_and_a_good_one_is_not(tmp_path: Path, supervisor: Supervisor) -> None:
    await supervisor.run_once(program(tmp_path, "/bin/sh", "-c", "exit 0"))
    with pytest.raises(LocalError, match="a program failed"):
        await supervisor.run_once(program(tmp_path, "/bin/sh", "-c", "exit 1"))


PARENT = """
import asyncio, sys
from pathlib import Path
from shared.local.processes import Program
from shared.local.supervisor import Supervisor, Unit

async def main():
    supervisor = Supervisor(print)
    folder = Path(sys.argv[1])
    for number in range(3):
        unit = Unit(Program(name="sleeper", command=("/bin/sleep", "600"), log=folder / "log"), tier=1)
        await supervisor.start(unit)
        print(unit.process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
async def test_children_do_not_outlive_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(  # noqa: ASYNC220 - starts at once
        [sys.executable, "-P", "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout is not None
    children = [int(parent.stdout.readline()) for _ in range(3)]
    assert all(is_alive(child) for child in children)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    await until(lambda: not any(is_alive(child) for child in children))


def test_the_guardian_ends_what_is_still_listed_when_its_pipe_closes() -> None:
    left, forgotten = (subprocess.Popen(SLEEPER) for _ in range(2))
    term = int(signal.SIGTERM)
    guard([f"+{left.pid} {term}\n", f"+{forgotten.pid} {term}\n", f"-{forgotten.pid} 0\n"])
    assert left.wait(30) == -signal.SIGTERM
    assert forgotten.poll() is None
    forgotten.kill()
    forgotten.wait()


async def never(_pid: int) -> bool:
    return False
