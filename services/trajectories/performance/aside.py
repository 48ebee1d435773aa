"""Work that would keep the event loop from others is done aside, by a thread."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

MANY = 15_000
"""What is done with each of more things than these takes too long for the event loop."""

WorkT = TypeVar("WorkT")


async def aside(things: int, work: Callable[..., WorkT], *given: Any, many: int = MANY) -> WorkT:
    """What a function makes of what it is given: at once, or in a thread where it looks at many things."""
    if things <= many:
        return work(*given)
    return await asyncio.to_thread(work, *given)
