"""The CPU that processes have taken, as Linux counts it: what a loaded machine does not change."""

import os
import time
from pathlib import Path
from typing import Final

_TICK: Final = os.sysconf("SC_CLK_TCK")


def parent_of(pid: int) -> int:
    """The process that made a process."""
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def cpu_seconds(pid: int) -> float:
    """CPU seconds of a process, of its children, and of those that ended; of this process alone where it is this."""
    if pid == os.getpid():
        return time.process_time()
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(entry.name) == pid:
                total += sum(int(one) for one in fields[11:15])
            elif int(fields[1]) == pid:
                total += sum(int(one) for one in fields[11:13])
    return total / _TICK
