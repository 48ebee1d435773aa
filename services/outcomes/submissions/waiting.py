"""Holding an answer until a file has been read, without holding anything else: own row, short statements."""

import asyncio
import time
from typing import Any
from uuid import UUID

from services.outcomes.submissions.queries import submission
from shared.service.platform import Platform

FIRST_PAUSE, LONGEST_PAUSE = 0.03, 0.25
DECIDED = frozenset({"accepted", "rejected", "failed"})


async def decided_submission(platform: Platform, submission_id: UUID, *, seconds: float) -> dict[str, Any]:
    """The submission's row once it is decided, or as it stands after so many seconds.

    Each look is a transaction of its own, so a waiting client costs no connection between two looks.
    """
    until = time.monotonic() + seconds
    pause = FIRST_PAUSE
    while True:
        async with platform.database.transaction() as session:
            row = await submission(session, submission_id)
        if row is None:
            raise LookupError("a submission is never deleted")
        left = until - time.monotonic()
        if row["status"] in DECIDED or left <= 0:
            return row
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)
