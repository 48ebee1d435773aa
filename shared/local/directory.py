"""The data directory: everything this machine keeps for the platform, for one running stack at a time."""

import errno
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.files import PrivateFileError, read_private, write_private
from shared.local import LocalError

LAYOUT = "1"
ROOT = Path(__file__).resolve().parents[2]
NEEDED_BYTES = (
    200 * 1024 * 1024
)  # a new PostgreSQL cluster takes 76 MB, its first write-ahead log as much again
SECRET_BYTES = 24
METRICS_TOKEN = "metrics.token"  # noqa: S105 - the file's name
PARTS = ("keys", "logs", "run", "valkey")


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """Where each kind of thing lies."""

    path: Path

    @property
    def postgres(self) -> Path:
        """PostgreSQL's cluster; owned by the account that runs it."""
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's settings and its append-only file."""
        return self.path / "valkey"

    @property
    def logs(self) -> Path:
        """A file for each process."""
        return self.path / "logs"

    @property
    def metrics(self) -> Path:
        """Figures that processes share while they run; made anew at each start."""
        return self.path / "run" / "metrics"

    @property
    def passwords(self) -> Path:
        """The passwords of the embedded servers and their roles, 0600."""
        return self.path / "keys" / "servers.json"

    @property
    def port(self) -> int | None:
        """The first port of the system that was started here last; None where none was."""
        try:
            return int((self.path / "run" / "port").read_text())
        except (OSError, ValueError):
            return None

    def keep_port(self, port: int) -> None:
        """Let commands find the system that starts here now."""
        (self.path / "run" / "port").write_text(f"{port}\n")


def chosen_directory(given: Path | None, environment: Mapping[str, str]) -> DataDirectory:
    """`--data`, else ICC_DATA_DIR, else `.icc` beside the platform."""
    named = given or (Path(environment["ICC_DATA_DIR"]) if environment.get("ICC_DATA_DIR") else ROOT / ".icc")
    return DataDirectory(named.expanduser().absolute())


@contextmanager
def opened(directory: DataDirectory) -> Iterator[bool]:
    """The directory made, checked and held for this process; gives whether the last run ended without a word.

    Raises LocalError when another process holds it, it is of another layout, or it cannot be written.
    """
    with _sentences(directory.path):
        _make(directory)
        lock = os.open(directory.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            broken_off = _take(lock, directory.path)
            yield broken_off
            os.ftruncate(lock, 0)
        finally:
            os.close(lock)


def holder(directory: DataDirectory) -> int | None:
    """The pid of the process that holds the directory now, None when none does."""
    try:
        lock = os.open(directory.path / "lock", os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _pid_in(lock)
    finally:
        os.close(lock)
    return None


def kept_passwords(directory: DataDirectory, names: Iterable[str]) -> tuple[dict[str, str], frozenset[str]]:
    """A password for each name, made at first need and kept; and which of them were made just now. Raises LocalError."""
    path = directory.passwords
    try:
        kept: dict[str, str] = json.loads(read_private(path) or b"{}")
    except PrivateFileError as refusal:
        raise LocalError(f"{refusal}.") from None
    new = {name: secrets.token_urlsafe(SECRET_BYTES) for name in names if name not in kept}
    if new:
        kept |= new
        write_private(path, json.dumps(kept).encode())
    return kept, frozenset(new)


def kept_metrics_token(directory: DataDirectory) -> str:
    """The word by which figures may be read for as long as it lies there, made at first need. Raises LocalError."""
    path = directory.path / "keys" / METRICS_TOKEN
    try:
        if (kept := read_private(path)) is None:
            kept = secrets.token_urlsafe(SECRET_BYTES).encode()
            write_private(path, kept)
    except PrivateFileError as refusal:
        raise LocalError(f"{refusal}.") from None
    return kept.decode().strip()


def check_space(directory: DataDirectory) -> str | None:
    """Raises LocalError when the disk is so full that a new database would fail half way.

    One that is there is started in the space in which it ran; gives what is then to be said.
    """
    free = shutil.disk_usage(directory.path).free
    if free < NEEDED_BYTES and (directory.postgres / "PG_VERSION").exists():
        return f"the disk of {directory.path} has {free // 1_000_000} MB left: free some soon"
    if free < NEEDED_BYTES:
        raise LocalError(
            f"The disk of {directory.path} has {free // 1_000_000} MB left and the platform needs "
            f"{NEEDED_BYTES // 1_000_000} MB to start: free some, or choose another disk with --data."
        )
    return None


def _make(directory: DataDirectory) -> None:
    """Creates what is missing; refuses a folder that holds something else."""
    path = directory.path
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    layout = path / "layout"
    if not layout.exists():
        strange = {entry.name for entry in path.iterdir()} - {"lock", "audit-anchors", *PARTS}
        if strange:
            raise LocalError(
                f"{path} holds other things ({', '.join(sorted(strange)[:3])}): "
                "choose an empty or a new directory with --data.",
                exit_code=2,
            )
        layout.write_text(f"{LAYOUT}\n")
    found = layout.read_text().strip()
    if found != LAYOUT:
        raise LocalError(
            f"{path} has layout {found[:20]!r} and this release knows layout {LAYOUT}: "
            "use the release that made it, or choose another directory with --data."
        )
    for name in PARTS:
        (path / name).mkdir(mode=0o700, exist_ok=True)


def _take(lock: int, path: Path) -> bool:
    """Locks the directory for this process and writes its pid; True when the last holder left its own behind."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LocalError(
            f"The data directory {path} is in use by process {_pid_in(lock) or '(unknown)'}: "
            "stop that one first, or choose another directory with --data (and other ports with --port)."
        ) from None
    broken_off = _pid_in(lock) is not None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return broken_off


def _pid_in(lock: int) -> int | None:
    """The number in a lock file."""
    text = os.pread(lock, 20, 0).strip()
    return int(text) if text.isdigit() else None


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    """Turns what a file system refuses into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            reason = "the disk is full: free some space, or choose another disk with --data"
        elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            reason = "it cannot be written by this user: choose another directory with --data"
        elif error.errno in {errno.ENOTDIR, errno.EEXIST}:
            reason = "it, or a folder above it, is a file: choose another directory with --data"
        else:
            reason = f"{error.strerror}: choose another directory with --data"
        raise LocalError(f"The data directory {path} cannot be used, {reason}.") from error
