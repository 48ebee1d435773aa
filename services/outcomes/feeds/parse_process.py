"""Parsing kept apart: each file is read by a child process with limits, a few at a time.

A file that kills its reader is refused with a code; it never takes the API or the worker with it, and it never hangs.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from services.outcomes.feeds.exchange import OUT_OF_MEMORY, ParsedFile, Question, question_line, take_line
from shared.children import child_environment, held_folders
from shared.problems import Unavailable

log = structlog.get_logger()

WALL_SECONDS: Final = 60.0
SLOT_SECONDS: Final = 5.0
END_SECONDS: Final = 5.0
_LONGEST_LINE: Final = 16 * 1024 * 1024
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
        async with self._slot():
            parsed = await self._read(content, question)
            # A kill comes from outside, unlike a limit: the file is not blamed unless its reader is killed again.
            return parsed or await self._read(content, question) or _TOO_HEAVY

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self.slot_seconds):
                await self.slots.acquire()
        except TimeoutError:
            raise Unavailable(
                "Too many files are being read. Send yours again in a moment.", retry_after=5
            ) from None
        try:
            yield
        finally:
            self.slots.release()

    async def _read(self, content: bytes, question: Question) -> ParsedFile | None:
        """The reading of one child; None when it was killed."""
        line = question_line(question, registry=_text(self.registry_file), layouts=_text(self.layouts))
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _MODULE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=child_environment(),
            pass_fds=held_folders(),
            limit=_LONGEST_LINE,
        )
        feeding = asyncio.create_task(_feed(child, line, content))
        try:
            async with asyncio.timeout(self.wall_seconds):
                parsed = await _listen(child)
                await feeding
                status = await child.wait()
        except TimeoutError:
            log.warning("feed.parser_killed", cause="time")
            return _TOO_HEAVY
        finally:
            feeding.cancel()
            await _end(child)
            await asyncio.gather(feeding, return_exceptions=True)
        return _judge(parsed, status)


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


async def _feed(child: asyncio.subprocess.Process, line: bytes, content: bytes) -> None:
    if child.stdin is None:
        raise ParserBrokenError
    with suppress(
        BrokenPipeError, ConnectionResetError
    ):  # it died before it had read all; its status says why
        child.stdin.write(line)
        child.stdin.write(content)
        await child.stdin.drain()
        child.stdin.close()
        await child.stdin.wait_closed()


async def _listen(child: asyncio.subprocess.Process) -> ParsedFile | None:
    if child.stdout is None:
        raise ParserBrokenError
    parsed = ParsedFile()
    async for line in child.stdout:
        if take_line(line, parsed):
            return parsed
    return None


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
        # The child is gone once it was killed; what asyncio still waits for are its pipes, and not without an end.
        with suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await child.wait()


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path.resolve())
