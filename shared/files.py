"""Files that hold a secret: written whole or not at all, and readable by their owner only."""

import os
import secrets
import stat
from pathlib import Path

_OWNER_ONLY = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class PrivateFileError(Exception):
    """A file with a secret cannot be used as it is; the message says what to do."""


def read_private(path: Path) -> bytes | None:
    """The file's bytes, None when there is none. Raises PrivateFileError when anyone but its owner may use it."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & _OTHERS:
                raise PrivateFileError(
                    f"{path} has mode {stat.S_IMODE(mode):04o}: make it 0600 (`chmod 600`)"
                )
            return file.read()
    except FileNotFoundError:
        return None
    except PermissionError:
        raise PrivateFileError(
            f"{path} cannot be read by this user: start the platform as its owner"
        ) from None


def write_private(path: Path, content: bytes, *, owner: tuple[int, int] | None = None) -> None:
    """Replace a file by one that holds the content, mode 0600, on disk before it is seen.

    owner: user and group whose it shall be, for root to say.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if owner is not None:
                os.fchown(file.fileno(), *owner)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
