"""Files of strangers are read apart: by a child process with limits, a few at a time, killed when it takes too long.

The parent gives the child its input piece by piece and takes its answer line by line. The child is given no environment,
so it holds no secret; before it looks at its input it takes memory, processor time, the right to write files and the network
from itself. Where services have accounts of their own, their children have another (`lent_children.py`).
"""

import asyncio
import json
import resource
import sys
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from shared.children import child_environment, held_folders, shut_off
from shared.problems import Unavailable
from shared.service.lent_children import LentChild, lender, lent_child

SLOT_SECONDS: Final = 5.0
END_SECONDS: Final = 5.0
OUT_OF_MEMORY: Final = 75
"""The child's exit status when its input needed more memory than it may have."""
_TOO_MANY: Final = "Too many files are being read. Send yours again in a moment."
_LONGEST_LINE: Final = 16 * 1024 * 1024

Child = asyncio.subprocess.Process | LentChild


@asynccontextmanager
async def taken(
    slots: asyncio.Semaphore, *, seconds: float = SLOT_SECONDS, detail: str = _TOO_MANY
) -> AsyncIterator[None]:
    """One of the slots for the time of a block. Raises Unavailable, with this detail, when all stay taken for so long."""
    try:
        async with asyncio.timeout(seconds):
            await slots.acquire()
    except TimeoutError:
        raise Unavailable(detail, retry_after=5) from None
    try:
        yield
    finally:
        slots.release()


async def run_child(
    module: str, pieces: AsyncIterable[bytes], take: Callable[[bytes], bool], *, wall_seconds: float
) -> int | None:
    """Run `python -m module` on some input to its end. Returns its exit status, None when it took too long and was killed.

    take: is given each line of the answer and says whether it was the last.   Raises what `pieces` raises: the child is
    killed then. Pieces that a child no longer reads are still taken from where they come.
    """
    number = lender()
    child = (
        await _own_child(module) if number is None else await lent_child(number, module, limit=_LONGEST_LINE)
    )
    tasks = (asyncio.create_task(_feed(child, pieces)), asyncio.create_task(_listen(child, take)))
    try:
        async with asyncio.timeout(wall_seconds):
            await asyncio.gather(*tasks)
            return await child.wait()
    except TimeoutError:
        return None
    finally:
        for task in tasks:
            task.cancel()
        await _end(child)
        await asyncio.gather(*tasks, return_exceptions=True)


async def _own_child(module: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=child_environment(),
        pass_fds=held_folders(),
        limit=_LONGEST_LINE,
    )


async def _feed(child: Child, pieces: AsyncIterable[bytes]) -> None:
    stdin, broken = child.stdin, False
    async for piece in pieces:
        if stdin is None or broken:
            continue
        try:
            stdin.write(piece)
            await stdin.drain()
        except (BrokenPipeError, ConnectionResetError):  # it died before it had read all; its status says why
            broken = True
    if stdin is not None and not stdin.is_closing():
        with suppress(BrokenPipeError, ConnectionResetError):
            # A lent child answers on the same socket; only the input ends.
            stdin.write_eof()
            await stdin.drain()


async def _listen(child: Child, take: Callable[[bytes], bool]) -> None:
    if child.stdout is None:
        return
    with suppress(ConnectionResetError):  # a lent child that died before it had read all; its status says why
        async for line in child.stdout:
            if take(line):
                return


async def _end(child: Child) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
        # The child is gone once it was killed; what asyncio still waits for are its pipes, and not without an end.
        with suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await child.wait()
    if isinstance(child, LentChild):
        child.close()


def make_under_limits(
    make: Callable[[dict[str, Any]], bytes], *, memory_bytes: int, cpu_seconds: int, address_bytes: int
) -> int:
    """What a child does that makes a file of what it is told on its standard input. Returns its exit status."""
    told = json.loads(sys.stdin.buffer.read())
    return answer_under_limits(
        lambda: [make(told)],
        memory_bytes=memory_bytes,
        cpu_seconds=cpu_seconds,
        address_bytes=address_bytes,
    )


def answer_under_limits(
    lines: Callable[[], Iterable[bytes]],
    *,
    memory_bytes: int,
    cpu_seconds: int,
    address_bytes: int | None = None,
) -> int:
    """What a child does once it knows the question: limit itself, read its input, answer in lines. Returns its exit status."""
    limit_itself(memory_bytes=memory_bytes, cpu_seconds=cpu_seconds, address_bytes=address_bytes)
    try:
        for line in lines():
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def limit_itself(*, memory_bytes: int, cpu_seconds: int, address_bytes: int | None = None) -> None:
    """Take memory, processor time, files, core dumps, privileges and the network from the process that calls it.

    memory_bytes: what it may write to.   address_bytes: what it may set aside, where a library sets aside more than it uses.
    """
    addresses = memory_bytes if address_bytes is None else address_bytes
    for kind, limit, last in (
        (resource.RLIMIT_AS, addresses, addresses),
        (resource.RLIMIT_DATA, memory_bytes, memory_bytes),
        # Passing the first ends the process with SIGXCPU, so that a kill means somebody else.
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 5),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(
            kind, (limit, last) if hard == resource.RLIM_INFINITY else (min(limit, hard), hard)
        )
    shut_off()
