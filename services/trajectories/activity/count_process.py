"""A file is counted by a child process while it arrives, a few files at a time. A killed child leaves nothing."""

import asyncio
import hashlib
import signal
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from services.trajectories.activity.exchange import Counted, Question, question_line, take_line
from services.trajectories.errors import FileNotRead
from shared.problems import RequestTimeout
from shared.service.readers import OUT_OF_MEMORY, run_child, taken

log = structlog.get_logger()

WALL_SECONDS: Final = 900.0
CHILD: Final = "services.trajectories.activity.count_child"
LARGE_CHILD: Final = "services.trajectories.activity.large_count_child"
LARGE_BYTES: Final = 8 * 1024 * 1024
_TOO_HEAVY: Final = (
    "The file takes more memory or time to count than a file may. Send it in parts, month by month."
)


@dataclass(slots=True)
class Arriving:
    """A file on its way to the child: what came of it so far, and whether that is all."""

    pieces: AsyncIterable[bytes]
    digest: "hashlib._Hash"
    size: int = 0
    ended: bool = False

    async def behind(self, line: bytes) -> AsyncIterator[bytes]:
        """The question, then the file."""
        yield line
        async for piece in self.pieces:
            self.digest.update(piece)
            self.size += len(piece)
            yield piece
        self.ended = True


@dataclass(frozen=True, slots=True)
class Counter:
    """How this process has files counted. slots: files at once."""

    registry_file: Path | None
    slots: asyncio.Semaphore
    wall_seconds: float = WALL_SECONDS

    async def count(
        self, pieces: AsyncIterable[bytes], question: Question, *, size: int | None = 0
    ) -> tuple[Counted, str]:
        """What a file holds, and its SHA-256. size: about how many bytes it has, None where nobody knows.

        Raises Unavailable, FileNotRead, RequestTimeout and what `pieces` raises.
        """
        registry = None if self.registry_file is None else str(self.registry_file.resolve())
        arriving = Arriving(pieces, hashlib.sha256())
        counted, whole = Counted(), False

        def take(told: bytes) -> bool:
            nonlocal whole
            whole = take_line(told, counted)
            return whole

        child = LARGE_CHILD if size is None or size >= LARGE_BYTES else CHILD
        async with taken(self.slots):
            line = question_line(question, registry)
            status = await run_child(child, arriving.behind(line), take, wall_seconds=self.wall_seconds)
        sha256 = arriving.digest.hexdigest()
        return (counted if status == 0 and whole else _judge(status, arriving)), sha256


def _judge(status: int | None, arriving: Arriving) -> Counted:
    """Why there is no reading: a limit is the file's doing, a kill from outside and all else is not."""
    log.warning("activity.counter_ended", status=status, bytes=arriving.size)
    if status is None and not arriving.ended:
        raise RequestTimeout("The file took too long to arrive.", headers={"Connection": "close"})
    if status is None or status == OUT_OF_MEMORY or (status < 0 and status != -signal.SIGKILL):
        return Counted.unread("file.too_large", _TOO_HEAVY)
    raise FileNotRead
