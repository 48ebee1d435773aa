"""How a body of lines is cut while it arrives. Pure, but for waiting for the next bytes."""

from collections.abc import AsyncIterator
from typing import Final, NamedTuple

MOST_LINES: Final = 100_000
BATCH_BYTES: Final = 64 * 1024 * 1024
LINE_BYTES: Final = 1024 * 1024
_END: Final = b"\n"


class Line(NamedTuple):
    """One line that is not blank. number: from 1, blank lines counted.   content: None for one that is too long."""

    number: int
    content: bytes | None


async def lines_of(chunks: AsyncIterator[bytes], *, longest: int = LINE_BYTES) -> AsyncIterator[Line]:
    """The lines of a body. Of one longer than `longest` bytes no more than a chunk beyond them is held."""
    number, held, lost = 0, b"", False
    async for chunk in chunks:
        *whole, rest = (held + chunk).split(_END)
        for content in whole:
            number += 1
            if lost or len(content) > longest:
                yield Line(number, None)
            elif content.strip():
                yield Line(number, content)
            lost = False
        held = rest
        if lost or len(held) > longest:
            held, lost = b"", True
    if lost or held.strip():
        yield Line(number + 1, None if lost else held)
