"""Lists are read apart: each by a child process with limits, a few at a time. One that kills its reader is refused with a code."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import structlog

from services.referrals.case_finding.exchange import ListRead, Question, question_line, take_line
from services.referrals.case_finding.rules import ListRefused
from shared.problems import Unavailable
from shared.service.readers import OUT_OF_MEMORY, run_child, taken

log = structlog.get_logger()

CHILD: Final = "services.referrals.case_finding.list_child"
WALL_SECONDS: Final = 120.0
"""The child's own limit of processor time is the file's; how long that takes is the machine's."""
_TOO_HEAVY: Final = "The list takes more memory or time to read than it may. Send it in parts, or as CSV."


@dataclass(frozen=True, slots=True)
class ListReader:
    """How this process has lists read. slots: lists at once."""

    slots: asyncio.Semaphore
    wall_seconds: float = WALL_SECONDS

    async def read(self, content: bytes, question: Question) -> ListRead:
        """What a list holds. Raises ListRefused; Unavailable where there is no slot, or it took too long; RuntimeError for a defect."""
        read = ListRead()

        def take(told: bytes) -> bool:
            return take_line(told, read)

        pieces = _pieces(question_line(question), content)
        async with taken(self.slots):
            status = await run_child(CHILD, pieces, take, wall_seconds=self.wall_seconds)
        if status == 0 and read.whole:
            if read.refused is not None:
                raise ListRefused(*read.refused)
            return read
        log.warning("case_finding.reader_ended", status=status, bytes=len(content))
        if status is None or status == -signal.SIGKILL:
            raise Unavailable("The list was not read. Send it again in a moment.", retry_after=5)
        if status == OUT_OF_MEMORY or status < 0:
            raise ListRefused("file.too_large", _TOO_HEAVY)
        raise RuntimeError("the reader of lists failed")


async def _pieces(line: bytes, content: bytes) -> AsyncIterator[bytes]:
    yield line
    yield content
