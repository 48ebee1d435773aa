"""Children of our own processes: with the same Python, the same path and nothing else; and no privileges to come.

Standard library only. Where a service runs under an account that may not pass the folders above its Python, the supervisor
holds them open for it (`HELD`), and a child of its own needs them too.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

HELD = "ICC_HELD_FOLDERS"
"""The numbers of the folders that are held open, separated by commas."""
LIBRARIES = "LD_LIBRARY_PATH"
# linux/prctl.h, linux/seccomp.h, linux/bpf_common.h
_NO_NEW_PRIVILEGES, _DUMPABLE, _SECCOMP = 38, 4, 22
_BY_FILTER = 2
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_RETURN_ALLOW, _RETURN_ERRNO = 0x7FFF_0000, 0x0005_0000
_AT_NUMBER, _AT_ARCHITECTURE = 0, 4  # in struct seccomp_data


def child_environment() -> dict[str, str]:
    """The whole environment of a child: where its modules are."""
    path = os.pathsep.join(part or str(Path.cwd()) for part in sys.path)
    names = (HELD, LIBRARIES) if HELD in os.environ else ()
    held = {name: os.environ[name] for name in names if name in os.environ}
    # One thread for polars: its others would each reserve memory, of which a child may have little.
    return {"PYTHONPATH": path, "LANG": "C.UTF-8", "POLARS_MAX_THREADS": "1"} | held


def held_folders() -> tuple[int, ...]:
    """The descriptors that a child must be handed, for `pass_fds`."""
    return tuple(int(number) for number in os.environ.get(HELD, "").split(",") if number)


def shut_off() -> None:
    """Take from this process, for good: privileges to come, the network, other programs, and a look into others' memory (Linux).

    Sockets and files that are open stay. Where the kernel has no filters of system calls the rest still holds.
    """
    gain_no_privileges()
    calls = _FORBIDDEN.get(platform.machine())
    if sys.platform != "linux" or calls is None:
        return
    libc = ctypes.CDLL(None)
    libc.prctl(_DUMPABLE, 0, 0, 0, 0)
    filtering = _Filter.over(calls)
    libc.prctl(_SECCOMP, _BY_FILTER, ctypes.byref(filtering), 0, 0)


class _Filter(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h: a program that the kernel runs at each system call of ours."""

    _fields_ = (("length", ctypes.c_ushort), ("program", ctypes.c_char_p))

    @classmethod
    def over(cls, calls: "_Calls") -> "_Filter":
        """The filter that refuses these calls, and every call of another architecture's table, with EPERM."""
        refuse, allow = _RETURN_ERRNO | errno.EPERM, _RETURN_ALLOW
        checks = [(_JUMP_IF_EQUAL, number) for number in calls.numbers]
        if calls.other_table is not None:
            checks.append((_JUMP_IF_AT_LEAST, calls.other_table))
        # A jump counts the instructions that it leaves out: from each check to the refusal at the end.
        program = [
            (_LOAD, 0, 0, _AT_ARCHITECTURE),
            (_JUMP_IF_EQUAL, 0, len(checks) + 2, calls.architecture),
            (_LOAD, 0, 0, _AT_NUMBER),
            *((code, len(checks) - at, 0, number) for at, (code, number) in enumerate(checks)),
            (_RETURN, 0, 0, allow),
            (_RETURN, 0, 0, refuse),
        ]
        return cls(len(program), b"".join(struct.pack("HBBI", *one) for one in program))


@dataclass(frozen=True, slots=True)
class _Calls:
    """The system calls of an architecture that are refused. other_table: the first number of a second table of them."""

    architecture: int
    numbers: tuple[int, ...]
    other_table: int | None = None


# socket, connect, bind, ptrace, execve, execveat, process_vm_readv, process_vm_writev, io_uring_setup, bpf, unshare:
# arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h; architectures of linux/audit.h.
_FORBIDDEN = {
    "x86_64": _Calls(
        0xC000003E, (41, 42, 49, 101, 59, 322, 310, 311, 425, 321, 272), other_table=0x4000_0000
    ),
    "aarch64": _Calls(0xC00000B7, (198, 203, 200, 117, 221, 281, 270, 271, 425, 280, 97)),
}


def gain_no_privileges() -> None:
    """From now on no program that this process or a child of it becomes gives it more rights than it has (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
