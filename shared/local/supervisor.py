"""Keeps programs running: starts them in order, waits until they are ready, restarts what dies, stops in reverse."""

import asyncio
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from shared.local import LocalError
from shared.local.processes import Guardian, Program, kill_session, spawn

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
STEADY_SECONDS = 20.0  # a program that ran this long starts again at once when it dies
PROBE_PAUSE_SECONDS = 0.03
STOP_SECONDS = 25.0  # a worker gives its running jobs 20 s to end, an API its requests 10 s
LOG_LINES_SHOWN = 3

Ready = Callable[[int], Awaitable[bool]]


async def always_ready(_pid: int) -> bool:
    """For programs that are ready once they run."""
    return True


@dataclass(slots=True)
class Unit:
    """A program under supervision.

    ready: asked with its pid until it says yes.   patience: how long that may take at the first start.
    may_fail_first: it may end with an error and be tried again within its patience before it was ever ready
    (PostgreSQL after SIGKILL: orphans hold the cluster for seconds). on_exit: is called with the pid of each process that ended.
    """

    program: Program
    tier: int
    ready: Ready = always_ready
    patience: timedelta = timedelta(seconds=60)
    may_fail_first: bool = False
    on_exit: Callable[[int], None] | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    keeper: asyncio.Task[None] | None = field(default=None, init=False)
    was_ready: bool = field(default=False, init=False)


class Supervisor:
    """Owns the children of this process. Use it inside a running event loop, from the main thread."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._units: list[Unit] = []
        self._stopping = False
        self._child_ended = asyncio.Event()
        self._guardian = Guardian()
        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._wake)

    async def start(self, unit: Unit) -> None:
        """Starts a program, keeps it running from now on, and returns when it is ready. Raises LocalError."""
        self._units.append(unit)
        unit.keeper = asyncio.create_task(self._keep(unit))
        deadline = time.monotonic() + unit.patience.total_seconds()
        while not unit.was_ready:
            if unit.keeper.done():
                raise LocalError(f"{unit.program.name} could not start. {_said_last(unit.program.log)}")
            if time.monotonic() > deadline:
                seconds = int(unit.patience.total_seconds())
                raise LocalError(
                    f"{unit.program.name} was not ready in {seconds} s. {_said_last(unit.program.log)}"
                )
            process = unit.process
            if process is not None and process.poll() is None and await unit.ready(process.pid):
                unit.was_ready = True
            else:
                await asyncio.sleep(PROBE_PAUSE_SECONDS)

    async def run_once(self, program: Program) -> None:
        """Runs a program to its end. Raises LocalError when it fails."""
        unit = Unit(program, tier=max((unit.tier for unit in self._units), default=0) + 1)
        self._units.append(unit)
        unit.process = self._spawn(program)
        await self._exit_of(unit.process)
        self._units.remove(unit)
        if unit.process.returncode != 0:
            raise LocalError(f"{program.name} failed. {_said_last(program.log)}")

    async def drop(self, unit: Unit) -> None:
        """Gives up one program: stops it and forgets it."""
        if unit.keeper is not None:
            unit.keeper.cancel()
        await self._stop(unit)
        self._units.remove(unit)

    async def stop(self) -> None:
        """Stops everything, the last tier first; within a tier all at once. Safe to call twice."""
        self._stopping = True
        for unit in self._units:
            if unit.keeper is not None:
                unit.keeper.cancel()
        for tier in sorted({unit.tier for unit in self._units}, reverse=True):
            await asyncio.gather(*(self._stop(unit) for unit in self._units if unit.tier == tier))
        asyncio.get_running_loop().remove_signal_handler(signal.SIGCHLD)
        self._guardian.close()

    def kill(self) -> None:
        """Ends everything at once, for the person who presses Ctrl-C again."""
        for unit in self._units:
            if unit.process is not None and unit.process.poll() is None:
                kill_session(unit.process)

    async def _keep(self, unit: Unit) -> None:
        """Runs a program again and again, with pauses that grow while it keeps dying young."""
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping:
            started = time.monotonic()
            code = await self._run(unit)
            if not unit.was_ready and code > 0 and not unit.may_fail_first:
                return
            if time.monotonic() - started > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            if unit.was_ready:
                self._say(f"{unit.program.name} ended ({_ending(code)}); starting it again")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _run(self, unit: Unit) -> int:
        """Runs a program once and tidies up after it; its exit code."""
        try:
            process = unit.process = self._spawn(unit.program)
        except OSError as error:
            self._say(f"{unit.program.name} cannot be started: {error}")
            return 1
        code = await self._exit_of(process)
        self._guardian.forget(process.pid)
        # What the dead process left behind in its session goes too, before it is started again.
        kill_session(process)
        if unit.on_exit is not None:
            unit.on_exit(process.pid)
        return code

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        process = spawn(program)
        self._guardian.watch(process.pid, program.death_signal)
        return process

    async def _stop(self, unit: Unit) -> None:
        process = unit.process
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(unit.program.stop_signal)
            try:
                await asyncio.wait_for(self._exit_of(process), STOP_SECONDS)
            except TimeoutError:
                self._say(f"{unit.program.name} did not stop in {STOP_SECONDS:.0f} s; ending it")
        kill_session(process)
        await self._exit_of(process)
        self._guardian.forget(process.pid)

    async def _exit_of(self, process: subprocess.Popen[bytes]) -> int:
        """The exit code of a child, minus the signal's number when one ended it."""
        while (code := process.poll()) is None:
            await self._child_ended.wait()
        return code

    def _wake(self) -> None:
        ended, self._child_ended = self._child_ended, asyncio.Event()
        ended.set()


def _ending(code: int) -> str:
    """How a process ended, in words."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def _said_last(log: Path) -> str:
    """The last lines of a log and where the rest is."""
    try:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    except OSError:
        lines = []
    shown = "\n".join(f"  {line[:300]}" for line in lines[-LOG_LINES_SHOWN:])
    return f"Its log is {log}" + (f", which ends:\n{shown}" if shown else " and is empty.")
