"""What needs a heavy library is made apart: by a child process with limits, which is killed when it takes too long.

The child is told all that it needs as JSON, and answers with the bytes; it reads nothing else and writes nothing else.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
import structlog

from shared.problems import Unavailable
from shared.service.readers import run_child, taken

log = structlog.get_logger()

WALL_SECONDS: Final = 30.0
# A page asks for all its charts at once: the last waits for the others.
SLOT_SECONDS: Final = 15.0
_TOO_MANY: Final = "Too many files are being made. Ask for yours again in a moment."
_NOT_MADE: Final = "The file took more time or memory to make than it may."


@dataclass(frozen=True, slots=True)
class Maker:
    """How this process has things made. slots: things at once."""

    slots: asyncio.Semaphore
    wall_seconds: float = WALL_SECONDS

    async def make(self, module: str, told: Mapping[str, Any]) -> bytes:
        """What a child's module makes of what it is told.

        Raises Unavailable where there is no slot, or a limit ended it; RuntimeError where the module is at fault.
        """
        lines: list[bytes] = []

        def take(line: bytes) -> bool:
            lines.append(line)
            return False

        async with taken(self.slots, seconds=SLOT_SECONDS, detail=_TOO_MANY):
            status = await run_child(module, _whole(told), take, wall_seconds=self.wall_seconds)
        if status == 0:
            return b"".join(lines)
        log.warning("maker.child_ended", module=module, status=status)
        if status == 1:
            raise RuntimeError("a file cannot be made")
        raise Unavailable(_NOT_MADE, retry_after=5)


async def _whole(told: Mapping[str, Any]) -> AsyncIterator[bytes]:
    yield orjson.dumps(told)
