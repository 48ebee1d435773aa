"""Key files: readable by their owner only, made once however many processes start.

The lock is needed only to make or change keys; reading needs none, because files are replaced and never rewritten.
"""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.crypto.errors import KeyringError

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700
LOCK = ".keyring.lock"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def read_private(path: Path) -> bytes | None:
    """A key file's bytes, None when there is none. Raises KeyringError when anyone but its owner may read it."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & _OTHERS:
                raise KeyringError(f"{path} has mode {stat.S_IMODE(mode):04o}: make it 0600 (`chmod 600`)")
            return file.read()
    except FileNotFoundError:
        return None
    except PermissionError:
        raise KeyringError(f"{path} cannot be read by this user: start the platform as its owner") from None


@contextmanager
def locked_directory(directory: Path) -> Iterator[None]:
    """Hold the directory's key lock, making the directory (0700) when it is missing."""
    directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    if directory.stat().st_mode & _OTHERS_WRITE:
        raise KeyringError(f"{directory} can be written by others: make it 0700 (`chmod 700`)")
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
