"""Children of our own processes: with the same Python, the same path and nothing else; and no privileges to come.

Standard library only. Where a service runs under an account that may not pass the folders above its Python, the supervisor
holds them open for it (`HELD`), and a child of its own needs them too.
"""

import ctypes
import os
import sys
from pathlib import Path

HELD = "ICC_HELD_FOLDERS"
"""The numbers of the folders that are held open, separated by commas."""
LIBRARIES = "LD_LIBRARY_PATH"
_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS of linux/prctl.h


def child_environment() -> dict[str, str]:
    """The whole environment of a child: where its modules are."""
    path = os.pathsep.join(part or str(Path.cwd()) for part in sys.path)
    names = (HELD, LIBRARIES) if HELD in os.environ else ()
    held = {name: os.environ[name] for name in names if name in os.environ}
    return {"PYTHONPATH": path, "LANG": "C.UTF-8"} | held


def held_folders() -> tuple[int, ...]:
    """The descriptors that a child must be handed, for `pass_fds`."""
    return tuple(int(number) for number in os.environ.get(HELD, "").split(",") if number)


def gain_no_privileges() -> None:
    """From now on no program that this process or a child of it becomes gives it more rights than it has (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
