"""Ends our children when we die without a word, where the kernel has no parent-death signal (macOS).

A small process holds the reading end of a pipe. Children are told to it by line; when the pipe closes, because its
writer ended in whatever way, it sends each child still listed its death signal.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress

from shared.local.directory import ROOT


class Guardian:
    """The pipe to the watching process. On Linux there is none: each child asks the kernel itself."""

    def __init__(self, *, needed: bool = sys.platform != "linux") -> None:
        self._process: subprocess.Popen[bytes] | None = None
        if needed:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "shared.local.guardian"],
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


if __name__ == "__main__":
    main(sys.stdin)
