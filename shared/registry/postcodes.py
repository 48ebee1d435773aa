"""The ONS postcode directory, opened once at start and only read.

The first process that meets a new directory has its index made beside the data directory, while the others wait; every
later start opens the index. A directory that cannot be read stops the process with one sentence that names the setting.
"""

import fcntl
import json
import mmap
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import structlog

from shared.children import child_environment, held_folders
from shared.registry.positions import Postcodes
from shared.registry.postcode_index import FORMAT, HEAD_BYTES, RECORD_BYTES
from shared.settings import SettingsError

FOLDER: Final = "postcodes"

log = structlog.get_logger()


def open_postcodes(source: Path | None, *, data_dir: Path) -> Postcodes | None:
    """The directory that `ICC_POSTCODE_FILE` names, indexed in the data directory; None where the setting is empty.

    Raises SettingsError when the directory cannot be worked with, or its index not be kept.
    """
    if source is None:
        return None
    index = data_dir / FOLDER / "postcodes.index"
    try:
        stamp = _stamp(source)
        opened = _open(index, stamp)
        if opened is None:
            index.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with index.with_suffix(".lock").open("w") as guard:
                fcntl.flock(guard, fcntl.LOCK_EX)
                opened = _open(index, stamp) or _made(source, index, stamp)
    except OSError as error:
        raise _refusal(f"{error.filename or source} cannot be used ({error.strerror})") from None
    return opened


def _stamp(source: Path) -> str:
    """What a changed file differs in. Its digest would cost as much as the second that a start may take longer."""
    state = source.stat()
    return f"{state.st_size}-{state.st_mtime_ns}"


def _open(index: Path, stamp: str) -> Postcodes | None:
    """The index, if it is whole and of the directory as it is now."""
    try:
        with index.open("rb") as file:
            if os.fstat(file.fileno()).st_size <= HEAD_BYTES:
                return None
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        return None
    try:
        head: dict[str, Any] = json.loads(content[:HEAD_BYTES])
    except ValueError:
        return None
    if (head.get("format"), head.get("stamp")) != (FORMAT, stamp):
        return None
    if len(content) != HEAD_BYTES + head["postcodes"] * RECORD_BYTES:
        return None
    return Postcodes(content, postcodes=head["postcodes"], areas=head["areas"])


def _made(source: Path, index: Path, stamp: str) -> Postcodes:
    """The index, made anew by a process of its own."""
    started = time.monotonic()
    made = subprocess.run(  # noqa: S603 -- our own module
        [
            sys.executable,
            "-P",
            "-m",
            "shared.registry.postcode_index",
            str(source.absolute()),
            str(index.absolute()),
            stamp,
        ],
        env=child_environment(),
        pass_fds=held_folders(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        last = made.stderr.strip().splitlines()[-1:] or [f"its reader ended with status {made.returncode}"]
        raise _refusal(f"{source}: {last[0]}")
    opened = _open(index, stamp)
    if opened is None:
        raise _refusal(f"{source} changed while it was read: start again")
    log.info("postcodes.indexed", postcodes=len(opened), seconds=round(time.monotonic() - started, 1))
    return opened


def _refusal(sentence: str) -> SettingsError:
    return SettingsError(f"The settings cannot be used: ICC_POSTCODE_FILE: {sentence}.")
