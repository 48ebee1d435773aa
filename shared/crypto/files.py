"""The lock under which key files are made, once however many processes start.

Reading (shared/files.py) needs no lock, because files are replaced and never rewritten.
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
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


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
