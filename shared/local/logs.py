"""Keeps the log files of children from growing without end."""

import shutil
from pathlib import Path

LARGEST_BYTES = 20 * 1024 * 1024
KEPT = 3


def rotate_logs(folder: Path, *, largest: int = LARGEST_BYTES) -> None:
    """Copies every log that has grown too large to `.1`, moves the older ones on, and empties it in place.

    Children hold their file open for appending, so it is emptied rather than renamed; a line written between copy and
    cut is lost, which a log can bear and a record could not: records are rows.
    """
    for log in folder.glob("*.log"):
        if log.stat().st_size <= largest:
            continue
        for number in range(KEPT - 1, 0, -1):
            older = log.with_name(f"{log.name}.{number}")
            if older.exists():
                older.replace(log.with_name(f"{log.name}.{number + 1}"))
        copy = log.with_name(f"{log.name}.1")
        copy.touch(mode=0o600)
        shutil.copyfile(log, copy)
        with log.open("r+b") as file:
            file.truncate(0)
