"""Parsing kept apart: each file is read by a child process with limits, a few at a time.

A file that kills its reader is refused with a code; it never takes the API or the worker with it, and it never hangs.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from services.outcomes.feeds.exchange import ParsedFile, Question, question_line, take_line
from shared.service.readers import OUT_OF_MEMORY, SLOT_SECONDS, run_child, taken

log = structlog.get_logger()

WALL_SECONDS: Final = 60.0
_MODULE: Final = "services.outcomes.feeds.parse_child"
_TOO_HEAVY: Final = ParsedFile.refused(
    "file.too_large",
    "The file takes more memory or time to read than a return may. Send only the sheet with the table, or CSV.",
)


class ParserBrokenError(Exception):
    """The child failed for a reason that is not the file's: the work is tried again."""


@dataclass(frozen=True, slots=True)
class Parser:
    """How this process has files read.

    layouts: a folder of the installation's own.   slots: files at once, each waited for at most `slot_seconds`.
    wall_seconds: after which a reader is killed, however little it computed.
    """

    registry_file: Path | None
    layouts: Path | None
    slots: asyncio.Semaphore
    slot_seconds: float = SLOT_SECONDS
    wall_seconds: float = WALL_SECONDS

    async def read(self, content: bytes, question: Question) -> ParsedFile:
        """The file as read by a child process. Raises Unavailable when all slots stay taken, ParserBrokenError."""
        async with taken(self.slots, seconds=self.slot_seconds):
            parsed = await self._read(content, question)
            # A kill comes from outside, unlike a limit: the file is not blamed unless its reader is killed again.
            return parsed or await self._read(content, question) or _TOO_HEAVY

    async def _read(self, content: bytes, question: Question) -> ParsedFile | None:
        """The reading of one child; None when it was killed."""
        line = question_line(question, registry=_text(self.registry_file), layouts=_text(self.layouts))
        parsed = ParsedFile()
        whole = False

        def take(told: bytes) -> bool:
            nonlocal whole
            whole = take_line(told, parsed)
            return whole

        status = await run_child(_MODULE, _pieces(line, content), take, wall_seconds=self.wall_seconds)
        if status is None:
            log.warning("feed.parser_killed", cause="time")
            return _TOO_HEAVY
        return _judge(parsed if whole else None, status)


async def _pieces(line: bytes, content: bytes) -> AsyncIterator[bytes]:
    yield line
    yield content


def _judge(parsed: ParsedFile | None, status: int) -> ParsedFile | None:
    """The reading, or why there is none: a signal or no memory is the file's doing, another status is ours."""
    if status == 0 and parsed is not None:
        if parsed.fault:  # the sender has an answer; the reader has something to learn
            log.error("feed.parser_fault", fault=parsed.fault)
        return parsed
    if status == -signal.SIGKILL:
        log.warning("feed.parser_killed", cause="killed", status=status)
        return None
    if status < 0 or status == OUT_OF_MEMORY:
        log.warning("feed.parser_killed", cause="limit", status=status)
        return _TOO_HEAVY
    log.error("feed.parser_broken", status=status)
    raise ParserBrokenError


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path.resolve())
