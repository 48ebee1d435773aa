"""Starting a child process that logs to a file, passes on only what it should, and dies with us."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared.local.accounts import Account

PR_SET_PDEATHSIG = 1  # linux/prctl.h


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
        if os.getppid() != parent:
            os._exit(1)

    return tie
