"""Starting a child process that logs to a file, passes on only what it should, and dies with us."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from shared.children import gain_no_privileges
from shared.local.directory import ROOT

PR_SET_PDEATHSIG = 1  # linux/prctl.h
# PG* and locale variables of the person at the terminal would change a server, so servers get none of them.
SERVER_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
LARGEST_BYTES = 20 * 1024 * 1024
KEPT_LOGS = 3


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this system, by name and numbers."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how to end it.

    environment is the whole environment, not additions to ours. stop_signal asks for a clean end; death_signal is
    what the kernel sends when we die without a word.
    """

    name: str
    command: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path | None = None
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    sockets: tuple[int, ...] = ()


def spawn(program: Program) -> subprocess.Popen[bytes]:
    """Starts the program in a session of its own, so that Ctrl-C reaches only us and we stop things in order."""
    log = os.open(program.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    account = program.account
    try:
        return subprocess.Popen(  # noqa: S603 - only programs of ours are started
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(program.environment),
            cwd=program.directory,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            pass_fds=program.sockets,
            start_new_session=True,
            preexec_fn=_tie_to_parent(program.death_signal),  # noqa: PLW1509 - one prctl call, no locks taken
        )
    finally:
        os.close(log)


def kill_session(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL for the child and whatever it left in its session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()


def _tie_to_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    """A step for the child between fork and exec: ask Linux for a signal when the parent dies. None elsewhere."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def tie() -> None:
        # The kernel forgets the request when the user changes, so this runs after the switch of accounts.
        prctl(PR_SET_PDEATHSIG, int(death_signal))
        gain_no_privileges()
        if os.getppid() != parent:
            os._exit(1)

    return tie


class Guardian:
    """Ends our children when we die without a word, where the kernel has no parent-death signal (macOS).

    A small process holds the reading end of a pipe, and a line tells it of each child. The pipe closes when its writer
    ends, in whatever way; the process then sends each child still listed its death signal. On Linux there is no such
    process: each child asks the kernel itself.
    """

    def __init__(self, *, needed: bool = sys.platform != "linux") -> None:
        self._process: subprocess.Popen[bytes] | None = None
        if needed:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "shared.local.processes"],
                stdin=subprocess.PIPE,
                env={"PYTHONPATH": str(ROOT), "PATH": os.defpath},
                start_new_session=True,
            )

    def watch(self, pid: int, death_signal: signal.Signals) -> None:
        """From now on this child ends when we do."""
        self._tell(f"+{pid} {int(death_signal)}\n")

    def forget(self, pid: int) -> None:
        """This child has ended; its number may soon be another's."""
        self._tell(f"-{pid} 0\n")

    def close(self) -> None:
        """Ends the watch after everything else was stopped."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()

    def _tell(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.write(line.encode())
                self._process.stdin.flush()


def main(lines: Iterable[str]) -> None:
    """Follows the list of children until the pipe closes, then ends those that are left."""
    watched: dict[int, int] = {}
    for line in lines:
        pid, death_signal = (int(part) for part in line[1:].split())
        if line.startswith("+"):
            watched[pid] = death_signal
        else:
            watched.pop(pid, None)
    for pid, death_signal in reversed(watched.items()):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, death_signal)


def rotate_logs(folder: Path, *, largest: int = LARGEST_BYTES) -> None:
    """Copies every log that has grown too large to `.1`, moves the older ones on, and empties it in place.

    Children hold their file open for appending, so it is emptied rather than renamed; a line written between copy and
    cut is lost, which a log can bear and a record could not: records are rows.
    """
    for log in folder.glob("*.log"):
        if log.stat().st_size <= largest:
            continue
        for number in range(KEPT_LOGS - 1, 0, -1):
            older = log.with_name(f"{log.name}.{number}")
            if older.exists():
                older.replace(log.with_name(f"{log.name}.{number + 1}"))
        copy = log.with_name(f"{log.name}.1")
        copy.touch(mode=0o600)
        shutil.copyfile(log, copy)
        with log.open("r+b") as file:
            file.truncate(0)


if __name__ == "__main__":
    main(sys.stdin)
