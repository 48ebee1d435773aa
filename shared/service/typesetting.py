"""A document is typeset apart: a child process makes a PDF of a template and its content, and is killed when it takes too long.

The content travels as data and is shown as it is, so no text can become a part of the template. Nothing is written to a
disk: the child may not.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
import structlog

from shared.problems import Unavailable
from shared.service.readers import run_child, taken

log = structlog.get_logger()

MODULE: Final = "shared.service.typeset_child"
WALL_SECONDS: Final = 30.0
PDF: Final = "application/pdf"
_TOO_MANY: Final = "Too many documents are being made. Ask for yours again in a moment."


@dataclass(frozen=True, slots=True)
class Typesetter:
    """How this process has documents made. slots: documents at once."""

    slots: asyncio.Semaphore
    wall_seconds: float = WALL_SECONDS

    async def pdf(self, template: Path, content: Mapping[str, Any], *, made_at: datetime) -> bytes:
        """The PDF of a template with this content, which it finds as JSON in `sys.inputs.content`.

        Raises Unavailable when there is no slot, or it takes too long; RuntimeError where the template is at fault.
        """
        asked = {
            "template": await asyncio.to_thread(template.read_text, "utf-8"),
            "content": content,
            "made_at": int(made_at.timestamp()),
        }
        lines: list[bytes] = []

        def take(line: bytes) -> bool:
            lines.append(line)
            return False

        async with taken(self.slots, detail=_TOO_MANY):
            status = await run_child(MODULE, _whole(asked), take, wall_seconds=self.wall_seconds)
        if status != 0:
            log.warning("typesetting.child_ended", status=status)
            if status is None or status < 0:
                raise Unavailable("The document took too long to make.", retry_after=5)
            raise RuntimeError("a document cannot be typeset")
        return b"".join(lines)


async def _whole(asked: Mapping[str, Any]) -> AsyncIterator[bytes]:
    yield orjson.dumps(asked)
